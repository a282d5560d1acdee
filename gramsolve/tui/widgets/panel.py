"""What all panels share: a moment to draw and a title that is text, never markup."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from gramsolve.display.terminal import clean
from gramsolve.tui.moment import Look, Moment


class Panel(Widget):
    """Draws the moment it is given."""

    can_focus = False
    moment: Moment | None = None

    @property
    def look(self) -> Look:
        return self.moment.look if self.moment else Look()

    def show(self, moment: Moment) -> None:
        """Draw another moment."""
        self.moment = moment
        self.titles(moment)
        self.refresh()

    def titles(self, moment: Moment) -> None:
        """Set the titles of the border."""

    def caption(self, *parts: tuple[str, str | None]) -> Text:
        """A border title of (text, colour) parts."""
        text = Text(end="")
        for part, color in parts:
            text.append(clean(part), color or "")
        return text

    @property
    def dot(self) -> str:
        """What separates two facts on a line."""
        return " - " if self.look.ascii else " · "
