"""What a plugin author imports: the task contract, and the errors that carry a message to the user."""

from gramsolve.colours import mix
from gramsolve.errors import BadInput, Missing
from gramsolve.tasks.arrays import Bools, Tokens
from gramsolve.tasks.base import Instance, TokenSpec, Variant
from gramsolve.tasks.capabilities import Capabilities
from gramsolve.tasks.data import (
    NO_FILES,
    DataFile,
    Dataset,
    Demonstrations,
    ProgressCallback,
    Split,
    no_progress,
)
from gramsolve.tasks.drawing import Cell, Grid, View
from gramsolve.tasks.files import read_data
from gramsolve.tasks.forms import BadLine, Form, Reading
from gramsolve.tasks.presets import Preset, paper
from gramsolve.tasks.rules import Verdict
from gramsolve.tasks.symmetry import Relabelling, Structure, Symmetry
from gramsolve.tasks.task import API_VERSION, Task

__all__ = [
    "API_VERSION",
    "NO_FILES",
    "BadInput",
    "BadLine",
    "Bools",
    "Capabilities",
    "Cell",
    "DataFile",
    "Dataset",
    "Demonstrations",
    "Form",
    "Grid",
    "Instance",
    "Missing",
    "Preset",
    "ProgressCallback",
    "Reading",
    "Relabelling",
    "Split",
    "Structure",
    "Symmetry",
    "Task",
    "TokenSpec",
    "Tokens",
    "Variant",
    "Verdict",
    "View",
    "mix",
    "no_progress",
    "paper",
    "read_data",
]

VERSION_1 = {"Check", "Progress", "Source", "quiet"}
"""Names of the contract's first version that have gone."""


def __getattr__(name: str) -> object:
    if name in VERSION_1:
        raise ImportError(
            f"it imports {name!r}, which belongs to version 1 of the task contract, and this gramsolve has "
            f"{API_VERSION}: `gramsolve plugins new` writes an example"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
