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
from gramsolve.tasks.data import DataFile, ProgressCallback, no_progress

TIMEOUT = 30.0
"""Seconds without a byte after which an address is given up."""
SCHEMES = ("https://",)


def download(
    task: str, data_file: DataFile, progress: ProgressCallback = no_progress, *, schemes: tuple[str, ...] = SCHEMES
) -> library.Record:
    """Fetch a file into the library from the first of its addresses that has it.

    Raises GramsolveError, saying how to get the file by hand, when none has it or it is not what was published.
    """
    problems = []
    for url in data_file.urls:
        try:
            with tempfile.TemporaryDirectory(prefix="gramsolve-") as folder:
                path = Path(folder) / "file"
                _fetch(url, path, data_file, progress, schemes)
                holds = data_file.title
                return library.keep(
                    task,
                    data_file.name,
                    path,
                    data_file.suffix,
                    origin=url,
                    holds=holds,
                    licence=data_file.licence,
                    move=True,
                )
        except (OSError, http.client.HTTPException, ValueError) as error:
            problems.append(_reason(error))
    if not data_file.urls:
        raise GramsolveError(
            f"{data_file.name} cannot be downloaded: get {data_file.title} yourself, "
            f"then `gramsolve data import {task} FILE --name {data_file.name}`"
        )
    why = "; ".join(dict.fromkeys(problems))
    raise GramsolveError(
        f"{data_file.name} could not be downloaded ({why}): fetch {data_file.urls[0]} by hand, "
        f"then `gramsolve data import {task} {unquote(library.published(data_file))} --name {data_file.name}`"
    )


def from_folder(task: str, data_file: DataFile, place: Path) -> library.Record | None:
    """Take a published file from a folder instead, by its name or by its content; None where it is not there."""
    if not data_file.sha256:
        return None
    named = {library.published(data_file), unquote(library.published(data_file)), data_file.name + data_file.suffix}
    for path in sorted(path for path in place.iterdir() if path.is_file()):
        if (path.name in named or path.stat().st_size == data_file.size) and library.digest(path) == data_file.sha256:
            return library.keep(
                task,
                data_file.name,
                path,
                data_file.suffix,
                origin=f"taken from {place.name}",
                holds=data_file.title,
                licence=data_file.licence,
            )
    return None


def _fetch(url: str, path: Path, data_file: DataFile, progress: ProgressCallback, schemes: tuple[str, ...]) -> None:
    if not url.startswith(schemes):
        raise ValueError("not an address that is trusted")
    found = hashlib.sha256()
    request = urllib.request.Request(url, headers={"User-Agent": "gramsolve"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, path.open("wb") as file:
        done = 0
        while part := answer.read(library.CHUNK):
            done += len(part)
            if done > data_file.size:
                raise ValueError("larger than the published file")
            file.write(part)
            found.update(part)
            progress(done, data_file.size)
    if done < data_file.size:
        raise ValueError("cut short")
    if found.hexdigest() != data_file.sha256:
        raise ValueError("not the published file")


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server says {error.code}"
    if isinstance(error, urllib.error.URLError):
        return f"no connection: {getattr(error.reason, 'strerror', None) or error.reason}"
    return str(error) or type(error).__name__
