"""The footer: as many keys as fit, in the order of the bindings; help and the way back are always shown."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

LAST = 2
"""Keys at the end of a screen's bindings that are never left out: help, and the way back."""


class KeyFooter(Footer):
    """The bindings that are shown. Those without room are on the help card."""

    def compose(self) -> ComposeResult:
        keys = list(super().compose())
        hints = [key for key in keys if isinstance(key, FooterKey)]
        palette = [key for key in hints if key.has_class("-command-palette")]
        plain = [key for key in hints if key not in palette]
        room = (self.size.width or self.app.size.width) - sum(map(self._width, palette))
        kept = plain[-LAST:]
        room -= sum(map(self._width, kept))
        for key in plain[:-LAST]:
            room -= self._width(key)
            if room < 0:
                break
            kept.insert(len(kept) - LAST, key)
        yield from (*kept, *palette)

    def _width(self, key: FooterKey) -> int:
        """Columns: the key and its word, and the spaces around both."""
        return len(key.key_display) + len(key.description) + (2 if self.compact else 3)

    def on_resize(self, event: events.Resize) -> None:
        self.refresh(recompose=True)
