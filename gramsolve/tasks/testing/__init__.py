"""Conformance kit: what any task must keep to, as checks to run in pytest or at once.

    @pytest.mark.parametrize("name", CHECKS)
    def test_my_task(name):
        CHECKS[name](MyTask(), "9x9")

Every check takes a task and the name of a variant and raises AssertionError with the promise that was broken.
What a task leaves out (a validator, enumeration, mending, symmetries) is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gramsolve.tasks.task import Task
from gramsolve.tasks.testing import rendering, rules, text
from gramsolve.tasks.testing.helpers import require

TaskCheck = Callable[[Task, str], None]

CHECKS: Mapping[str, TaskCheck] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            text.names,
            text.layout,
            text.presets,
            text.tokens,
            text.text,
            text.editing,
            text.answers,
            text.descriptions,
            text.demonstrations,
            text.data_files,
            rules.generate,
            rules.dataset,
            rules.validator,
            rules.enumeration,
            rules.nearest_solution,
            rules.symmetries,
            rules.structure,
            rendering.render,
            rendering.image,
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
