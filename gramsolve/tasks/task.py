"""The task contract: everything the rest of gramsolve needs to know about a family of puzzles.

A task is one object that is composed of four parts, each in a file of its own:

    codec.py    puzzles and answers as text and as tokens
    rules.py    which outputs are solutions; symmetries
    data.py     generated puzzles, data sets, public files
    drawing.py  boards as grids of cells and as pictures

``capabilities`` states which optional methods of the parts a task has. A plugin depends on this package and on nothing
else of gramsolve. Tokens are small integers; the model sees only tokens. Arrays are numpy, C-contiguous, ``uint8``
unless stated otherwise. Shapes use B for the batch, L_in and L_out for the token lengths.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from gramsolve.tasks.codec import TaskCodec
from gramsolve.tasks.data import TaskData
from gramsolve.tasks.drawing import TaskDrawing
from gramsolve.tasks.presets import Preset
from gramsolve.tasks.rules import TaskRules

API_VERSION = 2
"""Raised whenever a plugin written for the previous number could stop working."""


class Task(TaskCodec, TaskRules, TaskData, TaskDrawing):
    """A family of puzzles. One stateless object per task; methods take a variant name or an instance.

    Functions that need one part of a task should ask for that part, such as ``TaskDrawing``.
    """

    api_version: ClassVar[int]
    """The API_VERSION that the plugin was written for; every plugin states its own number."""

    @abstractmethod
    def presets(self, variant: str) -> Mapping[str, Preset]:
        """At least ``tiny`` (seconds, for tests), ``cpu`` (about an hour on two cores) and ``paper``."""
