"""The TUI in a browser: textual-serve starts one application a page and carries keys and pictures between them.

Everyone who can open the page can act as the user. It is therefore served to this machine unless another host is named,
and requests from pages of other sites, which a browser would allow, are refused.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from gramsolve.errors import BadInput, Missing

DRIVER = "TEXTUAL_DRIVER"
"""Environment variable that textual-serve sets for applications that it runs in a browser."""


def is_served() -> bool:
    """True in an application that runs in a browser."""
    return os.environ.get(DRIVER, "").endswith(":WebDriver")


def command(words: Sequence[str]) -> str:
    """The shell command for ``gramsolve tui`` with these arguments."""
    line = [sys.executable, "-m", "gramsolve", "tui", *words]
    return subprocess.list2cmdline(line) if os.name == "nt" else f"exec {shlex.join(line)}"


def is_loopback(host: str) -> bool:
    """True for names and addresses of the loopback interface."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(words: Sequence[str], host: str, port: int) -> None:
    """Serve ``gramsolve tui`` with these arguments until interrupted; closing a page ends its application.

    Raises Missing without textual-serve, and BadInput for an address that cannot be bound.
    """
    try:
        from aiohttp import web
        from textual_serve import server
    except ImportError:
        raise Missing("the TUI in a browser needs textual-serve: pip install 'gramsolve[web]'") from None

    class App(server.AppService):  # type: ignore[misc, unused-ignore]
        """An application whose end is awaited; otherwise closing the event loop prints a warning."""

        async def stop(self) -> None:
            await super().stop()
            if self._process is not None:
                await self._process.wait()

    server.AppService = App  # type: ignore[misc, unused-ignore]

    class Pages(server.Server):  # type: ignore[misc, unused-ignore]
        """textual-serve with our page, an origin check and prompt shutdown."""

        def __init__(self) -> None:
            super().__init__(command(words), host, port, title="gramsolve")
            self.open: set[asyncio.Task[Any]] = set()

        async def _make_app(self) -> web.Application:
            app = await super()._make_app()
            app.middlewares.append(guard)
            return app

        async def on_startup(self, app: web.Application) -> None:
            pass  # ``ready`` prints the address when the server accepts requests.

        async def on_shutdown(self, app: web.Application) -> None:
            for task in self.open:
                task.cancel()
            await asyncio.gather(*self.open, return_exceptions=True)

        async def handle_index(self, request: web.Request) -> web.Response:
            page = files("gramsolve.tui").joinpath("web.html").read_text(encoding="utf-8")
            return web.Response(text=page, content_type="text/html")

        async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
            task = asyncio.current_task()
            assert task is not None
            self.open.add(task)
            try:
                return await super().handle_websocket(request)
            finally:
                self.open.discard(task)

    @web.middleware
    async def guard(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not welcome(request.host, request.headers.get("Origin"), host):
            raise web.HTTPForbidden(text="this page is for its own address only")
        return await handler(request)

    def ready(*_: object) -> None:
        shown = f"[{host}]" if ":" in host else host
        note(f"http://{shown}:{port} (ctrl-c ends it)")
        if not is_loopback(host):
            note("anybody who can reach this address can use it, and write files as you")

    try:
        web.run_app(Pages()._make_app(), host=host, port=port, print=ready, access_log=None)
    except OSError as error:
        reason = str(error.strerror or error).rpartition(": ")[2]
        raise BadInput(f"cannot serve on {host}:{port}: {reason}") from error


def welcome(asked: str, origin: str | None, host: str) -> bool:
    """Whether to serve a request. ``asked`` is its Host header, ``origin`` its Origin header (None without a browser);
    the page that sends it must be of that host."""
    try:
        name = urlsplit(f"//{asked}").hostname or ""
        ours = origin is None or urlsplit(origin).netloc == asked
    except ValueError:
        return False
    # DNS rebinding: a foreign name that resolves to this machine passes the browser's same-origin rule.
    return ours and (is_loopback(name) or not is_loopback(host))


def note(text: str) -> None:
    """Print a line for people on standard error."""
    print(f"gramsolve: {text}", file=sys.stderr, flush=True)
