"""A file of many puzzles: a line each, in order, kept as they come, and taken up where it was stopped."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gramsolve.checkpoints import store, weights
from gramsolve.cli.results import BOARDS, Results
from gramsolve.cli.solve import FORMATS, PATIENCE, SolveCommand
from gramsolve.inference.events import Candidate, Finished
from gramsolve.inference.options import MAX_TRAJECTORIES
from gramsolve.inference.verification import LIMIT, verify
from gramsolve.tasks import registry
from tests.fakes.command_line import RunCli

QUICK = ("--checkpoint", "sudoku-4x4", "-n", "4", "--threads", "1", "--device", "cpu")
READ = "read 30 boards of 4x4\n"


@pytest.fixture
def puzzles(run_cli: RunCli, tmp_path: Path) -> Path:
    path = tmp_path / "puzzles.txt"
    path.write_text(run_cli("generate", "sudoku", "--variant", "4x4", "-n", "30", "--seed", "4").out)
    return path


def test_a_line_a_puzzle_in_the_order_of_the_file(run_cli: RunCli, puzzles: Path) -> None:
    result = run_cli("solve", "sudoku", str(puzzles), "--verify", "exact", *QUICK)
    lines = result.out.splitlines()
    assert result.code == 0 and len(lines) == 30 > BOARDS
    task = registry.load("sudoku")
    for number, (line, instance) in enumerate(zip(lines, task.parse(puzzles.read_text()), strict=True), start=1):
        (solution,) = task.enumerate(instance, 2)  # type: ignore[misc]
        assert line.split()[:2] == [str(number), "solved"]
        assert task.answer(instance, solution) in line and "exact search: the same, of 1 solution" in line
    assert "30 of 30 puzzles solved" in result.err and "30 same" in result.err
    # Few puzzles are drawn.
    few = "\n".join(puzzles.read_text().splitlines()[:BOARDS])
    assert run_cli("solve", "sudoku", few, *QUICK).out.count("puzzle ") == BOARDS


def test_answers_are_the_same_one_by_one(run_cli: RunCli, puzzles: Path) -> None:
    def told(*more: str) -> list[dict]:
        out = run_cli("solve", "sudoku", str(puzzles), "--json", *QUICK, *more).out
        return [json.loads(line) for line in out.splitlines()]

    together, alone = told(), told("--max-time", "1h")
    changed = ("seconds", "exact")
    assert [{k: v for k, v in line.items() if k not in changed} for line in together] == [
        {k: v for k, v in line.items() if k not in changed} for line in alone
    ]


def test_a_puzzle_that_resists_does_not_hold_up_the_file_for_ever(run_cli: RunCli, tmp_path: Path) -> None:
    path = tmp_path / "boards.txt"
    path.write_text("8/8/3Q4/8/8/8/8/8\n\nQ7/2Q5/8/8/8/8/8/8\n")  # The second has no solution.
    command = ("solve", "nqueens", str(path), "-n", "20", "--depth", "4", "--json", "--threads", "1")

    def tried(*more: str) -> list[int]:
        result = run_cli(*command, *more)
        assert result.code == 1
        return [json.loads(line)["trajectories"] for line in result.out.splitlines()]

    assert tried("--until", "valid")[1] == PATIENCE == 100
    assert tried("--until", "valid", "--rounds", "2")[1] == 40
    assert tried("--search", "restart") == [20, 20] == tried("--search", "none")
    assert tried() == [20, MAX_TRAJECTORIES], "hypotheses end"
    code, _, err = run_cli(*command, "--rounds", "2")
    assert code == 2 and "--until valid" in err


def test_results_are_taken_up_after_a_torn_line(run_cli: RunCli, puzzles: Path, tmp_path: Path) -> None:
    results, save = tmp_path / "r.jsonl", tmp_path / "answers.txt"
    command = ("solve", "sudoku", str(puzzles), "--results", str(results), "--verify", "exact", *QUICK)
    whole = run_cli(*command, "--save", str(save))
    lines, answers = results.read_bytes().splitlines(keepends=True), save.read_bytes()
    assert whole.code == 0 and len(lines) == 31
    results.write_bytes(b"".join(lines[:13]) + lines[13][:40])
    again = run_cli(*command, "--save", str(save))
    assert again.code == 0 and "12 of 30 answers stand in" in again.err and "30 of 30 puzzles solved" in again.err
    kept = {json.loads(line)["number"] for line in lines[1:13]}
    assert [int(line.split()[0]) for line in again.out.splitlines()] == [n for n in range(1, 31) if n not in kept]

    def untimed(texts: list[bytes]) -> dict[int, object]:
        """What is said of each puzzle: they are written down as they come, others beside others."""
        told = (json.loads(text) for text in texts[1:])
        return {line["number"]: {**line, "seconds": 0} for line in told}

    assert untimed(results.read_bytes().splitlines()) == untimed(lines)
    assert save.read_bytes() == answers


def test_results_of_something_else_are_not_touched(run_cli: RunCli, puzzles: Path, tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    command = ("solve", "sudoku", str(puzzles), "--results", str(results), *QUICK)
    assert run_cli(*command).code == 0
    before = results.read_bytes()
    for changed in (("--seed", "1"), ("--depth", "3"), ("--verify", "exact")):
        code, _, err = run_cli(*command, *changed)
        assert code == 2 and "other puzzles, weights or settings" in err and err.removeprefix(READ).count("\n") == 1
    # Weights under the same name that are not the same.
    place = tmp_path / "mine"
    shutil.copytree(store.find("sudoku", None, "sudoku-4x4").path, place)
    mine = ("solve", "sudoku", str(puzzles), "--results", str(tmp_path / "mine.jsonl"), "--checkpoint", str(place))
    assert run_cli(*mine, *QUICK[2:]).code == 0 and run_cli(*mine, *QUICK[2:]).code == 0
    config = store.read_config(place)
    tensors = weights.read(place, config.files)
    store.write(place, {name: 1.01 * tensor for name, tensor in tensors.items()}, config, "again")
    code, _, err = run_cli(*mine, *QUICK[2:])
    assert code == 2 and "weights" in err
    for text in ("a diary\n", '{"a": 1}\n', "[]\n", "3\n", "\xff\n"):
        results.write_text(text)
        code, _, err = run_cli(*command)
        assert code == 2 and "line 1" in err and err.removeprefix(READ).count("\n") == 1 and results.read_text() == text
    results.write_bytes(before + b'{"number": 31, "tokens": [], "solved": true}\n')
    assert run_cli(*command)[0] == 2
    code, _, err = run_cli(*command[:3], "--results", str(tmp_path / "no" / "r.jsonl"), *QUICK)
    assert code == 2 and "cannot write the results" in err


def test_answers_that_wait_for_one_that_never_comes_are_printed_in_the_end(
    puzzles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = registry.load("sudoku")
    reading = task.read(puzzles.read_text())
    every = reading.good
    command = SolveCommand(task="sudoku")
    results = Results(task, reading, command, partial(command.load_solver, task.name))
    for index in (0, 3, 2):
        (solution,) = task.enumerate(every[index], 2)  # type: ignore[misc]
        right = Candidate(solution, votes=1, valid=True, value=1.0, trajectory=0, step=1)
        results.take(index, every[index], Finished((right,), 1, 1, 1, 1, 0.0, None, None, "depth"))
    assert capsys.readouterr().out.split()[0] == "1"
    results.finish()
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["3", "4"]
    assert "3 of 30 puzzles solved" in err
    # Answers alone have no numbers: those after a gap would pass for others.
    silent = Results(task, reading, SolveCommand(task="sudoku", quiet=True), results.load)
    silent.take(2, every[2], Finished((right,), 1, 1, 1, 1, 0.0, None, None, "depth"))
    silent.finish()
    assert not capsys.readouterr().out


def test_ctrl_c_keeps_what_is_there_and_the_same_command_goes_on(puzzles: Path, tmp_path: Path) -> None:
    """The file holds far more puzzles than can be solved before the signal comes."""
    results, many = tmp_path / "r.jsonl", tmp_path / "many.txt"
    many.write_text(puzzles.read_text() * 100)
    words = ["-m", "gramsolve", "solve", "sudoku", str(many), "--results", str(results), *QUICK]
    words += ["-n", "200", "--halt", "never", "--depth", "30"]
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # The first answer has come.
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    kept = len(results.read_bytes().splitlines()) - 1
    assert process.returncode == 130 and 0 < kept < 3000
    assert "resumes from here" in err and "Traceback" not in err


def test_verdicts() -> None:
    task = registry.load("sudoku")
    puzzle = task.parse("123434122143432.")[0]
    (solution,) = task.enumerate(puzzle, 9)  # type: ignore[misc]

    def verdict(text: str, tokens: np.ndarray | None, valid: bool | None = True) -> tuple[str, int | None]:
        instance = task.parse(text)[0]
        candidates = () if tokens is None else (Candidate(tokens, 1, 1.0, valid, 0, 1),)
        found = verify(task, instance, Finished(candidates, 1, 0, 0, 1, 0.0, None, None, "depth"))
        return found.status, found.solutions

    other = np.roll(solution, 4)
    assert verdict("123434122143432.", solution) == ("same", 1)
    assert verdict("123434122143432.", other) == ("wrong", 1)
    assert verdict("123434122143432.", other, False) == ("missed", 1)
    assert verdict("123434122143432.", None) == ("missed", 1)
    assert verdict("123....4........", None) == ("none", 0)
    assert verdict("................", solution) == ("same", 288)
    nine = "." * 81
    assert verdict(nine, np.zeros(81, np.uint8)) == ("unknown", None) and LIMIT < 10_000


def test_a_bad_line_is_named_and_left_out_by_both_engines(run_cli: RunCli, puzzles: Path, tmp_path: Path) -> None:
    lines = puzzles.read_text().split()[:2]
    path = tmp_path / "bad.txt"
    path.write_text("\n".join([lines[0], "11" + "." * 14, lines[1], "22" + "." * 14]) + "\n")
    for engine in ("exact", "neural"):
        code, out, err = run_cli("solve", "sudoku", str(path), "--engine", engine, "-q", *QUICK)
        assert code == 1
        assert [len(line) for line in out.splitlines()] == [16, 0, 16, 0]
        assert "read 2 boards of 4x4, 2 bad lines" in err
        assert "line 2: the givens in r1c1 and r1c2 contradict each other: left out" in err


def test_formats_are_named_in_help_and_can_be_chosen(run_cli: RunCli, tmp_path: Path) -> None:
    for task in ("sudoku", "nqueens", "coloring", "arc"):
        names = ", ".join(form.name for form in registry.load(task).forms)
        assert f"{task} {names}" in FORMATS
    path = tmp_path / "graph.txt"
    path.write_text("3 2\n1 2\n1 3\n")
    code, out, err = run_cli("solve", "coloring", str(path), "--engine", "exact", "-q")
    assert (code, out) == (0, "1 2 2\n") and "the first line is read as counts" in err
    code, out, err = run_cli("solve", "coloring", str(path), "--engine", "exact", "-q", "--format", "neighbours")
    assert (code, out) == (0, "1 2 3\n")
    code, _, err = run_cli("solve", "coloring", str(path), "--format", "pdf")
    assert code == 2 and "unknown format 'pdf': choose from graphml, " in err
