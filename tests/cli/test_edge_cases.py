"""The command line's edges: pipes that close, narrow terminals, hostile names, signals, plugins of others."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.command_line import RunCli
from tests.fakes.waiting import PATIENCE

GRAMSOLVE = [sys.executable, "-m", "gramsolve"]
BOARD = "Q......./......../......../......../.......Q/......../......../........"
IMPOSSIBLE = "Q......./..Q...../......../......../......../......../......../........"


def on_a_terminal(*arguments: str, columns: int = 80, **environment: str) -> tuple[int, str]:
    """Run with stdin, stdout and stderr on a pseudo-terminal: exit code and everything shown."""
    master, slave = pty.openpty()
    variables = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "24", **environment}
    for name in [name for name, value in environment.items() if not value]:
        del variables[name]
    process = subprocess.Popen([*GRAMSOLVE, *arguments], stdin=slave, stdout=slave, stderr=slave, env=variables)
    os.close(slave)
    shown = b""
    while select.select([master], [], [], PATIENCE)[0]:
        try:
            shown += os.read(master, 65536)
        except OSError:  # the other side is closed: the program has ended
            break
    os.close(master)
    return process.wait(), shown.decode()


# Usage


@pytest.mark.parametrize("arguments", [[], ["checkpoints"], ["plugins"]])
def test_a_group_alone_shows_its_help_on_stderr(run_cli: RunCli, arguments: list[str]) -> None:
    code, out, err = run_cli(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: gramsolve") and len(err.splitlines()) > 5


def test_a_typing_error_says_which_help_to_read(run_cli: RunCli) -> None:
    for arguments in (["solve"], ["solve", "nqueens", "--widht", "3"], ["solve", "nqueens", "-n", "x"]):
        code, _, err = run_cli(*arguments)
        assert code == 2 and "`gramsolve solve --help`" in err and len(err.splitlines()) == 1


def test_options_that_contradict_each_other_are_refused(run_cli: RunCli, tmp_path: Path) -> None:
    assert run_cli("solve", "nqueens", "--all", "--until", "valid")[0] == 2
    boards = f"{BOARD}\\n\\n{BOARD}"
    for option in ("--record", "-o"):
        code, _, err = run_cli("solve", "nqueens", boards, option, str(tmp_path / "x.png"))
        assert code == 2 and "2 puzzles" in err


def test_a_mistake_in_a_file_does_not_deny_the_file(run_cli: RunCli, tmp_path: Path) -> None:
    path = tmp_path / "board.txt"
    path.write_text("Q...\n?...\n....\n....")
    code, _, err = run_cli("solve", "nqueens", str(path))
    assert code == 2 and err.startswith(f"gramsolve: {path}, line 2, ") and err.count("\n") == 1
    path.write_text("")
    code, _, err = run_cli("solve", "nqueens", str(path))
    assert code == 2 and err.startswith(f"gramsolve: {path}: ") and err.count("\n") == 1


def test_answers_of_many_puzzles_alone_can_be_read_again(run_cli: RunCli, tmp_path: Path) -> None:
    path = tmp_path / "answers.txt"
    for task, lines in (("sudoku", 30), ("coloring", 30), ("nqueens", 30 * 9)):
        _, puzzles, _ = run_cli("generate", task, "-n", "30")
        path.write_text(puzzles)
        code, out, err = run_cli("solve", task, str(path), "--engine", "exact", "-q")
        assert code == 0 and err == "" and len(out.splitlines()) == lines
        if task != "coloring":
            path.write_text(out)
            assert run_cli("solve", task, str(path), "--engine", "exact", "-q") == (0, out, "")


def test_a_board_longer_than_any_file_name_is_read(run_cli: RunCli) -> None:
    board = "/".join("." * 20 for _ in range(20))
    code, out, _ = run_cli("solve", "nqueens", board, "--engine", "exact", "--max-solutions", "1", "-q")
    assert code == 0 and out.count("Q") == 20
    code, _, err = run_cli("tui", "nqueens", "--puzzle", board)
    assert code == 2 and "terminal" in err


def test_json_and_a_picture_go_together(run_cli: RunCli, tmp_path: Path) -> None:
    path = tmp_path / "board.png"
    code, out, _ = run_cli("solve", "nqueens", BOARD, "--json", "-n", "4", "-o", str(path))
    assert code == 0 and json.loads(out)["solved"]
    assert path.read_bytes().startswith(b"\x89PNG")


def test_training_refuses_a_folder_of_other_files_before_it_starts(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    code, _, err = run_cli("train", "nqueens", "--output", str(tmp_path), "--run-dir", str(tmp_path / "run"))
    assert code == 2 and "other files" in err and not (tmp_path / "run").exists()


# Hostile checkpoints


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAMSOLVE_CHECKPOINTS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["[red]", "x[]", ":smile:", "a\x1b[31mb", "a\nb"])
def test_odd_names_of_checkpoints_are_only_text(run_cli: RunCli, shelf: Path, name: str) -> None:
    (shelf / name).mkdir()
    (shelf / name / "config.json").write_text('{"format": "\\u001b[31m"}')
    code, out, _ = run_cli("checkpoints", "list")
    assert code == 0 and "broken" in out and "nqueens-8x8" in out
    assert run_cli("checkpoints", "list", "--json")[0] == 0
    code, _, err = run_cli("solve", "nqueens", "--checkpoint", str(shelf / name))
    assert code == 2 and "\x1b" not in err and len(err.splitlines()) == 2
    code, out, _ = run_cli("checkpoints", "verify")
    assert code == 1 and "nqueens-8x8: whole" in out
    assert run_cli("doctor")[0] == 3


def test_a_card_that_is_no_text_is_still_shown(run_cli: RunCli, shelf: Path) -> None:
    import shutil

    from gramsolve.checkpoints import store

    shutil.copytree(store.get("nqueens-8x8").path, shelf / "latin")
    (shelf / "latin" / "README.md").write_bytes("Fünf Damen".encode("latin-1"))
    code, out, _ = run_cli("checkpoints", "info", "latin")
    assert code == 0 and "nf Damen" in out


# Pipes and terminals


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["plugins", "list"], ["plugins", "info", "nqueens"], ["solve", "nqueens", "--engine", "exact"]],
)
def test_a_reader_that_leaves_early_hears_no_complaint(arguments: list[str]) -> None:
    process = subprocess.Popen([*GRAMSOLVE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    complaints = [line for line in process.stderr if not line.startswith("no puzzle given")]
    assert (process.wait(), complaints) == (0, [])


EXACT = ("solve", "nqueens", "8/8/8/8/8/8/8/8", "--engine", "exact", "--max-solutions", "3")


@pytest.mark.parametrize("columns", [12, 20, 40, 80])
def test_boards_fit_a_narrow_terminal(columns: int) -> None:
    code, shown = on_a_terminal(*EXACT, columns=columns)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    boards = [line for line in lines if "♛" in line]
    assert code == 0 and sum(line.count("♛") for line in boards) == 24
    assert len(boards) == (8 if columns >= 53 else 16 if columns >= 34 else 24)
    assert max(len(line.rstrip()) for line in lines) <= columns


def test_colour_is_for_terminals_that_want_it() -> None:
    _, shown = on_a_terminal(*EXACT, NO_COLOR="")
    assert re.search(r"\x1b\[[0-9;]*[34]8;", shown)
    _, shown = on_a_terminal(*EXACT, NO_COLOR="1")
    assert "♛" in shown and not re.search(r"\x1b\[(\d+;)*[349][0-8]", shown)
    piped = subprocess.run([*GRAMSOLVE, *EXACT], capture_output=True, text=True, check=True)
    assert "♛" in piped.stdout and "\x1b" not in piped.stdout + piped.stderr


def test_a_terminal_without_unicode_gets_plain_characters() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*GRAMSOLVE, *EXACT], capture_output=True, env=environment, check=True)
    assert done.stdout.isascii() and done.stdout.count(b"Q") == 24


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["solve", "nqueens", BOARD, "-n", "3", "--depth", "2"], ["thinking", "of 3 trajectories"]),
        (["eval", "nqueens", "--limit", "2", "--width", "2", "--depth", "1"], ["100%", "any valid"]),
        (
            [
                "train",
                "nqueens",
                "--preset",
                "tiny",
                "--max-updates",
                "6",
                "--set",
                "eval_every=3",
                "--set",
                "eval_inputs=2",
                "--run-dir",
                "RUN",
            ],
            ["6 of 6", "update 3, prior", "finished"],
        ),
    ],
    ids=["solve", "eval", "train"],
)
def test_progress_on_a_terminal_comes_and_gives_the_cursor_back(
    tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    here = [str(tmp_path / "run") if word == "RUN" else word for word in arguments]
    code, shown = on_a_terminal(*here, "--threads", "1", columns=100)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert code in (0, 1) and "unexpected" not in plain
    assert all(word in plain for word in words), plain
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") > 0


def test_a_puzzle_typed_on_the_terminal_is_asked_for() -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*GRAMSOLVE, "solve", "nqueens", "-", "--engine", "exact", "-q"],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(slave)
    assert process.stderr is not None and "Ctrl-D" in process.stderr.readline()
    os.write(master, b"Q...../....../....../....../....../......\n\x04")
    out, err = process.communicate()
    os.close(master)
    assert (process.returncode, out, err) == (1, "\n", "")


# Signals


def test_a_terminated_search_says_so_and_exits_143() -> None:
    process = subprocess.Popen(
        [*GRAMSOLVE, "solve", "nqueens", "-", "--until", "valid", "--max-time", "1h", "--threads", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stderr is not None
    # The handler is set before anything is read, so that a full pipe means it is in place.
    process.stdin.write(f"{IMPOSSIBLE}\n" + "#\n" * 60_000)
    process.stdin.flush()
    process.send_signal(signal.SIGTERM)
    process.stdin.close()
    assert process.stderr.read() == "gramsolve: terminated\n"
    assert process.wait() == 143


# Plugins of others


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An installed distribution with one plugin that cannot be imported and one that fails in use."""
    (tmp_path / "broken_puzzle.py").write_text("import a_module_that_is_not_there\n")
    (tmp_path / "shaky_puzzle.py").write_text(
        "from gramsolve_nqueens import NQueens\n\n\n"
        "class Shaky(NQueens):\n"
        "    name = 'shaky'\n\n"
        '    def read(self, text, name="", **options):\n'
        "        raise RuntimeError('two\\nlines')\n"
    )
    info = tmp_path / "puzzles-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: puzzles\nVersion: 1.0\n")
    points = "[gramsolve.tasks]\nbroken = broken_puzzle:Broken\nshaky = shaky_puzzle:Shaky\n"
    (info / "entry_points.txt").write_text(points)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    yield {**os.environ, "PYTHONPATH": path}


def go(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*GRAMSOLVE, *arguments], capture_output=True, text=True, env=environment)


def test_a_broken_plugin_is_listed_and_disturbs_nothing_else(plugin: dict[str, str]) -> None:
    listed = {info["name"]: info for info in json.loads(go(plugin, "plugins", "list", "--json").stdout)}
    assert listed["broken"]["status"] == "broken" and "a_module_that_is_not_there" in listed["broken"]["reason"]
    assert listed["nqueens"]["status"] == "ok"
    done = go(plugin, "solve", "broken")
    assert done.returncode == 3 and len(done.stderr.splitlines()) == 1
    assert go(plugin, "solve", "nqueens", "--engine", "exact", "-q").returncode == 0
    doctor = go(plugin, "doctor", "--json")
    assert doctor.returncode == 3 and any("broken" in problem for problem in json.loads(doctor.stdout)["problems"])


def test_a_plugin_that_is_switched_off_is_no_problem(plugin: dict[str, str]) -> None:
    done = go({**plugin, "GRAMSOLVE_LOAD_PLUGINS": ""}, "doctor", "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["plugins"]["broken"].startswith("off")


def test_an_unexpected_error_is_one_line_and_debug_shows_its_origin(plugin: dict[str, str]) -> None:
    done = go(plugin, "solve", "shaky", BOARD)
    assert done.returncode == 1 and "two lines" in done.stderr and "--debug" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    done = go(plugin, "--debug", "solve", "shaky", BOARD)
    assert done.returncode == 1 and "Traceback" in done.stderr and "shaky_puzzle.py" in done.stderr
