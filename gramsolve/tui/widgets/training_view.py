"""The curves of a training run, and the boards of its preview below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Grid, Vertical

from gramsolve.display.terminal import CellSize, clean, is_picture
from gramsolve.tui.training.checkpoint_preview import CheckpointPreview
from gramsolve.tui.training.run_status import RunStatus
from gramsolve.tui.view import arena_layout, board_fit
from gramsolve.tui.view.board_fit import DrawMode
from gramsolve.tui.view.view_state import DrawStyle, ViewState
from gramsolve.tui.widgets.curves import Chart, Curve, Curves
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid

EMPTY = "after the first check"


class TrainingView(Vertical):
    """The boards take one row; the curves take the rest."""

    _preview: CheckpointPreview | None = None
    _one_sign = True
    """Cells have had one sign so far, so boards can be drawn in half blocks."""

    def compose(self) -> ComposeResult:
        with Grid(id="charts"):
            yield Curves(id="accuracy")
            yield Curves(id="terms")
            yield Curves(id="loss")
        with Vertical(id="boards"):
            yield TrajectoryGrid()

    def show(self, run: RunStatus, style: DrawStyle) -> None:
        """Draw the held-out checks of a run."""
        checks, palette = run.checks, style.palette
        first, second = palette.accent, palette.given if palette.dark and palette.given else palette.fresh

        def curve(name: str, values: Sequence[float | None], color: str, *, dashed: bool = False) -> Curve:
            points = ((float(c.update), v) for c, v in zip(checks, values, strict=True) if v is not None)
            return Curve(name, tuple(points), color, dashed)

        accuracy = (
            curve("prior", [c.prior for c in checks], first),
            curve("posterior", [c.posterior for c in checks], second, dashed=True),
        )
        terms = (
            curve("CE", [c.ce for c in checks], first),
            curve("KL", [c.kl for c in checks], second, dashed=True),
        )
        loss = (curve("loss", [c.loss for c in checks], first),)
        charts = {
            "accuracy": Chart("right boards", accuracy, (0.0, 1.0), form="{:.0%}", empty=EMPTY),
            "terms": Chart("nats, log", terms, log=True, form="{:.2g}", empty=EMPTY),
            "loss": Chart("log scale", loss, log=True, form="{:.2g}", empty=EMPTY),
        }
        for name, chart in charts.items():
            self.query_one(f"#{name}", Curves).show(chart, style)

    def show_boards(self, preview: CheckpointPreview | None, style: DrawStyle) -> None:
        """Draw the boards in one row, as large as leaves room for the curves; without a preview, only the curves."""
        frame, trajectories, (width, height) = self.query_one("#boards"), self.query_one(TrajectoryGrid), self.size
        state = None if preview is None else preview.view_state(style)
        if preview is None or state is None or state.instance is None:
            frame.display = False
            self._arrange(width, height)
            return
        columns = width - arena_layout.FRAME - 2
        self._learn_kind(preview, state)
        tile, count = _tile(state, columns, height, self._one_sign)
        trajectories.fit(tile, count, columns, 0)
        trajectories.show(replace(state, count=count))
        lines = -(-count // trajectories.across) * trajectories.pitch[1] + arena_layout.FRAME
        frame.styles.height = lines
        frame.display = True
        frame.border_title, frame.border_subtitle = _caption(preview, state)
        self._arrange(width, height - lines)

    def _learn_kind(self, preview: CheckpointPreview, state: ViewState) -> None:
        """Find out whether cells have one sign, so that boards do not change their size during a run."""
        if preview is not self._preview:
            self._preview, self._one_sign = preview, True
        grid = replace(state, position=len(state.frames)).grid(0)
        self._one_sign = self._one_sign and grid is not None and is_picture(grid)

    def _arrange(self, width: int, height: int) -> None:
        """Charts above each other, or beside each other where that leaves them wide; the loss goes first for room."""
        beside = 3 if width >= 105 and height < 22 else 2 if width >= 84 else 1
        self.query_one("#terms").display = beside > 1 or height >= 10
        self.query_one("#loss").display = beside > 1 or height >= 18
        self.query_one("#charts", Grid).styles.grid_size_columns = beside
        self.query_one("#accuracy").styles.column_span = 2 if beside == 2 else 1


def _tile(state: ViewState, columns: int, lines: int, one_sign: bool) -> tuple[arena_layout.BoardTile | None, int]:
    """How to draw a board and how many: the largest mode with room for all, or for three."""
    modes = [arena_layout.BoardTile(mode) for mode in board_fit.tile_modes(state, 0, one_sign=one_sign)]
    grid = state.grid(0)
    if grid is not None and grid.kind == "board" and not one_sign:
        # Where boards of several signs have been seen, one that happens to show a single sign is drawn like them.
        narrow = arena_layout.BoardTile(DrawMode("cells", CellSize(1, 1), grid.shape[1], grid.shape[0]))
        modes = [tile for tile in modes if tile.mode.cell.width > 1] + [narrow]
    low = [tile for tile in modes if tile.height + 1 + arena_layout.FRAME <= lines * 0.62]
    for least in (state.count, 3):
        for tile in low:
            if tile.across(columns) >= least:
                return tile, min(state.count, tile.across(columns))
    return None, state.count


def _caption(preview: CheckpointPreview, state: ViewState) -> tuple[Text, Text]:
    """The title: puzzle and update of the checkpoint; the subtitle: step and valid boards."""
    palette = state.style.palette
    faint = palette.faint or ""
    title = Text("a held-out puzzle" if preview.task.capabilities.conditional else "samples", end="")
    title.append(f"  model of update {preview.update:,}", faint)
    foot, frame = Text(end=""), state.frame
    if preview.problem:
        foot.append(clean(preview.problem)[:60], palette.bad)
    elif frame is not None:
        foot.append(f"step {frame.step.number}", faint)
        if frame.valid is not None:
            foot.append(f"  {frame.valid} of {frame.width} right", palette.right if frame.valid else faint)
    return title, foot
