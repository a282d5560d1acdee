"""The playback head: which step is shown, and how fast it moves."""

from __future__ import annotations

from dataclasses import dataclass

SPEEDS: tuple[float, ...] = (0.5, 1.0, 2.0, 3.0, 4.0, 8.0, float("inf"))
"""Steps a second. The last one always shows the newest step."""

USUAL = SPEEDS.index(3.0)


@dataclass
class Playback:
    """Position 0 is the puzzle alone, position ``k`` the k-th recorded step."""

    position: int = 0
    playing: bool = True
    level: int = USUAL
    _due: float = 0.0

    @property
    def speed(self) -> float:
        return SPEEDS[self.level]

    @property
    def speed_label(self) -> str:
        return "max" if self.speed == float("inf") else f"{self.speed:g}/s"

    def advance(self, seconds: float, last: int) -> None:
        """Let ``seconds`` pass while steps up to ``last`` exist. Time that passes at the last step is not saved up."""
        if not self.playing or self.position >= last:
            self._due = 0.0
            return
        if self.speed == float("inf"):
            self.position = last
            return
        self._due += seconds * self.speed
        whole = int(self._due)
        self._due -= whole
        self.position = min(last, self.position + whole)

    def toggle(self, last: int, complete: bool) -> None:
        """Play or pause; at the end of a complete run play from the start."""
        if complete and self.position >= last:
            self.position, self.playing = 0, True
        else:
            self.playing = not self.playing
        self._due = 0.0

    def seek(self, position: int, last: int) -> None:
        """Go to a position and stay there."""
        self.position = max(0, min(last, position))
        self.playing = False
        self._due = 0.0

    def faster(self, direction: int) -> None:
        self.level = max(0, min(len(SPEEDS) - 1, self.level + direction))
