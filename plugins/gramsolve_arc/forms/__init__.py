"""The forms in which ARC puzzles are written: ids of published tasks, and JSON as ``formats`` describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gramsolve.tasks import BadInput
from gramsolve.tasks.forms import Form, Reading, Text, counted
from gramsolve.tasks.forms import read as read_forms
from gramsolve_arc.collection import is_name
from gramsolve_arc.formats import tasks_in
from gramsolve_arc.public import find
from gramsolve_arc.puzzle import ArcPuzzle, ArcTask, puzzles_of
from gramsolve_arc.strict import quoted, refuse_huge, value_at

LIMIT = 1_000_000
"""Characters; the largest task of ARC has some twenty thousand."""

SKIPPED = re.compile(r"(?:[\s,]+|#[^\n]*)*")
WORD = re.compile(r"[^\s,]+")
NOTHING = "there is no ARC task in the text: give an id such as 007bbfb7, or the JSON of a task"


def read(text: str, name: str = "", *, form: str | None = None) -> Reading:
    """Ids and JSON values one after another; one puzzle for each test input of each task. A single task that does not
    say its id has that of its file, ``name``.

    Raises BadInput naming line, task, pair, row and cell of what is wrong.
    """
    if len(text) > LIMIT:
        raise BadInput(
            f"the text has {len(text):,} characters; {LIMIT:,} is the most that is read at once: "
            "import large files with `gramsolve data import`"
        )
    return read_forms(FORMS, text, NOTHING, name=name, form=form, limit=LIMIT)


def _read(text: Text) -> Reading:
    refuse_huge(text.content)
    tasks = list(_tasks(text.content))
    if len(tasks) == 1 and not tasks[0].name and is_name(text.name):
        tasks = [replace(tasks[0], name=text.name)]
    puzzles: list[ArcPuzzle] = [puzzle for task in tasks for puzzle in puzzles_of(task)]
    if not puzzles:
        raise BadInput(NOTHING)
    tests = counted(len(puzzles), "test input")
    if len(tasks) == 1:
        shown = counted(len(tasks[0].demonstrations), "demonstration")
        return Reading(tuple(puzzles), f"an ARC task with {shown} and {tests}")
    return Reading(tuple(puzzles), f"{counted(len(tasks), 'ARC task')} with {tests}")


def _tasks(text: str) -> Iterator[ArcTask]:
    position = 0
    while (position := _skipped(text, position)) < len(text):
        if text[position] in '{["':
            value, position = value_at(text, position)
            for collection in tasks_in(value).collections:
                yield from (collection.task(number) for number in range(len(collection)))
        else:
            word = WORD.match(text, position)
            assert word is not None
            task = find(word[0])
            if task is None:
                line = text.count("\n", 0, position) + 1
                raise BadInput(
                    f"line {line}: {quoted(word[0])} is no task of ARC-AGI-1 or ARC-AGI-2; "
                    "give an id such as 007bbfb7, or the JSON of a task"
                )
            yield task
            position = word.end()


def _skipped(text: str, position: int) -> int:
    """Where the next word begins, after spaces, commas and comments."""
    found = SKIPPED.match(text, position)
    return found.end() if found else position


def _is_json(text: Text) -> bool:
    return text.content[_skipped(text.content, 0) :][:1] in ("{", "[", '"')


def _is_ids(text: Text) -> bool:
    return _skipped(text.content, 0) < len(text.content)


FORMS: tuple[Form, ...] = (
    Form("json", "tasks as JSON: one, several by id, challenges with solutions", _is_json, _read),
    Form("ids", "ids of published tasks, such as 007bbfb7", _is_ids, _read),
)
