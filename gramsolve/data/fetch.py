"""Downloading public files: from the addresses a task names, bounded, checked, and all or nothing."""

from __future__ import annotations

import hashlib
import http.client
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import unquote

from gramsolve.data import library
from gramsolve.errors import GramsolveError
from gramsolve.tasks.task import Progress, Source, quiet

TIMEOUT = 30.0
"""Seconds without a byte after which an address is given up."""
SCHEMES = ("https://",)


def download(
    task: str, source: Source, progress: Progress = quiet, *, schemes: tuple[str, ...] = SCHEMES
) -> library.Record:
    """Fetch a file into the library from the first of its addresses that has it.

    Raises GramsolveError, saying how to get the file by hand, when none has it or it is not what was published.
    """
    problems = []
    for url in source.urls:
        try:
            with tempfile.TemporaryDirectory(prefix="gramsolve-") as folder:
                path = Path(folder) / "file"
                _fetch(url, path, source, progress, schemes)
                holds = source.title
                return library.keep(
                    task, source.name, path, source.suffix, origin=url, holds=holds, licence=source.licence, move=True
                )
        except (OSError, http.client.HTTPException, ValueError) as error:
            problems.append(_reason(error))
    if not source.urls:
        raise GramsolveError(
            f"{source.name} cannot be downloaded: get {source.title} yourself, "
            f"then `gramsolve data import {task} FILE --name {source.name}`"
        )
    why = "; ".join(dict.fromkeys(problems))
    raise GramsolveError(
        f"{source.name} could not be downloaded ({why}): fetch {source.urls[0]} by hand, "
        f"then `gramsolve data import {task} {unquote(library.published(source))} --name {source.name}`"
    )


def from_folder(task: str, source: Source, place: Path) -> library.Record | None:
    """Take a published file from a folder instead, by its name or by its content; None where it is not there."""
    if not source.sha256:
        return None
    named = {library.published(source), unquote(library.published(source)), source.name + source.suffix}
    for path in sorted(path for path in place.iterdir() if path.is_file()):
        if (path.name in named or path.stat().st_size == source.size) and library.digest(path) == source.sha256:
            return library.keep(
                task,
                source.name,
                path,
                source.suffix,
                origin=f"taken from {place.name}",
                holds=source.title,
                licence=source.licence,
            )
    return None


def _fetch(url: str, path: Path, source: Source, progress: Progress, schemes: tuple[str, ...]) -> None:
    if not url.startswith(schemes):
        raise ValueError("not an address that is trusted")
    found = hashlib.sha256()
    request = urllib.request.Request(url, headers={"User-Agent": "gramsolve"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, path.open("wb") as file:
        done = 0
        while part := answer.read(library.CHUNK):
            done += len(part)
            if done > source.size:
                raise ValueError("larger than the published file")
            file.write(part)
            found.update(part)
            progress(done, source.size)
    if done < source.size:
        raise ValueError("cut short")
    if found.hexdigest() != source.sha256:
        raise ValueError("not the published file")


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server says {error.code}"
    if isinstance(error, urllib.error.URLError):
        return f"no connection: {getattr(error.reason, 'strerror', None) or error.reason}"
    return str(error) or type(error).__name__
