"""The base of all panels that draw a run."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from gramsolve.display.terminal import clean
from gramsolve.tui.view.staleness import Key, LastKey
from gramsolve.tui.view.view_state import DrawStyle, ViewState


class Panel(Widget):
    """Draws the view state it is shown, again whenever its render key has changed (see ``view.staleness``)."""

    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.state: ViewState | None = None
        self._drawn, self._titled = LastKey(), LastKey()

    @property
    def style(self) -> DrawStyle:
        return self.state.style if self.state else DrawStyle()

    def show(self, state: ViewState) -> None:
        """Draw another state."""
        self.state = state
        self.set_titles(*self.titles(state))
        if self._drawn.changed(self.render_key(state)):
            self.refresh()

    def render_key(self, state: ViewState) -> Key:
        """Everything that the picture depends on. By default the state itself: every state that is shown is drawn."""
        return (state,)

    def titles(self, state: ViewState) -> tuple[Text, ...]:
        """The title of the border and, perhaps, its subtitle."""
        return ()

    def set_titles(self, *titles: Text) -> None:
        """Set the titles of the border. Textual draws the whole panel again for each, so equal ones are not set."""
        if titles and self._titled.changed(titles):
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
