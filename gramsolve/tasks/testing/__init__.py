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
from gramsolve.tasks.testing import pictures, truth, words
from gramsolve.tasks.testing.asking import require

TaskCheck = Callable[[Task, str], None]

CHECKS: Mapping[str, TaskCheck] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            words.identity,
            words.layout,
            words.presets,
            words.tokens,
            words.text,
            words.editing,
            words.answers,
            words.speech,
            words.demonstrations,
            words.sources,
            truth.generate,
            truth.dataset,
            truth.validator,
            truth.enumeration,
            truth.mending,
            truth.symmetries,
            truth.structure,
            pictures.render,
            pictures.image,
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
