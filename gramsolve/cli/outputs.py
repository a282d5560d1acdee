"""Reports written to files; the suffix of the name decides the form."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gramsolve.errors import BadInput

SUFFIXES = (".json", ".csv", ".md", ".png")


def check(paths: Sequence[Path], suffixes: Sequence[str] = SUFFIXES) -> None:
    """Raises BadInput for a file whose suffix names no form. A name without a suffix means JSON."""
    for path in paths:
        if path.suffix.lower() not in ("", *suffixes):
            raise BadInput(f"cannot write {path}: a report ends in {', '.join(suffixes)}")


def write(report: Mapping[str, Any], path: Path) -> None:
    """Write a report as ``to_dict`` gives it; a failure leaves the old file."""
    from gramsolve import files

    try:
        files.write_bytes(path, _encoded(report, path.suffix.lower()))
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error


def _encoded(report: Mapping[str, Any], suffix: str) -> bytes:
    from gramsolve.evaluation import tables

    if suffix == ".csv":
        return tables.as_csv(report).encode()
    if suffix == ".md":
        return tables.as_markdown(report).encode()
    if suffix == ".png":
        from gramsolve.evaluation.plots import picture

        data = io.BytesIO()
        picture(report).save(data, format="PNG", optimize=True)
        return data.getvalue()
    return (json.dumps(report, indent=2, allow_nan=False) + "\n").encode()
