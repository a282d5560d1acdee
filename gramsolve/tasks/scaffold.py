"""A new plugin: the files of ``template`` with the name filled in, and loading a plugin that is not installed."""

from __future__ import annotations

import sys
import tomllib
from importlib import import_module, resources
from pathlib import Path

from gramsolve.errors import BadInput
from gramsolve.tasks.registry import GROUP
from gramsolve.tasks.task import Task

FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "init.py.txt": "gramsolve_{name}/__init__.py",
    "task.py.txt": "gramsolve_{name}/task.py",
    "test_contract.py.txt": "tests/test_contract.py",
}


def write(name: str, folder: Path) -> Path:
    """Write the plugin ``name`` into a folder that does not exist yet, or is empty. Raises BadInput."""
    if not (name.isidentifier() and name.isascii() and name == name.lower() and not name.startswith("_")):
        raise BadInput(f"{name!r} cannot name a task: use small letters, digits and _, such as futoshiki")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is there already: choose another --directory")
    template = resources.files("gramsolve.tasks") / "template"
    words = {"NAME": name, "CLASS": name.title().replace("_", ""), "TITLE": name.replace("_", " ").capitalize()}
    try:
        for source, target in FILES.items():
            text = (template / source).read_text(encoding="utf-8")
            for word, value in words.items():
                text = text.replace(f"@{word}@", value)
            path = folder / target.format(name=name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot write {folder}: {error.strerror}") from error
    return folder


def from_folder(folder: Path) -> Task:
    """The task of a plugin's folder, found by the entry point in its pyproject.toml.

    Raises BadInput for a folder that is no plugin; whatever its own code raises comes through.
    """
    try:
        points = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"][
            GROUP
        ]
        module, _, attribute = next(iter(points.values())).partition(":")
    except (OSError, tomllib.TOMLDecodeError, KeyError, StopIteration, AttributeError, UnicodeDecodeError):
        raise BadInput(f"{folder} is no plugin: its pyproject.toml names no entry point {GROUP}") from None
    for place in (folder / "src", folder):
        if place.is_dir():
            sys.path.insert(0, str(place.resolve()))
    try:
        kind = getattr(import_module(module), attribute)
    except Exception as error:
        raise BadInput(
            f"{folder} cannot be imported: {type(error).__name__}: {' '.join(str(error).split())}"
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, Task)):
        raise BadInput(f"{module}:{attribute} is not a subclass of gramsolve.tasks.Task")
    return kind()
