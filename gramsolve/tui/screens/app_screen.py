"""What every full screen has: a style to draw in, the notice that the terminal is too small, the help card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from gramsolve.tui.exportable import RunExport
from gramsolve.tui.runs.session import Session
from gramsolve.tui.screens.help import HelpScreen
from gramsolve.tui.view import arena_layout
from gramsolve.tui.view.view_state import DrawStyle


class AppScreen(Screen[None]):
    """Draws in ``style``. Subclasses yield their widgets from ``compose_body`` and draw them in ``redraw``.

    Attributes:
        ABOUT: what the screen shows, in two or three sentences for the help card.
        HELP_ICONS: the help card explains the signs of trajectories.
    """

    ABOUT: ClassVar[str] = ""
    HELP_ICONS: ClassVar[bool] = True

    def __init__(self, style: DrawStyle) -> None:
        super().__init__(classes="ascii" if style.ascii else "")
        self.style = style

    def compose(self) -> ComposeResult:
        with Vertical(id="room"):
            yield from self.compose_body()
        yield Static(id="small")

    def compose_body(self) -> ComposeResult:
        """The widgets of the screen, from top to bottom."""
        yield from ()

    @property
    def about(self) -> str:
        """What is on the screen now, for the help card."""
        return self.ABOUT

    @property
    def sessions(self) -> Sequence[Session]:
        """The runs on the screen."""
        return ()

    def exports(self) -> list[RunExport]:
        """What can be exported beside a picture of the screen."""
        return []

    @property
    def fits(self) -> bool:
        """The terminal is large enough for this screen."""
        return arena_layout.fits(*self.size)

    def redraw(self) -> None:
        """Draw what has changed."""

    def set_style(self, style: DrawStyle) -> None:
        """Draw with other colours."""
        self.style = style
        self.redraw()

    def on_resize(self) -> None:
        self.set_class(not self.fits, "small")
        need, have = "{}x{}".format(*arena_layout.MINIMUM), "{}x{}".format(*self.size)
        self.query_one("#small", Static).update(f"terminal too small\nneeds {need}, has {have}")
        self.redraw()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.style, self.about, icons=self.HELP_ICONS))
