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
    Check,
    Dataset,
    Demonstrations,
    Grid,
    Instance,
    Preset,
    Progress,
    Source,
    Split,
    Structure,
    Task,
    TokenSpec,
    Variant,
    View,
    quiet,
)

__all__ = [
    "API_VERSION",
    "NO_FILES",
    "BadInput",
    "Cell",
    "Check",
    "Dataset",
    "Demonstrations",
    "Grid",
    "Instance",
    "Missing",
    "Preset",
    "Progress",
    "Relabelling",
    "Source",
    "Split",
    "Structure",
    "Symmetry",
    "Task",
    "TokenSpec",
    "Variant",
    "View",
    "mix",
    "paper",
    "quiet",
    "read_data",
]
