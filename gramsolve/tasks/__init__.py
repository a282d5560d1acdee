"""What a plugin author imports: the task contract, and the errors that carry a message to the user."""

from gramsolve.errors import BadInput
from gramsolve.tasks.task import (
    API_VERSION,
    Cell,
    Check,
    Dataset,
    Grid,
    Instance,
    Preset,
    Split,
    Symmetry,
    Task,
    TokenSpec,
    Variant,
    View,
)

__all__ = [
    "API_VERSION",
    "BadInput",
    "Cell",
    "Check",
    "Dataset",
    "Grid",
    "Instance",
    "Preset",
    "Split",
    "Symmetry",
    "Task",
    "TokenSpec",
    "Variant",
    "View",
]
