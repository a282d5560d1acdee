"""The training screen: start, watch, stop and resume a training run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from gramsolve.errors import BadInput
from gramsolve.tasks import registry
from gramsolve.tasks.task import Task
from gramsolve.tui import messages
from gramsolve.tui.runs.solver_client import SolverClient
from gramsolve.tui.screens import attach
from gramsolve.tui.screens.new_run import NewRunDialog
from gramsolve.tui.screens.run import RunScreen, in_background
from gramsolve.tui.training import checkpoint_preview, run_watcher
from gramsolve.tui.training.run_status import RunState, RunStatus
from gramsolve.tui.training.run_status_text import short
from gramsolve.tui.training.run_watcher import WatchedRun
from gramsolve.tui.training.train_request import TrainRequest, new_directory, resume_arguments
from gramsolve.tui.view.view_state import DrawStyle


class TrainScreen(RunScreen):
    """Leaving the screen does not stop the run. With a ``task`` but no ``run_dir`` it shows the active run of it,
    or asks what to train."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", tooltip="start a new run", id="train.new"),
        Binding("a", "attach", "Attach", tooltip="watch another run", id="train.attach"),
        Binding("s", "stop", "Stop", tooltip="save and stop; again: stop now", id="train.stop"),
        Binding("c", "resume", "Continue", tooltip="resume this run", id="train.resume"),
        Binding("o", "open", "Open", tooltip="put the model to work", id="train.open"),
        Binding("p", "puzzle", "Puzzle", tooltip="another held-out puzzle", show=False, id="train.puzzle"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="this card", id="train.help"),
        Binding("escape,q", "back", "Back", tooltip="back; the run goes on", id="train.back"),
    ]

    def __init__(
        self,
        style: DrawStyle,
        task: str | None = None,
        run_dir: Path | None = None,
        *,
        load: checkpoint_preview.LoadSolver | None = None,
        load_task: Callable[[str], Task] = registry.load,
        names: Callable[[], Sequence[str]] = registry.names,
    ) -> None:
        # Previews run on one core of the processor, because the device trains.
        self._client = SolverClient("cpu", threads=1)
        super().__init__(style, None if run_dir is None else WatchedRun(run_dir), load or self._client.load, load_task)
        self.request, self.names = TrainRequest(task or ""), names

    def on_mount(self) -> None:
        if self.run is None:
            self._take_up()

    def on_unmount(self) -> None:
        self._client.close()

    def _update(self, run: WatchedRun, now: RunStatus) -> None:
        super()._update(run, now)
        if run is self.run and now.state is RunState.FAILED and now.plan is None:
            self._try_again(now)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        run = self.status
        match action:
            case "stop":
                return run is not None and run.state.active
            case "resume":
                return run is not None and run.state.resumable and run.plan is not None
            case "open":
                return run is not None and run.checkpoint is not None
            case "puzzle":
                return self.preview is not None and self.preview.task.capabilities.conditional
        return True

    def action_new(self) -> None:
        run = self.status
        if not self.request.task and run is not None:  # Another run of the task on show.
            self.request = TrainRequest(run.task, run.variant)
        self._open_dialog(self.request)

    def _open_dialog(self, request: TrainRequest, error: str = "") -> None:
        def chosen(wanted: TrainRequest | None) -> None:
            if wanted is not None:
                self.request = wanted
                self._start(wanted)

        self.app.push_screen(NewRunDialog(request, self.names(), self.load_task, self.style, error), chosen)

    def _start(self, request: TrainRequest) -> None:
        try:
            path = new_directory(request.task, request.variant, request.preset)
            self.follow(WatchedRun.launch(request.arguments(path), path))
        except BadInput as error:
            self._open_dialog(request, str(error))

    def _try_again(self, run: RunStatus) -> None:
        """A run that has failed to start: open the dialog again with its error."""
        if self.run is not None and self.run.process is not None:
            self.run.remove_leftovers()
            self.run, self.status = None, None
            self._open_dialog(self.request, run.words)

    def action_attach(self) -> None:
        def work() -> None:
            found = run_watcher.find_runs()
            self.call_later(attach.ask, self.app, found, self.style, lambda path: self.follow(WatchedRun(path)))

        in_background(work)

    def _take_up(self) -> None:
        """Show the run that is active, if there is one, or ask what to train."""

        def work() -> None:
            live = [
                run
                for run in run_watcher.find_runs()
                if run.state.active and run.task == (self.request.task or run.task)
            ]
            self.call_later(take, live)

        def take(live: Sequence[RunStatus]) -> None:
            if self.run is not None or not self.is_current:
                return
            if live:
                self.follow(WatchedRun(live[0].path))
            elif self.request.task:
                self._open_dialog(self.request)

        in_background(work)

    def action_stop(self) -> None:
        if self.run is not None and not self.run.stop():
            self.notify("this run is out of reach: stop it where it was started", severity="warning", markup=False)
        self._wake.set()

    def action_resume(self) -> None:
        run = self.status
        if run is None:
            return
        try:
            self.run = WatchedRun.launch(resume_arguments(run), run.path)
        except BadInput as error:
            self.notify(str(error), severity="error", markup=False)
        self._wake.set()

    def action_open(self) -> None:
        run = self.status
        if run is not None:
            self.post_message(messages.OpenCheckpoint(run.task, run.checkpoint_path))

    def action_puzzle(self) -> None:
        if self.preview is not None and self.status is not None:
            self.preview.next_puzzle()
            self.preview.follow(self.status)

    def action_back(self) -> None:
        """Return to the screen before; the run continues."""
        run = self.status
        if run is not None and run.state.active:
            where = short(run.path)
            self.app.notify(f"the run goes on; its directory is {where}", title="still training", markup=False)
        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()
        else:
            self.app.call_later(self.app.run_action, "home")
