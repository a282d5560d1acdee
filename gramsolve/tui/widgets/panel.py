"""What all panels share: a moment to draw and a title that is text, never markup."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from gramsolve.display.terminal import clean
from gramsolve.tui.view.view_state import DrawStyle, ViewState


class Panel(Widget):
    """Draws the moment it is given."""

    can_focus = False
    state: ViewState | None = None
    _render_key: tuple[object, ...] | None = None
    _titles: tuple[Text, ...] = ()

    @property
    def style(self) -> DrawStyle:
        return self.state.style if self.state else DrawStyle()

    def show(self, state: ViewState) -> None:
        """Draw another moment."""
        self.state = state
        self.set_titles(*self.titles(state))
        seen = self.render_key(state)
        if seen is None or seen != self._render_key:
            self._render_key = seen
            self.refresh()

    def render_key(self, state: ViewState) -> tuple[object, ...] | None:
        """What the picture depends on: one that depends on the same is not drawn again. None always draws."""
        return None

    def titles(self, state: ViewState) -> tuple[Text, ...]:
        """The title of the border and, perhaps, its subtitle."""
        return ()

    def set_titles(self, *titles: Text) -> None:
        """Set the titles of the border, if they are others: Textual draws the whole panel again for each."""
        if titles == self._titles:
            return
        self._titles = titles
        for name, title in zip(("border_title", "border_subtitle"), titles, strict=False):
            setattr(self, name, title)

    def caption(self, *parts: tuple[str, str | None]) -> Text:
        """A border title of (text, colour) parts."""
        return caption(*parts)

    @property
    def dot(self) -> str:
        """What separates two facts on a line."""
        return " - " if self.style.ascii else " · "


def caption(*parts: tuple[str, str | None]) -> Text:
    """A border title of (text, colour) parts."""
    text = Text(end="")
    for part, color in parts:
        text.append(clean(part), color or "")
    return text
