"""The application without its screens: themes, signals, preferences, background work and export."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import App
from textual.theme import Theme

from gramsolve.errors import GramsolveError
from gramsolve.tui import themes
from gramsolve.tui.exportable import Screenshot
from gramsolve.tui.gc_tuning import PERIOD, IdleCollector, collect_rarely
from gramsolve.tui.runs.playback import SPEEDS
from gramsolve.tui.screens.app_screen import AppScreen
from gramsolve.tui.screens.export import ExportDialog
from gramsolve.tui.screens.player import PlayerScreen
from gramsolve.tui.settings import Preferences
from gramsolve.tui.view.view_state import DrawStyle
from gramsolve.tui.widgets import pixels

SIGNALS = (signal.SIGTERM, signal.SIGHUP)

EXIT_TIMEOUT = 1.2
"""Seconds for restoring the terminal after a signal; it takes a few hundredths."""


class BaseApp(App[None]):
    """What every screen relies on: the draw style, preferences, background work, and an orderly exit.

    Args:
        ascii: draw with ASCII characters only.
        plain: keep to the terminal's own colours.
        signals: exit on SIGTERM and SIGHUP, and tune the garbage collector; False within tests.
        preferences: None keeps them nowhere.
    """

    TITLE = "gramsolve"
    CSS_PATH: ClassVar[list[str]] = ["app.tcss", "home.tcss"]  # type: ignore[assignment]

    def __init__(self, *, ascii: bool, plain: bool, signals: bool, preferences: Preferences | None) -> None:
        super().__init__(ansi_color=True if plain else None)
        self.preferences = preferences or Preferences()
        for theme in themes.THEMES:
            self.register_theme(theme)
        remembered = self.preferences.settings.theme
        usual = remembered if remembered in self.available_themes else themes.DARK_THEME.name
        self.theme = "ansi-dark" if plain else usual
        self._plain = plain
        self._signals = signals
        self._ascii = ascii
        self._collector = IdleCollector()
        if not self.preferences.settings.animation:
            self.animation_level = "none"

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self._recolour)
        if self._signals:
            collect_rarely()
            self.set_interval(PERIOD, self._collector.tidy)
            loop = asyncio.get_running_loop()
            for number in SIGNALS:
                loop.add_signal_handler(number, self._leave, 128 + number)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self._collector.touch()
        await super().on_event(event)

    @property
    def style(self) -> DrawStyle:
        wanted = self.preferences.settings.pixels and pixels.available() and not self._ascii
        return DrawStyle(themes.palette_for(self.current_theme), self._ascii, wanted)

    @property
    def still(self) -> bool:
        """No animation: screens show the newest frame and nothing moves on its way."""
        return self.animation_level == "none"

    @property
    def level(self) -> int:
        """The speed of playback to begin with."""
        return len(SPEEDS) - 1 if self.still else self.preferences.settings.speed

    # Background work

    def _in_background(self, make: Callable[[], Callable[[], object]]) -> None:
        """Call ``make`` on a thread, where it may import a plugin, and then what it returns on the screen's thread.

        Errors of ``make`` are shown as a notification.
        """

        def work() -> None:
            try:
                then = make()
            except GramsolveError as error:
                then = self._error_notice(str(error))
            except Exception as error:  # A plugin's: a thread has no caller that could report it.
                then = self._error_notice(f"{type(error).__name__}: {error}")
            self.call_later(then)

        threading.Thread(target=work, name="gramsolve-opening", daemon=True).start()

    def _error_notice(self, text: str) -> Callable[[], object]:
        return lambda: self.notify(text, title="cannot open", severity="error", timeout=10, markup=False)

    # Leaving

    def stop(self) -> None:
        """Ask every run to end."""
        for screen in self._app_screens() if self._running else ():
            for session in screen.sessions:
                session.stop()

    def _leave(self, code: int) -> None:
        """Exit with a code after restoring the terminal.

        Writing to a terminal that has been closed may never return, so a timer ends the process in any case.
        """
        deadline = threading.Timer(EXIT_TIMEOUT, os._exit, (code,))
        deadline.daemon = True
        deadline.start()
        self.stop()
        self.exit(return_code=code)

    def action_help_quit(self) -> None:
        """Ctrl-C without a selection to copy: exit as after SIGINT."""
        self.stop()
        self.exit(return_code=128 + signal.SIGINT)

    # Settings

    def action_colours(self) -> None:
        """The next set of colours."""
        if self._plain:
            return
        here = themes.CYCLE.index(self.theme) if self.theme in themes.CYCLE else -1
        self.theme = themes.CYCLE[(here + 1) % len(themes.CYCLE)]

    def action_pixels(self) -> None:
        """Switch between boards as pictures and boards in characters."""
        self.preferences.set(pixels=not self.preferences.settings.pixels)
        self._redraw()

    def _recolour(self, theme: Theme) -> None:
        if not self._plain:
            self.preferences.set(theme=theme.name)
        self._redraw()

    def _redraw(self) -> None:
        for screen in self._app_screens():
            screen.set_style(self.style)

    def action_export(self) -> None:
        """Export the picture of the screen, or the runs on it."""
        screen = self.screen
        exports = screen.exports() if isinstance(screen, AppScreen) else []
        self.push_screen(ExportDialog(exports, Screenshot(screen), self.style))

    def set_animation(self, animation: bool) -> None:
        """Play boards step by step, or always show the newest step."""
        self.preferences.set(animation=animation)
        self.animation_level = "full" if animation else "none"
        for screen in self._app_screens():
            if isinstance(screen, PlayerScreen):
                screen.set_speed(self.level)

    def _app_screens(self) -> list[AppScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, AppScreen)]
