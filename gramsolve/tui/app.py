"""The application: which screens open, what their messages do, and what is remembered of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from gramsolve.errors import GramsolveError, Missing
from gramsolve.inference.events import Event
from gramsolve.tasks.task import Task
from gramsolve.tui import messages
from gramsolve.tui.base_app import BaseApp
from gramsolve.tui.catalogue import Catalogue
from gramsolve.tui.commands import Commands
from gramsolve.tui.runs import exact
from gramsolve.tui.runs.run_factory import RunFactory
from gramsolve.tui.runs.source import EventSource, LiveSource, ReplaySource
from gramsolve.tui.screens.arena import Arena
from gramsolve.tui.screens.dialogs import ChoiceDialog, TextDialog
from gramsolve.tui.screens.home import Home
from gramsolve.tui.screens.sample import SampleScreen
from gramsolve.tui.settings import Preferences, Recent
from gramsolve.tui.widgets import pixels


class GramsolveApp(BaseApp):
    """Opens with one run of ``source``, or with the home screen when there is no task.

    Args:
        seed: of the first generated puzzle; the puzzle key counts up from it.
        checkpoint: named by the user; without one the application offers what to do when none is found.
        run_factory: makes the runs that screens ask for.
        catalogue: tasks and checkpoints of the home screen.
    """

    COMMANDS: ClassVar[set[type[Commands]]] = {Commands}  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "home", "Home", show=False, tooltip="home: all tasks", id="app.home"),
        Binding("x", "export", "Export", show=False, tooltip="keep a picture, GIF, data or recording", id="app.export"),
        Binding("P", "pixels", "Pixels", show=False, tooltip="boards as pictures, or characters", id="app.pixels"),
        Binding("t,T", "colours", "Colours", show=False, tooltip="the next set of colours", id="app.colours"),
        Binding("ctrl+p", "command_palette", "Commands", show=False, tooltip="everything by name", id="app.commands"),
    ]

    def __init__(
        self,
        task: Task | None = None,
        variant: str = "",
        source: EventSource | None = None,
        *,
        ascii: bool = False,
        plain: bool = False,
        seed: int = 0,
        checkpoint: str | None = None,
        signals: bool = False,
        run_factory: RunFactory | None = None,
        catalogue: Catalogue | None = None,
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__(ascii=ascii, plain=plain, signals=signals, preferences=preferences)
        self.catalogue = catalogue or Catalogue()
        self.run_factory = run_factory or RunFactory()
        self._checkpoint = checkpoint
        self._offers_checkpoints = run_factory is not None
        self._arena: Arena | None = None
        self.first: Screen[Any] = (
            self._home() if task is None or source is None else self._player_screen(task, variant, source, seed)
        )

    # What is open

    @property
    def arena(self) -> Arena:
        """The arena opened last."""
        assert self._arena is not None, "no arena has been opened"
        return self._arena

    def _home(self) -> Home:
        settings = self.preferences.settings
        return Home(self.catalogue, self.style, settings.recent, settings.task)

    def _player_screen(self, task: Task, variant: str, source: EventSource, seed: int = 0) -> Screen[Any]:
        """The screen for a run: the arena, or the samples of a task without puzzles."""
        if isinstance(source, LiveSource) and not task.capabilities.conditional:
            return SampleScreen(task, variant, source, self.style, self.level)
        self._arena = Arena(task, variant, source, self.style, seed, level=self.level, load=self.run_factory.load)
        return self._arena

    def on_mount(self) -> None:
        self._show(self.first, self._checkpoint)

    def _show(self, screen: Screen[Any], checkpoint: str | None = None) -> None:
        self.push_screen(screen)
        if isinstance(screen, Arena | SampleScreen):
            self.preferences.set(task=screen.plugin.name)
            if self._offers_checkpoints and checkpoint is None and isinstance(screen.session.source, LiveSource):
                self._check_for_checkpoint(screen, screen.plugin, screen.variant)

    # Messages of screens

    def on_watch(self, message: messages.Watch) -> None:
        def make() -> Callable[[], object]:
            task = self.catalogue.load(message.task)
            run_factory = self._run_factory()
            source, variant = run_factory.watch(task, message.variant, message.checkpoint, message.puzzle)
            seed = run_factory.options.seed
            return lambda: self._show(self._player_screen(task, variant, source, seed), message.checkpoint)

        self._in_background(make)

    def on_sample(self, message: messages.Sample) -> None:
        def make() -> Callable[[], object]:
            task = self.catalogue.load(message.task)
            source, variant = self._run_factory().sample(task, message.variant, message.checkpoint)
            return lambda: self._show(SampleScreen(task, variant, source, self.style, self.level), message.checkpoint)

        self._in_background(make)

    def on_replay(self, message: messages.Replay) -> None:
        def make() -> Callable[[], object]:
            from gramsolve.inference import recording

            name, events = recording.read(message.path)
            task = self.catalogue.load(name)
            return lambda: self._play(task, events, message.path)

        self._in_background(make)

    def _play(self, task: Task, events: Sequence[Event], path: Path) -> None:
        source = ReplaySource(events)
        puzzle = source.puzzle()
        variant = puzzle.variant if puzzle else task.default_variant
        self._remember(Recent("recording", task.name, variant, str(path.resolve())))
        self._show(self._player_screen(task, variant, source))

    def on_train(self, message: messages.Train) -> None:
        # Imported here: opening a puzzle or the home screen should not wait for what only training needs.
        from gramsolve.tui.screens.train import TrainScreen

        self.push_screen(TrainScreen(self.style, message.task))

    def on_open_checkpoint(self, message: messages.OpenCheckpoint) -> None:
        def make() -> Callable[[], object]:
            conditional = self.catalogue.load(message.task).capabilities.conditional
            kind = messages.Watch if conditional else messages.Sample
            return lambda: self.post_message(kind(message.task, None, str(message.path)))

        self._in_background(make)

    def _run_factory(self) -> RunFactory:
        """The run factory with the width and depth used last."""
        return replace(self.run_factory, options=self.preferences.settings.options(self.run_factory.options))

    # No checkpoint

    def _check_for_checkpoint(self, screen: Screen[Any], task: Task, variant: str) -> None:
        """Look for a checkpoint in the background, and offer alternatives if there is none."""

        def make() -> Callable[[], object]:
            try:
                self.run_factory.find(task.name, variant, None)
            except Missing:
                others = self.catalogue.trained(task)
                return lambda: self._offer(screen, task, variant, [(str(i.path), i.name, i.variant) for i in others])
            except GramsolveError:
                pass  # The screen itself reports a checkpoint that is broken.
            return lambda: None

        self._in_background(make)

    def _offer(self, screen: Screen[Any], task: Task, variant: str, others: list[tuple[str, str, str]]) -> None:
        if self.screen is not screen:
            return
        solvable = isinstance(screen, Arena) and exact.possible(task)
        named = {path: (name, trained) for path, name, trained in others}
        choices = [("train", "train one now")]
        choices += [(path, f"use {name} for {trained}") for path, (name, trained) in named.items()]
        choices += [("exact", "solve this puzzle by exact search")] if solvable else []
        choices += [("folder", "use one in a folder"), ("stay", "stay and look at the board")]

        def use(path: str | None, trained: str | None = None) -> None:
            if path is not None:
                self.pop_screen()
                kind = messages.Watch if isinstance(screen, Arena) else messages.Sample
                self.post_message(kind(task.name, trained, path))

        def chosen(choice: str | None) -> None:
            if choice == "train":
                self.post_message(messages.Train(task.name))
            elif choice == "folder":
                ask = TextDialog("use a checkpoint", "", self.style, words="its folder, as runs/NAME/checkpoint")
                self.push_screen(ask, lambda path: use(path and str(Path(path).expanduser())))
            elif choice == "exact" and isinstance(screen, Arena):
                screen.action_exact()
            elif choice in named:
                use(choice, named[choice][1])

        words = f"there is no checkpoint for {task.title} {variant} yet: no network has learnt it"
        self.push_screen(ChoiceDialog("no checkpoint", choices, self.style, words=words), chosen)

    # What is remembered

    def on_solved(self, message: messages.Solved) -> None:
        """A live run came to its end."""
        finished, instance = message.finished, message.instance
        valid = f"{finished.valid}/{finished.trajectories}" if finished.valid is not None else ""
        with contextlib.suppress(Exception):  # A plugin that cannot write its puzzle: it is not kept as recent.
            text = message.task.format(instance)
            self._remember(Recent("puzzle", message.task.name, instance.variant, text, instance.name, valid))

    def on_saved(self, message: messages.Saved) -> None:
        self._remember(Recent("recording", message.task, message.variant, str(message.path.resolve())))

    def _remember(self, recent: Recent) -> None:
        self.preferences.remember(recent)
        for screen in self.screen_stack:
            if isinstance(screen, Home):
                screen.set_recent(self.preferences.settings.recent)

    def _save_preferences(self) -> None:
        """Keep width, depth and speed of the screen that is left; of samples the depth is not kept."""
        screen = self.screen if self.screen_stack else None
        if not isinstance(screen, Arena | SampleScreen):
            return
        source, speed = screen.session.source, screen.playback.level
        if not self.still:
            self.preferences.set(speed=speed)
        if isinstance(source, LiveSource):
            self.preferences.set(width=source.options.width)
            if isinstance(screen, Arena):
                self.preferences.set(depth=source.options.depth, deepen=source.options.max_depth > 0)

    # Leaving

    def action_home(self) -> None:
        """Return to the home screen from any screen."""
        self._save_preferences()
        if not any(isinstance(screen, Home) for screen in self.screen_stack):
            while len(self.screen_stack) > 2:
                self.pop_screen()
            self.switch_screen(self._home())
            return
        while not isinstance(self.screen, Home):
            self.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the home key at home, and the pixel key where the terminal shows no pictures."""
        if action == "pixels":
            return pixels.available()
        shown = [screen for screen in self.screen_stack if not screen.is_modal] if self.screen_stack else []
        return not (action == "home" and shown and isinstance(shown[-1], Home))

    def exit(self, *args: Any, **options: Any) -> None:
        self._save_preferences()
        super().exit(*args, **options)
