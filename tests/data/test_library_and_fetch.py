"""Files of the user's and of the public: taken in whole or not at all, and told apart."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gramsolve.cli.main import run
from gramsolve.data import fetch, library
from gramsolve.errors import BadInput, GramsolveError
from gramsolve.tasks import DataFile, registry

DATA = bytes(range(256)) * 2000
LOCAL = ("http://127.0.0.1",)


@pytest.fixture(autouse=True)
def own_folder_for_each_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAMSOLVE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GRAMSOLVE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def server() -> Iterator[str]:
    """Serves DATA as /good, half of it as /half, other bytes as /other and too many as /more."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"/good": DATA, "/half": DATA, "/other": DATA[::-1], "/more": DATA * 2}.get(self.path)
            if body is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if self.path == "/half" else body)

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def data_file(*urls: str) -> DataFile:
    return DataFile("pairs", "some pairs", "public domain", len(DATA), hashlib.sha256(DATA).hexdigest(), urls, ".bin")


def test_a_good_file_is_kept_with_its_manifest(server: str) -> None:
    seen: list[tuple[int, int]] = []
    record = fetch.download("nqueens", data_file(f"{server}/good"), lambda *p: seen.append(p), schemes=LOCAL)
    path = library.paths("nqueens")["pairs"]
    assert path.read_bytes() == DATA and record.sha256 == hashlib.sha256(DATA).hexdigest()
    assert record.origin == f"{server}/good" and record.licence == "public domain"
    assert seen[-1] == (len(DATA), len(DATA))


@pytest.mark.parametrize(
    ("page", "why"),
    [("half", "cut short|IncompleteRead"), ("other", "not the published"), ("more", "larger"), ("absent", "404")],
)
def test_anything_else_is_refused_and_leaves_nothing(server: str, page: str, why: str) -> None:
    with pytest.raises(GramsolveError, match=why) as caught:
        fetch.download("nqueens", data_file(f"{server}/{page}"), schemes=LOCAL)
    assert f"gramsolve data import nqueens {page} --name pairs" in str(caught.value)
    assert not library.paths("nqueens") and not list(library.folder("nqueens").glob("*"))


def test_the_next_address_is_tried(server: str) -> None:
    fetch.download("nqueens", data_file(f"{server}/absent", f"{server}/good"), schemes=LOCAL)
    assert "pairs" in library.paths("nqueens")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "file:///etc/hostname", "ftp://example.org/x"])
def test_only_https_is_trusted(url: str) -> None:
    with pytest.raises(GramsolveError, match="trusted"):
        fetch.download("nqueens", data_file(url))


def test_without_a_network_the_way_by_hand_is_told() -> None:
    with pytest.raises(GramsolveError, match="by hand"):
        fetch.download("nqueens", data_file("http://127.0.0.1:9/x"), schemes=LOCAL)
    with pytest.raises(GramsolveError, match="data import nqueens FILE"):
        fetch.download("nqueens", data_file())


def test_a_folder_stands_in_for_the_network(tmp_path: Path) -> None:
    (tmp_path / "renamed").write_bytes(DATA)
    (tmp_path / "pairs.bin").write_bytes(DATA[::-1])
    assert fetch.from_folder("nqueens", data_file("https://x/y"), tmp_path) is not None
    (tmp_path / "renamed").unlink()
    assert fetch.from_folder("nqueens", data_file("https://x/y"), tmp_path) is None


def idx(path: Path, count: int) -> Path:
    path.write_bytes(
        gzip.compress(b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (count, 28, 28)) + bytes(784 * count))
    )
    return path


def test_import_asks_the_task(tmp_path: Path) -> None:
    task = registry.load("mnist")
    record = library.add(task, idx(tmp_path / "Letters.idx.gz", 3))
    assert record.name == "letters" and record.file == "letters.idx.gz" and record.holds.startswith("3 images")
    with pytest.raises(BadInput, match="no IDX file"):
        library.add(task, Path(__file__))
    with pytest.raises(BadInput, match="another file called letters"):
        library.add(task, idx(tmp_path / "letters.gz", 4))
    assert library.add(task, idx(tmp_path / "letters.gz", 4), force=True).holds.startswith("4 images")
    assert library.add(task, idx(tmp_path / "x.gz", 5), "train-images").holds.endswith("not the published file")
    for name in ("../x", "a+b", "Upper", "", "binarized"):
        with pytest.raises(BadInput):
            library.add(task, tmp_path / "x.gz", name or "-")
    with pytest.raises(BadInput, match="no file"):
        library.add(task, tmp_path / "absent")


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, count in (("train", 6), ("train-test", 2)):
        path = idx(tmp_path / f"{name}.gz", count)
        assert run(["data", "import", "mnist", str(path), "--name", name.replace("train", "mine")]) == 0
    assert run(["data", "prepare", "mnist", "--protocol", "mine", "--json"]) == 0
    assert '"inputs": 1' in capsys.readouterr().out
    assert run(["data", "info", "mnist", "--protocol", "mine", "--verify"]) == 0
    assert "6 solutions" in capsys.readouterr().out
    assert run(["data", "list", "mnist"]) == 0
    listed = capsys.readouterr().out
    assert "mine" in listed and "can be downloaded" in listed and "prepared" in listed
    assert (
        run(["data", "clear", "mnist"]) == 0 and run(["data", "prepare", "mnist", "--from", str(tmp_path / "no")]) == 2
    )
    assert run(["data", "prepare", "mnist", "--protocol", "idx", "--from", str(tmp_path)]) == 3
    assert "published as train-images-idx3-ubyte.gz" in capsys.readouterr().err


def test_generate_prints_what_solve_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "nqueens", "-n", "3", "--variant", "6x6", "--difficulty", "easy"]) == 0
    text = capsys.readouterr().out
    assert len(registry.load("nqueens").parse(text)) == 3
    assert run(["generate", "nqueens", "--variant", "6x6", "--json", "--solutions"]) == 0
    assert '"solutions": ["' in capsys.readouterr().out
    assert run(["generate", "mnist"]) == 2 and "gramsolve sample mnist" in capsys.readouterr().err
    assert run(["generate", "nqueens", "--difficulty", "absurd"]) == 2
