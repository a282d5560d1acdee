"""What a plugin author imports: the task contract, and the errors that carry a message to the user."""

from gramsolve.colours import mix
from gramsolve.errors import BadInput, Missing
from gramsolve.tasks.files import read_data
from gramsolve.tasks.presets import paper
from gramsolve.tasks.symmetry import Relabelling, Symmetry
from gramsolve.tasks.task import (
    API_VERSION,
    NO_FILES,
    Cell,
    DataFile,
    Dataset,
    Demonstrations,
    Grid,
    Instance,
    Preset,
    ProgressCallback,
    Split,
    Structure,
    Task,
    TokenSpec,
    Variant,
    Verdict,
    View,
    no_progress,
)

__all__ = [
    "API_VERSION",
    "NO_FILES",
    "BadInput",
    "Cell",
    "DataFile",
    "Dataset",
    "Demonstrations",
    "Grid",
    "Instance",
    "Missing",
    "Preset",
    "ProgressCallback",
    "Relabelling",
    "Split",
    "Structure",
    "Symmetry",
    "Task",
    "TokenSpec",
    "Variant",
    "Verdict",
    "View",
    "mix",
    "no_progress",
    "paper",
    "read_data",
]
