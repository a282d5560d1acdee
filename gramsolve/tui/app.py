"""The application: themes, signals, and the arena as its first room."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.theme import Theme

from gramsolve.tasks.task import Task
from gramsolve.tui import themes
from gramsolve.tui.moment import Look
from gramsolve.tui.screens.arena import Arena
from gramsolve.tui.source import Source

SIGNALS = (signal.SIGTERM, signal.SIGHUP)

GRACE = 1.2
"""Seconds that putting the terminal back may take after a signal; it takes a few hundredths."""


class GramsolveApp(App[None]):
    """Shows one run of ``source``. ``plain`` keeps to the terminal's own colours."""

    TITLE = "gramsolve"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("t", "colours", "Colours", show=False, id="app.colours")]

    def __init__(
        self,
        task: Task,
        variant: str,
        source: Source,
        *,
        ascii: bool = False,
        plain: bool = False,
        seed: int = 0,
        signals: bool = False,
    ) -> None:
        super().__init__(ansi_color=True if plain else None)
        self.register_theme(themes.DARK_THEME)
        self.register_theme(themes.LIGHT_THEME)
        self.theme = "ansi-dark" if plain else themes.DARK_THEME.name
        self._plain = plain
        self._signals = signals
        look = Look(themes.palette_for(self.current_theme), ascii)
        self.arena = Arena(task, variant, source, look, seed)

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self._recolour)
        if self._signals:
            loop = asyncio.get_running_loop()
            for number in SIGNALS:
                loop.add_signal_handler(number, self._leave, 128 + number)
        self.push_screen(self.arena)

    def _leave(self, code: int) -> None:
        """End with an exit code; the terminal is put back as it was.

        A terminal that has been closed cannot be put back, and writing to it may never return: the process
        ends all the same.
        """
        deadline = threading.Timer(GRACE, os._exit, (code,))
        deadline.daemon = True
        deadline.start()
        self.arena.session.stop()
        self.exit(return_code=code)

    def action_colours(self) -> None:
        """The next set of colours."""
        if self._plain:
            return
        here = themes.CYCLE.index(self.theme) if self.theme in themes.CYCLE else -1
        self.theme = themes.CYCLE[(here + 1) % len(themes.CYCLE)]

    def _recolour(self, theme: Theme) -> None:
        self.arena.set_look(Look(themes.palette_for(theme), self.arena.look.ascii))
