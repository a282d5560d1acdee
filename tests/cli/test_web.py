"""The TUI in a browser: a real server, a real page, a real application behind it."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gramsolve.cli.main import cli, run
from gramsolve.cli.tui import tui, words
from gramsolve.tui.web import command, is_loopback, welcome
from tests.fakes.waiting import PATIENCE

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of the exact text form of a board, and its address as it is printed."""
    port = free_port()
    options = ["nqueens", "--puzzle", "8/8/3Q4/8/8/8/8/8", "-n", "3", "--web", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "gramsolve", "tui", *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "GRAMSOLVE_CONFIG": str(tmp_path), "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    try:
        assert f"http://127.0.0.1:{port} " in line
        yield process, line.split()[1]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stderr.close()


async def test_serves_the_page_and_an_application_and_ends_when_interrupted(
    server: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = server
    started = time.monotonic()
    async with aiohttp.ClientSession() as client:
        async with client.get(address) as page:
            text = await page.text()
        assert page.status == 200 and "<title>gramsolve</title>" in text and "http" not in text.replace("http/", "")
        for part in ("css/xterm.css", "js/textual.js", "fonts/RobotoMono-VariableFont_wght.ttf"):
            assert f"/static/{part}" in text
            async with client.get(f"{address}/static/{part}") as found:
                assert found.status == 200
        for foreign in ({"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}):
            async with client.get(f"{address}/ws", headers=foreign) as answer:
                assert answer.status == 403
        async with client.ws_connect(f"{address}/ws?width=100&height=30", origin=address) as screen:
            seen = b""
            while not all(word in seen for word in (b"N-Queens", b"trajectories", "♛".encode())):
                message = await screen.receive(PATIENCE)
                assert message.type is aiohttp.WSMsgType.BINARY, message
                seen += message.data
            assert b"\x1b[38;2;" in seen, "the browser has all colours"
            process.send_signal(signal.SIGINT)
            begin = time.monotonic()
            while (await screen.receive(PATIENCE)).type is aiohttp.WSMsgType.BINARY:
                pass
    assert await asyncio.to_thread(process.wait, PATIENCE) == 0
    # On a loaded machine everything takes longer: ending takes no longer than starting did.
    assert time.monotonic() - begin < max(15, begin - started)
    assert process.stderr is not None and "Traceback" not in process.stderr.read()


def test_a_taken_port_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run(["tui", "--web", "--port", str(port)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and f"cannot serve on 127.0.0.1:{port}" in error and "in use" in error


def test_what_is_wrong_is_said_before_anything_is_served(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_text("no")
    for arguments, code in (
        (["nosuchtask"], 2),
        (["--replay", str(tmp_path / "broken.npz")], 2),
        (["--port", "99999"], 2),
        (["--host", "no.such.host.invalid"], 2),
    ):
        assert run(["tui", "--web", *arguments]) == code, arguments
        assert capsys.readouterr().err.count("\n") == 1


def test_without_the_extra_one_line_says_what_to_install() -> None:
    program = "import sys; sys.modules['textual_serve'] = None\n"
    program += "from gramsolve.cli.main import run; sys.exit(run(['tui', '--web']))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1 and "pip install 'gramsolve[web]'" in ended.stderr


def parse(typed: list[str]) -> click.Context:
    # Click keeps a command's help option as its first context made it, so the context must be the program's.
    return tui.make_context("tui", typed, parent=click.Context(cli, **cli.context_settings))


def test_every_other_option_is_passed_on() -> None:
    typed = ["nqueens", "--puzzle", "a 'b'; rm -rf $HOME", "-n", "5", "--ascii", "--temperature", "-0.5", "--web"]
    context = parse(typed)
    passed = words(context, without=("web", "host", "port"))
    assert shlex.split(command(passed))[1:] == [sys.executable, "-m", "gramsolve", "tui", *passed]
    again = parse(passed)
    assert again.params == {**context.params, "web": False}
    assert words(parse(["--web"]), without=("web",)) == []
    with pytest.raises(click.UsageError):
        parse(["--port", "0"])


def test_only_our_own_page_is_welcome() -> None:
    assert welcome("127.0.0.1:8000", None, "127.0.0.1")
    assert welcome("localhost:8000", "http://localhost:8000", "127.0.0.1")
    assert welcome("[::1]:8000", "http://[::1]:8000", "::1")
    assert welcome("lab.example:8000", "http://lab.example:8000", "0.0.0.0")
    assert not welcome("lab.example:8000", "http://lab.example:8000", "127.0.0.1")
    assert not welcome("127.0.0.1:8000", "http://127.0.0.1:9000", "127.0.0.1")
    assert not welcome("127.0.0.1:8000", "null", "127.0.0.1")
    assert not welcome("[", None, "127.0.0.1")
    assert is_loopback("localhost") and is_loopback("::1") and not is_loopback("0.0.0.0")
