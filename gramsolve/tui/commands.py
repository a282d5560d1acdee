"""The command palette: the keys of the screen, every task, themes and settings, all by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider

from gramsolve.tasks import registry
from gramsolve.tui import messages, themes
from gramsolve.tui.base_app import BaseApp
from gramsolve.tui.screens.help import GENERAL
from gramsolve.tui.screens.home import Home
from gramsolve.tui.widgets import pixels


class Command(NamedTuple):
    """A line of the palette and what it does."""

    name: str
    help: str
    run: Callable[[], object]


class Commands(Provider):
    """Everything that can be done from where the palette was opened."""

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(command.name, command.run, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            if (score := matcher.match(command.name)) > 0:
                yield Hit(score, matcher.highlight(command.name), command.run, help=command.help)

    def _commands(self) -> Iterator[Command]:
        yield from self._of_screen()
        yield from self._of_tasks()
        yield from self._of_settings()

    def _of_screen(self) -> Iterator[Command]:
        """The screen's own keys, such as saving where it can be done; a key is named only once."""
        seen = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            name = binding.tooltip or binding.description
            known = active.node is self.app or binding.action in seen or binding.action in GENERAL
            if known or not active.enabled or not binding.description:
                continue
            seen.add(binding.action)
            run = partial(self.app.run_action, binding.action, active.node)
            yield Command(name[:1].upper() + name[1:], f"key {self.app.get_key_display(binding)}", run)

    def _of_tasks(self) -> Iterator[Command]:
        app = self.app
        assert isinstance(app, BaseApp)
        yield Command("Home", "all tasks", partial(app.run_action, "home"))
        homes = [screen for screen in app.screen_stack if isinstance(screen, Home)]
        entries = homes[0].entries if homes else {}
        for name in entries or registry.built_in():
            task = entries[name].task if name in entries else None
            title = task.title if task else name
            if task is None or task.capabilities.conditional:
                yield Command(f"Watch {title}", "a puzzle being solved", self._ask(messages.Watch(name)))
            yield Command(f"Sample {title}", "boards without a puzzle", self._ask(messages.Sample(name)))
            yield Command(f"Train {title}", "a model for it", self._ask(messages.Train(name)))

    def _of_settings(self) -> Iterator[Command]:
        app = self.app
        assert isinstance(app, BaseApp)
        for name, title in themes.TITLES.items():
            yield Command(f"Theme: {title}", "colours", partial(setattr, app, "theme", name))
        if app.still:
            yield Command("Animation on", "boards play step by step", partial(app.set_animation, True))
        else:
            yield Command("Animation off", "always show the newest step", partial(app.set_animation, False))
        if pixels.available():
            yield Command("Pixels on or off", "key P: boards as pictures, or in characters", app.action_pixels)
        yield Command("Export", "key x: a picture, a GIF, data or a recording", app.action_export)
        yield Command("Quit", "leave gramsolve", partial(app.run_action, "quit"))

    def _ask(self, message: messages.Watch | messages.Sample | messages.Train) -> Callable[[], object]:
        return lambda: self.app.post_message(message)
