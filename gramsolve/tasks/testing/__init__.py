"""Conformance kit: the promises of the task contract, as checks to run in pytest or all at once.

    @pytest.mark.parametrize("name", CHECKS)
    def test_my_task(name):
        CHECKS[name](MyTask(), "9x9")

Every check takes a task and the name of a variant and raises AssertionError with the promise that was broken. A check
of a capability that the task does not declare does nothing; the check ``capabilities`` holds the record to the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gramsolve.tasks.task import Task
from gramsolve.tasks.testing import capabilities, codec, data, drawing, names, quality, rules
from gramsolve.tasks.testing.helpers import require

TaskCheck = Callable[[Task, str], None]

CHECKS: Mapping[str, TaskCheck] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            names.names,
            names.layout,
            names.presets,
            capabilities.capabilities,
            capabilities.given_cells,
            codec.tokens,
            codec.text,
            codec.editing,
            codec.answers,
            codec.descriptions,
            rules.validator,
            rules.enumeration,
            rules.nearest_solution,
            rules.symmetries,
            rules.structure,
            data.generate,
            data.dataset,
            data.demonstrations,
            data.data_files,
            quality.quality,
            drawing.render,
            drawing.image,
        )
    }
)
"""All checks by name."""


def check_task(task: Task, variant: str) -> None:
    """Run every check. Raises AssertionError with one line for each that failed."""
    failures = []
    for name, check in CHECKS.items():
        try:
            check(task, variant)
        except Exception as error:
            failures.append(f"{name}: {type(error).__name__ if str(error) == '' else error}")
    require(not failures, "\n".join(failures))
