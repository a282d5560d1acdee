"""Every command as a user types it, against the shipped checkpoint: output, exit codes, one-line errors."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from gramsolve.cli.main import COMMANDS
from tests.fakes.command_line import RunCli

FAST = ["--threads", "1", "--device", "cpu"]
BOARD = "Q......./......../......../......../.......Q/......../......../........"


def test_help_names_every_command(run_cli: RunCli) -> None:
    result = run_cli("--help")
    assert result.code == 0
    assert all(f"  {name} " in result.out for name in COMMANDS)
    for name in COMMANDS:
        result = run_cli(name, "-h")
        assert result.code == 0 and "Usage" in result.out


def test_solve_prints_board_counts_solutions_steps_and_time(run_cli: RunCli) -> None:
    result = run_cli("solve", "nqueens", BOARD, *FAST)
    assert result.code == 0, result.err
    assert "of 20 trajectories valid" in result.out
    for word in ("distinct solution", "steps", " s"):
        assert word in result.out
    assert result.out.count("♛") % 8 == 0


def test_solve_json_is_one_document_whose_boards_are_solutions(run_cli: RunCli) -> None:
    from gramsolve.tasks import registry

    task = registry.load("nqueens")
    puzzle = task.parse(BOARD)[0]
    exact = {task.answer(puzzle, row) for row in task.enumerate(puzzle, 100)}
    document = json.loads(run_cli("solve", "nqueens", BOARD, "--json", *FAST).out)
    assert document["solved"] and document["exact"] == len(exact)
    assert {c["board"] for c in document["candidates"] if c["valid"]} <= exact
    again = json.loads(run_cli("solve", "nqueens", BOARD, "--json", *FAST).out)
    assert again["candidates"] == document["candidates"]


def test_quiet_output_can_be_solved_again(run_cli: RunCli) -> None:
    board = run_cli("solve", "nqueens", BOARD, "-q", *FAST).out
    assert board.count("Q") == 8
    again = run_cli("solve", "nqueens", board, "-q", *FAST)
    assert again.out == board


def test_all_stops_for_a_reason_and_shows_the_exact_count(run_cli: RunCli) -> None:
    document = json.loads(run_cli("solve", "nqueens", BOARD, "--all", "--missing-mass", "0.05", "--json", *FAST).out)
    assert document["reason"] == "all"
    assert document["missing_mass"] <= 0.05
    assert document["solutions"] == document["exact"]


def test_until_valid_is_an_anytime_solver(run_cli: RunCli) -> None:
    result = run_cli("solve", "nqueens", BOARD, "--until", "valid", "--max-time", "1h", "--json", *FAST)
    assert result.code == 0 and json.loads(result.out)["reason"] == "valid"
    # Two given queens that leave no solution: the time runs out, which has its own exit code.
    impossible = "Q......./..Q...../......../......../......../......../......../........"
    result = run_cli("solve", "nqueens", impossible, "--until", "valid", "--max-time", "0.5", *FAST)
    assert result.code == 4
    assert "no solution" in result.out and "out of time" in result.out
    assert run_cli("solve", "nqueens", impossible, "--depth", "2", *FAST).code == 1


def test_files_with_several_puzzles_and_stdin(run_cli: RunCli, tmp_path: Path) -> None:
    path = tmp_path / "boards.txt"
    path.write_text(f"# two\n{BOARD}\n8/8/8/8/8/8/8/4Q3\n")
    result = run_cli("solve", "nqueens", str(path), "--json", *FAST)
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert len(lines) == 2 and all(line["solved"] for line in lines)
    assert "2 of 2 puzzles solved" in result.err
    piped = subprocess.run(
        [sys.executable, "-m", "gramsolve", "solve", "nqueens", "-", "-q", "--threads", "1"],
        input=BOARD.encode(),
        capture_output=True,
        check=True,
    )
    assert piped.stdout.decode().count("Q") == 8
    assert piped.stderr == b""


def test_exact_engine(run_cli: RunCli) -> None:
    document = json.loads(run_cli("solve", "nqueens", "8/8/8/8/8/8/8/8", "--engine", "exact", "--json").out)
    assert document["solutions"] == 92
    assert "92 solutions" in run_cli("solve", "nqueens", "8/8/8/8/8/8/8/8", "--engine", "exact").out


def test_ascii_and_pipes_have_no_colour_and_no_unicode(run_cli: RunCli) -> None:
    result = run_cli("solve", "nqueens", BOARD, "--ascii", *FAST)
    assert result.out.isascii() and "\x1b" not in result.out


def test_samples_that_nothing_checks_are_counted(run_cli: RunCli) -> None:
    """Digits have no reason to agree with each other."""
    drawn = run_cli("sample", "mnist", "-n", "3", "--depth", "2", "--threads", "1")
    assert drawn.code == 0
    assert re.search(r"^3 samples, [123] distinct, 6 steps, ", drawn.out.splitlines()[-1])


def test_sample_draws_valid_boards_from_nothing(run_cli: RunCli, tmp_path: Path) -> None:
    sheet, film = tmp_path / "sheet.png", tmp_path / "film.gif"
    result = run_cli("sample", "nqueens", "-n", "6", "--seed", "5", "--json", "-o", str(sheet), *FAST)
    document = json.loads(result.out)
    assert len(document["boards"]) == 6
    assert sum(document["valid_boards"]) == document["valid"] >= 4
    with Image.open(sheet) as image:
        assert image.width > 300
    result = run_cli("sample", "nqueens", "-n", "2", "--steps", "-o", str(film), *FAST)
    assert result.code == 0
    with Image.open(film) as image:
        assert image.n_frames > 1  # type: ignore[attr-defined]


def test_record_replay_and_export(run_cli: RunCli, tmp_path: Path) -> None:
    recording = tmp_path / "run.npz"
    # An open board takes several steps; one with a single solution can be right after the first.
    assert run_cli("solve", "nqueens", "8/8/8/8/8/8/8/8", "--record", str(recording), *FAST).code == 0
    for name in ("all.gif", "all.png", "all.json", "all.svg", "all.npz"):
        result = run_cli("export", str(recording), "-o", str(tmp_path / name))
        assert result.code == 0, result.err
    with Image.open(tmp_path / "all.gif") as image:
        assert image.n_frames >= 2  # type: ignore[attr-defined]
    assert json.loads((tmp_path / "all.json").read_text())["task"] == "nqueens"
    drawn = (tmp_path / "all.svg").read_text()
    assert drawn.count("<svg") == 21 and drawn.count(">♛<") >= 20 and drawn.count(">valid<") >= 10
    assert (tmp_path / "all.npz").read_bytes().startswith(b"PK")
    assert run_cli("export", str(recording), "-o", str(tmp_path / "one.svg"), "--trajectory", "3").code == 0
    assert (tmp_path / "one.svg").read_text().count("<svg") == 2
    assert run_cli("export", str(recording), "-o", "x.gif", "--trajectory", "99").code == 2


def test_a_file_is_replaced_by_a_whole_one_or_not_at_all(run_cli: RunCli, tmp_path: Path) -> None:
    recording = tmp_path / "run.npz"
    assert run_cli("solve", "nqueens", BOARD, "--record", str(recording), *FAST).code == 0
    folder = tmp_path / "folder"
    folder.mkdir()
    for ending in ("gif", "png", "svg", "npz", "json"):
        path = folder / f"a.{ending}"
        path.write_text("mine")
        # A limit on the size of files stops writing as a full disk does.
        words = [sys.executable, "-m", "gramsolve", "export", str(recording), "-o", str(path)]
        limit = "import resource, signal, os, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (256, 256)); os.execv(sys.argv[1], sys.argv[1:])"
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        ended = subprocess.run([sys.executable, "-c", limit, *words], capture_output=True, env=environment)
        assert ended.returncode == 2, ended.stderr.decode()
        assert ended.stderr.decode().startswith("gramsolve: cannot write") and ended.stderr.count(b"\n") == 1
        assert path.read_text() == "mine"
    assert len(list(folder.iterdir())) == 5


def test_eval_prints_the_table_and_writes_json(run_cli: RunCli, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    result = run_cli("eval", "nqueens", "--limit", "6", "--width", "1,4", "--depth", "2,8", "-o", str(path), *FAST)
    assert result.code == 0, result.err
    assert "one trajectory" in result.out and "6 of 773 test puzzles (paper split)" in result.out
    report = json.loads(path.read_text())
    assert [(row["depth"], row["width"]) for row in report["rows"]] == [(2, 1), (2, 4), (8, 1), (8, 4)]
    assert report["rows"][-1]["any_valid"] == 1.0


def test_train_resume_and_ship(run_cli: RunCli, tmp_path: Path) -> None:
    run_dir = str(tmp_path / "run")
    settings = ["--preset", "tiny", "--set", "eval_every=5", "--set", "eval_inputs=2", "--set", "eval_depth=2"]
    result = run_cli("train", "nqueens", *settings, "--max-updates", "10", "--run-dir", run_dir, *FAST)
    assert result.code == 0, result.err
    assert "prior" in result.err and "posterior" in result.err and "finished" in result.err
    assert result.out == ""
    solved = run_cli("solve", "nqueens", BOARD, "--checkpoint", f"{run_dir}/checkpoint", "--depth", "1", *FAST)
    assert solved.code == 1 and "no valid board" in solved.out
    assert run_cli("train", "nqueens", *settings, "--run-dir", run_dir, *FAST).code == 2


def test_an_unsolved_puzzle_names_the_other_weights(run_cli: RunCli) -> None:
    puzzle = "98.7..6..75..4......3..8.7.5....7.3...94.........2.1..3.......1.9...5.8...52....6"
    asked = ("solve", "sudoku", puzzle, "--width", "1", "--depth", "1", *FAST)
    result = run_cli(*asked)
    assert result.code == 1 and "other weights may do better: --checkpoint sudoku-9x9-several\n" in result.err
    assert "other weights" not in run_cli(*asked, "--checkpoint", "sudoku-9x9").err, "whoever names one has chosen"


def test_interrupted_training_saves_and_says_how_to_resume(tmp_path: Path) -> None:
    """A real process and a real SIGINT, sent when the first report has appeared."""
    arguments = ["train", "nqueens", "--preset", "tiny", "--max-updates", "100000", "--set", "eval_every=5"]
    arguments += ["--set", "eval_inputs=2", "--set", "eval_depth=2", "--run-dir", str(tmp_path / "run"), *FAST]
    process = subprocess.Popen(
        [sys.executable, "-m", "gramsolve", *arguments], stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stderr is not None
    assert "prior" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    assert process.wait() == 130
    assert "--resume" in rest and "Traceback" not in rest
    assert (tmp_path / "run/state.safetensors").exists()
    assert (tmp_path / "run/checkpoint/config.json").exists()


def test_checkpoints_plugins_and_doctor(run_cli: RunCli) -> None:
    assert "nqueens-8x8" in run_cli("checkpoints", "list").out
    assert "nqueens-8x8: whole" in run_cli("checkpoints", "verify", "nqueens-8x8").out
    assert "parameters" in run_cli("checkpoints", "info", "nqueens-8x8").out
    assert json.loads(run_cli("checkpoints", "info", "nqueens-8x8", "--json").out)["task"] == "nqueens"
    assert "nqueens" in run_cli("plugins", "list").out
    assert "8x8" in run_cli("plugins", "info", "nqueens").out
    report = json.loads(run_cli("doctor", "--json", "--warm").out)
    assert report["checkpoints"]["nqueens-8x8"].startswith("whole")
    assert "nqueens" in report["warmed"]
    assert report["compute"]["training in"] in ("bf16", "fp32")
    assert {"gramsolve", "python", "torch", "textual", "click"} <= report["versions"].keys()
    assert not {"pytest", "ruff", "tensorboard"} & report["versions"].keys(), "extras are not needed"


def corrupt(tmp_path: Path) -> str:
    """A copy of the shipped checkpoint with one bit flipped in the middle of its weights."""
    import shutil

    from gramsolve.checkpoints import store

    copy = tmp_path / "corrupt"
    shutil.copytree(store.get("nqueens-8x8").path, copy)
    data = bytearray((copy / "model.safetensors").read_bytes())
    data[len(data) // 2] ^= 1
    (copy / "model.safetensors").write_bytes(data)
    return str(copy)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["solve", "nqueens", "Q..\n..."], 2, "square"),
        (["solve", "nqueens", "QQ....../8/8/8/8/8/8/8"], 2, "attack"),
        (["solve", "nqueens", "Q...\n.x?.\n....\n...."], 2, "line 2"),
        (["solve", "nqueens", ""], 2, ""),
        (["solve", "nqueens", "missing-file.txt"], 2, "no file"),
        (["solve", "nqueens", "BINARY"], 2, "binary"),
        (["solve", "nqueens", "LATIN"], 2, "UTF-8"),
        (["solve", "chess"], 2, "unknown task"),
        (["solve", "nqueens", "--checkpoint", "nowhere"], 2, "nqueens-8x8"),
        (["solve", "nqueens", "--checkpoint", "CORRUPT"], 2, "SHA-256"),
        (["solve", "nqueens", "--checkpoint", "EMPTY"], 2, "config.json"),
        (["solve", "nqueens", "5/5/5/5/5"], 3, "gramsolve train nqueens --variant 5x5"),
        (["solve", "nqueens", BOARD, "--variant", "10x10", "--checkpoint", "nqueens-8x8"], 2, "10x10"),
        (["solve", "nqueens", "-n", "0"], 2, "width"),
        (["solve", "nqueens", "-n", "many"], 2, "many"),
        (["solve", "nqueens", "--depth", "0"], 2, "depth"),
        (["solve", "nqueens", "--temperature", "-1"], 2, "temperature"),
        (["solve", "nqueens", "--rank-by", "beauty"], 2, "beauty"),
        (["solve", "nqueens", "--max-time", "soon"], 2, "soon"),
        (["solve", "nqueens", "--max-time", "0s"], 2, "0s"),
        (["solve", "nqueens", "--engine", "steam"], 2, "steam"),
        (["solve", "nqueens", "--device", "abacus"], 2, "abacus"),
        (["solve", "nqueens", "--threads", "0"], 2, "threads"),
        (["solve", "nqueens", "--tidy"], 2, "--tidy"),
        (["sample", "nqueens", "-n", "0"], 2, "width"),
        (["sample", "nqueens", "--steps"], 2, "GIF"),
        (["slove"], 2, "solve"),
        (["tui"], 2, "terminal"),
        (["tui", "--replay", "missing.npz"], 2, "missing.npz"),
        (["export", "BINARY", "-o", "x.gif"], 2, "not a recording"),
        (["eval", "nqueens", "--width", "1,x"], 2, "whole numbers"),
        (["eval", "nqueens", "--protocol", "tarot"], 2, "tarot"),
        (["eval", "nqueens", "--limit", "0"], 2, "limit"),
        (["train", "nqueens", "--set", "beta"], 2, "key=value"),
        (["train", "nqueens", "--preset", "gigantic"], 2, "gigantic"),
        (["checkpoints", "info", "nowhere"], 2, "nowhere"),
        (["plugins", "info", "nowhere"], 2, "nowhere"),
    ],
)
def test_bad_input_is_one_line_and_has_its_code(
    run_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    word: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "latin").write_bytes("Damen: äöü".encode("latin-1"))
    (tmp_path / "empty").mkdir()
    made = {"BINARY": "binary", "LATIN": "latin", "EMPTY": "./empty"}
    if "CORRUPT" in arguments:
        made["CORRUPT"] = corrupt(tmp_path)
    result = run_cli(*(made.get(a, a) for a in arguments))
    lines = [line for line in result.err.splitlines() if not line.startswith("no puzzle given")]
    assert result.code == code, result.err
    assert len(lines) == 1 and lines[0].startswith("gramsolve: ") and word in lines[0]
    assert result.out == ""


def test_interrupt_during_a_search_prints_the_best_so_far() -> None:
    impossible = "Q......./..Q...../......../......../......../......../......../........"
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, impossible],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None and process.stdout is not None
    assert process.stderr.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130
    assert "best attempt" in out and "interrupted" in out
    assert "Traceback" not in err


INTERRUPTIBLE = """
import sys
from gramsolve.cli.main import main
from gramsolve.inference import search
event = search._event
def announce(state, step):
    if (state.rounds, step.number) == (0, 1):
        print("ready", file=sys.stderr, flush=True)
    return event(state, step)
search._event = announce
main(["solve", "nqueens", sys.argv[1], "--until", "valid", "--max-time", "1h", "--threads", "1"])
"""
