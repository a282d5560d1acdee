"""``gramsolve eval``: its measurements, its files, and options that do not go together."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from gramsolve import api
from gramsolve.checkpoints import store
from tests.fakes.command_line import RunCli

QUICK = ("--threads", "1", "--device", "cpu")
FOUR = ("sudoku", "--variant", "4x4", *QUICK)


def test_a_report_in_every_form(run_cli: RunCli, tmp_path: Path) -> None:
    paths = {suffix: tmp_path / f"report.{suffix}" for suffix in ("json", "csv", "md", "png")}
    written = [word for path in paths.values() for word in ("-o", str(path))]
    words = ["eval", *FOUR, "--limit", "12", "--width", "1,3", "--depth", "1,2", "--buckets", "--plot", *written]
    code, out, _ = run_cli(*words)
    assert code == 0 and "By number of solutions:" in out and "coverage of all solutions:" in out
    told = json.loads(paths["json"].read_text())
    assert [(row["depth"], row["width"]) for row in told["rows"]] == [(1, 1), (1, 3), (2, 1), (2, 3)]
    assert all(sum(b["puzzles"] for b in row["buckets"]) == 12 for row in told["rows"])
    with paths["csv"].open() as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 4 + sum(len(row["buckets"]) for row in told["rows"])
    assert [float(line["accuracy"]) for line in lines if line["solutions"] == "all"] == [
        row["accuracy"] for row in told["rows"]
    ]
    text = paths["md"].read_text()
    assert f"{told['rows'][3]['coverage']:.3f}" in text and "Measure it again: `gramsolve eval sudoku" in text
    with Image.open(paths["png"]) as image:
        assert image.width > image.height > 300 and len(image.convert("RGB").getcolors(1 << 24) or ()) > 50
    # A grid shows a number, and a bar of its height, for each depth and width.
    shown = out[out.index("coverage of all solutions:") :].splitlines()
    assert f"{told['rows'][0]['coverage']:.1%}" in shown[2] and f"{told['rows'][3]['coverage']:.1%}" in shown[3]


def test_where_figures_come_from_is_kept(run_cli: RunCli) -> None:
    words = ["eval", *FOUR, "--limit", "1", "--width", "2", "--depth", "1", "--json"]
    told = json.loads(run_cli(*words).out)
    assert told["rows"][0]["accuracy_error"] is None, "one puzzle has no spread"
    found = told["provenance"]
    assert found["command"] == f"gramsolve {' '.join(words)}"
    assert found["hardware"]["cores"] >= 1 and len(found["date"]) == 10
    model = found["model"]
    assert (model["checkpoint"], model["architecture"], model["parameters"]) == ("sudoku-4x4", "gram", 87556)
    assert model["updates"] == 4000 and model["training_seconds"] > 0
    assert model["training_command"].startswith("gramsolve train sudoku")


def test_a_card_and_lists_of_checkpoints_tell_what_was_measured(run_cli: RunCli, tmp_path: Path) -> None:
    there = store.find("sudoku", "4x4")
    copy = tmp_path / "mine"
    shutil.copytree(there.path, copy)
    words = ["eval", "sudoku", "--checkpoint", str(copy), *QUICK, "--limit", "6", "--width", "1,3", "--depth", "1,2"]
    code, out, _ = run_cli(*words, "--card", "--json")
    row = json.loads(out)["rows"][-1]
    found = store.describe(copy).measured
    assert code == 0 and found is not None
    assert (found.depth, found.width, found.accuracy) == (2, 3, row["accuracy"])
    assert store.verify(copy) == [] and "Measured on" in (copy / "README.md").read_text()
    assert store.read_config(copy).files == store.read_config(there.path).files


def test_a_card_keeps_what_was_drawn_beside_what_was_solved(run_cli: RunCli, tmp_path: Path) -> None:
    copy = tmp_path / "mine"
    shutil.copytree(store.find("sudoku", "4x4").path, copy)
    before = (copy / "README.md").read_text().rstrip()
    words = ["eval", "sudoku", "--checkpoint", str(copy), *QUICK, "--unconditional", "--depth", "1", "--card"]
    assert run_cli(*words, "-n", "8").code == run_cli(*words, "-n", "9").code == 0
    after = (copy / "README.md").read_text()
    assert after.startswith(before) and after.count("## Unconditional samples") == 1
    assert "9 boards sampled unconditionally" in after and "--unconditional --depth 1 --card -n 9`" in after
    assert store.verify(copy) == []


def test_boards_out_of_nothing(run_cli: RunCli, tmp_path: Path) -> None:
    words = ["eval", *FOUR, "--unconditional", "-n", "40", "--depth", "1,4", "--seed", "3"]
    code, out, _ = run_cli(*words, "--plot", "-o", str(tmp_path / "b.csv"), "-o", str(tmp_path / "b.png"))
    assert code == 0 and "40 boards sampled unconditionally" in out and "of the 288 boards" in out
    told = json.loads(run_cli(*words, "--json", "--cache-dir", str(tmp_path / "parts")).out)
    assert [row["depth"] for row in told["rows"]] == [1, 4] and len(list((tmp_path / "parts").iterdir())) == 1
    with (tmp_path / "b.csv").open() as file:
        assert [float(line["valid"]) for line in csv.DictReader(file)] == [row["valid"] for row in told["rows"]]


def test_nats_and_distances(run_cli: RunCli, tmp_path: Path) -> None:
    code, out, _ = run_cli("eval", *FOUR, "--elbo", "--limit", "8", "-o", str(tmp_path / "e.png"))
    assert code == 0 and "negative ELBO" in out and "nats to name" in out
    told = json.loads(run_cli("eval", *FOUR, "--elbo", "--limit", "8", "--json").out)
    assert [row["depth"] for row in told["rows"]] == [4] and told["beta"] == 1.0, "as it was trained"
    code, out, _ = run_cli("eval", *FOUR, "--diversity", "--limit", "3", "--depth", "2", "-o", str(tmp_path / "s.md"))
    assert code == 0 and "in a plane" in out and "| step | distance |" in (tmp_path / "s.md").read_text()
    for name in ("e.png",):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--elbo", "--diversity"), "two commands"),
        (("--elbo", "--halt", "head"), "--halt means nothing with --elbo"),
        (("--diversity", "--card"), "--card means nothing with --diversity"),
        (("-n", "5"), "--number means nothing without --unconditional"),
        (("-o", "report.pdf"), ".json, .csv, .md, .png"),
        (("--compare", "sudoku-4x4", "sudoku-4x4", "-o", "both.png"), ".json"),
        (("--unconditional", "-n", "0"), "number"),
        (("--unconditional", "--max-time", "9m"), "--cache-dir"),
        (("--diversity", "--width", "1"), "width"),
    ],
)
def test_what_does_not_go_together_is_said_in_a_line(run_cli: RunCli, words: tuple[str, ...], said: str) -> None:
    code, out, err = run_cli("eval", *FOUR, *words)
    assert code == 2 and out == "" and said in err and err.count("\n") == 1


def test_help_lists_every_option_once(run_cli: RunCli) -> None:
    text = run_cli("eval", "--help").out
    for option in (
        "--compare",
        "--unconditional",
        "--elbo",
        "--diversity",
        "--buckets",
        "--plot",
        "--cache-dir",
        "--seed",
    ):
        assert sum(line.startswith(f"  {option} ") for line in text.splitlines()) == 1
    assert text.index("What is measured") < text.index("Weights and puzzles") < text.index("How to run")


@pytest.mark.parametrize("keep", ["report", "card"])
def test_unconditional_figures_belong_to_the_weights_that_were_measured(
    run_cli: RunCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: str
) -> None:
    """The weights that sample best are not those that solve best: both the report and the card name the former."""
    shelf = tmp_path / "shelf"
    source = store.find("sudoku", "4x4").path
    for name, share in (("sudoku-4x4", 0.0), ("sudoku-4x4-several", 0.5)):
        shutil.copytree(source, shelf / name)
        config = json.loads((shelf / name / "config.json").read_text())
        config["training"]["data"]["unconditional_share"] = share
        config["provenance"]["seed"] = 77 if share else 1
        (shelf / name / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr(store, "places", lambda: iter([("user", shelf)]))
    assert store.find("sudoku", "4x4").name == "sudoku-4x4"
    assert api.load("sudoku", variant="4x4", device="cpu", unconditional=True).name == "sudoku-4x4-several"
    cards = {name: (shelf / name / "README.md").read_text() for name in ("sudoku-4x4", "sudoku-4x4-several")}
    words = ["eval", "sudoku", "--variant", "4x4", *QUICK, "--unconditional", "-n", "8", "--depth", "1"]
    if keep == "report":
        path = tmp_path / "report.json"
        assert run_cli(*words, "-o", str(path)).code == 0
        report = json.loads(path.read_text())
        model = report["provenance"]["model"]
        assert report["checkpoint"] == model["checkpoint"] == "sudoku-4x4-several" and model["seed"] == 77
    else:
        assert run_cli(*words, "--card").code == 0
        assert (shelf / "sudoku-4x4" / "README.md").read_text() == cards["sudoku-4x4"]
        assert (shelf / "sudoku-4x4-several" / "README.md").read_text() != cards["sudoku-4x4-several"]
