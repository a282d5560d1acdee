"""Finding task plugins by the entry points of installed distributions, those of gramsolve first.

Finding reads metadata only. A plugin is imported when its task is asked for, and one that does not work
never disturbs another. ``GRAMSOLVE_LOAD_PLUGINS`` set to a list of names, separated by commas and possibly
empty, switches off all plugins of other distributions that the list does not name by task or distribution.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import import_module

from gramsolve.errors import BadInput, GramsolveError, Missing
from gramsolve.tasks.task import API_VERSION, Task

GROUP = "gramsolve.tasks"
SWITCH = "GRAMSOLVE_LOAD_PLUGINS"
OURS = "gramsolve"


@dataclass(frozen=True)
class PluginInfo:
    """One plugin as ``listing`` reports it.

    ``status`` is ``ok``, ``broken`` or ``off``, with the reason; ``capabilities`` are those of a task that works.
    """

    name: str
    distribution: str
    version: str
    status: str
    reason: str = ""
    capabilities: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class _Found:
    """A plugin as metadata describes it; ``problem`` where the metadata itself cannot be used."""

    name: str
    target: str
    distribution: str
    version: str
    problem: str = ""

    @property
    def off(self) -> bool:
        allowed = os.environ.get(SWITCH)
        if allowed is None or self.distribution == OURS:
            return False
        return not {_normal(self.name), self.distribution} & {_normal(word) for word in allowed.split(",")}

    @property
    def source(self) -> str:
        return f"plugin {self.name!r} of {self.distribution} {self.version}".rstrip()


_loaded: dict[_Found, Task] = {}


def built_in() -> list[str]:
    """Names of the tasks that come with gramsolve, sorted."""
    return sorted(_built_in())


def names() -> list[str]:
    """Names of all tasks that are installed and not switched off, sorted; some may turn out broken."""
    return sorted(found.name for found in _find().values() if not found.off and not found.problem)


def load(name: str) -> Task:
    """The task of this name; the same object each time.

    Raises BadInput for a name that nothing has, with the nearest one, and Missing for a plugin that is
    switched off, cannot be imported, was written for another version of the contract, or is no task.
    """
    ours = _built_in()  # Asked first: reading all entry points takes longer than the rest of a short command.
    if name in ours:
        return _load(ours[name])
    plugins = _find()
    if name in plugins:
        return _load(plugins[name])
    known = names()
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise BadInput(f"unknown task {name!r}; {hint}there are: {', '.join(known)}")


def listing() -> list[PluginInfo]:
    """Every plugin, sorted by name. Imports each of them to see whether it works."""
    from importlib import metadata

    plugins = []
    for found in sorted(_find().values(), key=lambda found: found.name):
        status, reason = "ok", ""
        capabilities: tuple[str, ...] = ()
        if found.off:
            status, reason = "off", f"{SWITCH} does not name it"
        else:
            try:
                capabilities = tuple(_load(found).capabilities.declared())
            except GramsolveError as error:
                status, reason = "broken", str(error)
        version = found.version or metadata.version(found.distribution)
        plugins.append(PluginInfo(found.name, found.distribution, version, status, reason, capabilities))
    return plugins


@cache
def _built_in() -> dict[str, _Found]:
    """The plugins of gramsolve's own distribution, by name; their version is left out, since reading it takes longer
    than all else. Raises Missing where gramsolve runs without having been installed."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        ours = distribution(OURS)
    except PackageNotFoundError:
        raise Missing("gramsolve is not installed, so its tasks cannot be found: use `pip install -e .`") from None
    points = ours.entry_points.select(group=GROUP)
    return {point.name: _Found(point.name, point.value, OURS, "") for point in points}


def _find() -> dict[str, _Found]:
    """All plugins by name. Ours come first; of two others with one name the second is listed as broken."""
    plugins = dict(_built_in())
    for found in _scan():
        key = found.name
        if found.distribution == OURS:
            continue
        if key in plugins:
            taken = f"the name is taken by {plugins[key].distribution}"
            key = f"{key}@{found.distribution}"
            found = _Found(key, found.target, found.distribution, found.version, found.problem or taken)
        plugins[key] = found
    return plugins


def _scan() -> Iterator[_Found]:
    """Plugins of installed distributions; of a distribution met twice on the path the first counts."""
    from importlib.metadata import distributions

    seen = set()
    for distribution in distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
            if GROUP not in text:
                continue
            owner, version = _normal(distribution.metadata["Name"] or "unnamed"), distribution.version or ""
        except Exception:  # whatever is wrong with it, it is not ours to report
            continue
        if owner in seen:
            continue
        seen.add(owner)
        try:
            points = list(distribution.entry_points.select(group=GROUP))
        except Exception as error:
            yield _Found(owner, "", owner, version, f"its entry points cannot be read: {_one_line(error)}")
            continue
        for point in points:
            yield _Found(point.name, point.value, owner, version)


def _load(found: _Found) -> Task:
    if found.off:
        raise Missing(f"{found.source} is switched off: {SWITCH} does not name it")
    if found.problem:
        raise Missing(f"{found.source} does not work: {found.problem}")
    if found not in _loaded:
        try:
            _loaded[found] = _task(found)
        except (Exception, SystemExit) as error:
            raise Missing(f"{found.source} does not work: {_one_line(error)}") from error
    return _loaded[found]


def _task(found: _Found) -> Task:
    """Import a plugin and make its task. Raises anything at all."""
    module, _, attribute = found.target.partition(":")
    kind = getattr(import_module(module.strip()), attribute.strip())
    if not (isinstance(kind, type) and issubclass(kind, Task)):
        raise TypeError(f"{found.target} is not a subclass of gramsolve.tasks.Task")
    version = getattr(kind, "api_version", 1)  # Plugins of version 1 need not state it.
    if version != API_VERSION:
        raise TypeError(
            f"it was written for version {version!r} of the task contract, and this gramsolve has {API_VERSION}: "
            "`gramsolve plugins new` writes an example"
        )
    task = kind()
    if getattr(task, "name", None) != found.name:
        raise ValueError(f"it calls its task {getattr(task, 'name', None)!r}, not {found.name!r}")
    return task


def _normal(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    text = "".join(char for char in text if char.isprintable())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
