"""The latent map: trajectories in the plane of the first two principal components of their latent states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from rich.text import Text
from textual import events
from textual.message import Message

from gramsolve.display.pixels import DOTS, braille_character
from gramsolve.tui.view.pca import PCA, Floats, fit_pca
from gramsolve.tui.view.staleness import Key, LastKey
from gramsolve.tui.view.status_icons import TrajectoryStatus
from gramsolve.tui.view.view_state import ViewState
from gramsolve.tui.widgets.boards import Boards, Line, line_of, plain

TAIL = 3
"""Steps of a trail; the selected trajectory shows its whole path."""
MARGIN = 0.06

Place = tuple[int, int]
Spot = tuple[str, str]
"""A sign and its style."""


class LatentMap(Boards):
    """Every trajectory is its status icon with a trail of its last steps; a diamond marks where a solution was first
    reached. Click an icon to choose its trajectory."""

    class Chosen(Message):
        """A trajectory was clicked."""

        def __init__(self, trajectory: int) -> None:
            super().__init__()
            self.trajectory = trajectory

    def __init__(self) -> None:
        super().__init__()
        self._pca: PCA | None = None
        self._run: object = None
        self._fitted = LastKey()
        self._bounds: tuple[Floats, Floats] | None = None

    def render_key(self, state: ViewState) -> Key:
        return state.frame, len(state.frames), state.selected, state.last_of_round, state.style, self._pca

    def titles(self, state: ViewState) -> tuple[Text, ...]:
        if self.display:
            self._fit(state)
        faint = state.style.palette.faint
        title = self.caption(("latent map", None))
        if self._pca is None:
            return title, self.caption()
        words = [f"{share:.0%}" for share in self._pca.share]
        width = self.content_size.width
        judged = state.frame is not None and state.frame.step.valid is not None and width >= 34
        sign = ("*" if state.style.ascii else "◆") if judged else ""
        legend = (" a solution, first reached" if width >= 48 else " solution") + self.dot if judged else ""
        variance = f"{legend}variance {self.dot.join(words)}"
        return title, self.caption((sign, state.style.palette.right), (variance, faint))

    def _fit(self, state: ViewState) -> None:
        """Fit the plane to all latent states of the run, again when there are more."""
        frames = state.frames
        run = frames[0] if frames else None
        if not self._fitted.changed((run, len(frames))):
            return
        again, self._run = run is self._run, run
        if not frames or frames[0].step.latent.shape[1] < 2:
            self._pca = self._bounds = None
            return
        latent = np.concatenate([frame.step.latent for frame in frames])
        self._pca = fit_pca(latent, self._pca if again else None)
        places = self._pca.project(latent)
        low, high = places.min(axis=0), places.max(axis=0)
        room = np.maximum(high - low, 1e-6)
        self._bounds = low - MARGIN * room, high + MARGIN * room

    def _dots(self, latent: np.ndarray) -> np.ndarray:
        """Latent states [..., D] -> column and line of the braille dot of each, int [..., 2]."""
        assert self._pca is not None and self._bounds is not None
        low, high = self._bounds
        size = np.array([2 * self.content_size.width - 1, 4 * self.content_size.height - 1])
        share = (self._pca.project(latent) - low) / (high - low)
        share[..., 1] = 1 - share[..., 1]
        return np.clip(np.rint(share * size), 0, size).astype(int)

    def _places(self, state: ViewState) -> list[Place]:
        """The character cell of every trajectory of the round on show."""
        if state.frame is None or self._pca is None:
            return []
        return [(int(x) // 2, int(y) // 4) for x, y in self._dots(state.frame.step.latent)]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.state is None:
            return
        places = self._places(self.state)
        near = [(abs(x - offset.x) + 2 * abs(y - offset.y), i) for i, (x, y) in enumerate(places)]
        if near and min(near)[0] <= 3:
            self.post_message(self.Chosen(min(near)[1]))

    def render(self) -> Text:
        return plain(self.lines())

    def lines(self) -> Sequence[Line]:
        state, (width, height) = self.state, self.content_size
        if state is None or width < 2 or height < 2:
            return []
        if state.frame is None or self._pca is None:
            return [line_of([("no steps yet", state.style.palette.faint)])]
        spots: dict[Place, Spot] = {}
        if not state.style.ascii:
            spots |= self._trails(state)
        spots |= self._signs(state)
        spots |= self._landmarks(state)
        spots |= self._chosen(state)
        return [line_of([spots.get((x, y), (" ", "")) for x in range(width)]) for y in range(height)]

    def _trails(self, state: ViewState) -> dict[Place, Spot]:
        """Trails as dots; the path of the selected trajectory is whole and brighter."""
        frames = [frame for frame in state.round_frames if frame.step.number <= state.frame.step.number]  # type: ignore[union-attr]
        paths = self._dots(np.stack([frame.step.latent for frame in frames]))
        palette = state.style.palette
        faint, bright = _braille(()), _braille(())
        for trajectory in range(paths.shape[1]):
            path = paths[:, trajectory]
            if trajectory == state.selected:
                bright = _braille(_line_through(path), bright)
            else:
                faint = _braille(_line_through(path[-TAIL:]), faint)
        spots = {place: (braille_character(bits), palette.faint or "") for place, bits in faint.items()}
        return spots | {place: (braille_character(bits), palette.accent) for place, bits in bright.items()}

    def _landmarks(self, state: ViewState) -> dict[Place, Spot]:
        """Where distinct solutions of this round were first reached."""
        by_number = {frame.step.number: frame for frame in state.round_frames}
        spots: dict[Place, Spot] = {}
        assert state.frame is not None
        for answer in state.frame.answers if state.frame.step.valid is not None else ():
            row, frame = answer.trajectory - state.offset, by_number.get(answer.step)
            if frame is not None and 0 <= row < frame.width:
                x, y = self._dots(frame.step.latent[row])
                sign = "*" if state.style.ascii else "◆"
                spots[int(x) // 2, int(y) // 4] = (sign, state.style.palette.right)
        return spots

    def _signs(self, state: ViewState) -> dict[Place, Spot]:
        """Status icons; where two share a cell the better status is shown."""
        style, spots = state.style, {}
        rank = {
            TrajectoryStatus.WAITING: 0,
            TrajectoryStatus.INVALID: 1,
            TrajectoryStatus.RUNNING: 2,
            TrajectoryStatus.HALTED: 3,
            TrajectoryStatus.VALID: 4,
        }
        places = self._places(state)
        for trajectory in sorted(range(len(places)), key=lambda i: rank[state.status(i)]):
            status = state.status(trajectory)
            spots[places[trajectory]] = (status.icon(style.ascii), status.color(style.palette) or "")
        return spots

    def _chosen(self, state: ViewState) -> dict[Place, Spot]:
        """The selected trajectory, over everything else."""
        places, chosen = self._places(state), state.selected
        if not 0 <= chosen < len(places):
            return {}
        sign = state.status(chosen).icon(state.style.ascii)
        return {places[chosen]: (sign, f"bold reverse {state.style.palette.accent}")}


def _line_through(path: np.ndarray) -> Iterable[Place]:
    """All dots on the straight lines between consecutive dots int [n, 2]."""
    for start, end in pairwise(path):
        count = int(np.abs(end - start).max()) + 1
        for x, y in np.rint(np.linspace(start, end, count)).astype(int):
            yield int(x), int(y)


def _braille(dots: Iterable[Place], bits: dict[Place, int] | None = None) -> dict[Place, int]:
    """Dots added to the braille patterns of character cells."""
    bits = {} if bits is None else bits
    for x, y in dots:
        cell = x // 2, y // 4
        bits[cell] = bits.get(cell, 0) | DOTS[y % 4][x % 2]
    return bits
