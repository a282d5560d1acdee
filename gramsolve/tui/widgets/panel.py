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
    _looked: tuple[object, ...] | None = None
    _titled: tuple[Text, ...] = ()

    @property
    def look(self) -> Look:
        return self.moment.look if self.moment else Look()

    def show(self, moment: Moment) -> None:
        """Draw another moment."""
        self.moment = moment
        self.entitle(*self.titles(moment))
        seen = self.looks(moment)
        if seen is None or seen != self._looked:
            self._looked = seen
            self.refresh()

    def looks(self, moment: Moment) -> tuple[object, ...] | None:
        """What the picture depends on: one that depends on the same is not drawn again. None always draws."""
        return None

    def titles(self, moment: Moment) -> tuple[Text, ...]:
        """The title of the border and, perhaps, its subtitle."""
        return ()

    def entitle(self, *titles: Text) -> None:
        """Set the titles of the border, if they are others: Textual draws the whole panel again for each."""
        if titles == self._titled:
            return
        self._titled = titles
        for name, title in zip(("border_title", "border_subtitle"), titles, strict=False):
            setattr(self, name, title)

    def caption(self, *parts: tuple[str, str | None]) -> Text:
        """A border title of (text, colour) parts."""
        return caption(*parts)

    @property
    def dot(self) -> str:
        """What separates two facts on a line."""
        return " - " if self.look.ascii else " · "


def caption(*parts: tuple[str, str | None]) -> Text:
    """A border title of (text, colour) parts."""
    text = Text(end="")
    for part, color in parts:
        text.append(clean(part), color or "")
    return text
