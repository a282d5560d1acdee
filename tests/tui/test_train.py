"""Train under a pilot: runs begun, watched, stopped, lost and gone on with, whatever state their files are in."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from gramsolve.config.training import TrainingConfig
from gramsolve.errors import Missing
from gramsolve.model.architectures import ARCHITECTURES
from gramsolve.model.config import ModelConfig
from gramsolve.tasks import registry
from gramsolve.tasks.presets import Preset
from gramsolve.training import heartbeat
from gramsolve.training.heartbeat import Heartbeat
from gramsolve.training.plan import TrainingPlan, differences
from gramsolve.training.resolve import resolve
from gramsolve.training.train_options import TrainOptions
from gramsolve.tui import messages
from gramsolve.tui.app import GramsolveApp
from gramsolve.tui.screens.dialogs import ChoiceDialog, TextDialog
from gramsolve.tui.screens.new_run import NewRunDialog
from gramsolve.tui.screens.train import TrainScreen
from gramsolve.tui.training import run_watcher
from gramsolve.tui.training.run_status import RunState, duration, read_check
from gramsolve.tui.training.run_watcher import WatchedRun
from gramsolve.tui.training.train_request import (
    TrainRequest,
    new_directory,
    resume_arguments,
    shell_command,
)
from gramsolve.tui.view.view_state import DrawStyle
from gramsolve.tui.widgets.curves import Chart, Curve, Curves, draw
from gramsolve.tui.widgets.run_summary import RunSummary
from gramsolve.tui.widgets.trajectory_grid import TrajectoryGrid
from tests.fakes.catalogue import Rings
from tests.fakes.pilot import until
from tests.fakes.solver import ScriptedQueensSolver
from tests.fakes.task import Queens
from tests.fakes.waiting import PATIENCE, held_until, wait_until, with_startup_code

Make = Callable[..., GramsolveApp]
SIZES = [(80, 24), (160, 50)]
PRIVATE = "private channel: the posterior solves 97% of held-out puzzles when shown the answer, the prior 3% alone"
GONE = 2**22 + 1
"""No process has this number."""


def check(update: int, **values: Any) -> dict[str, Any]:
    x = update / 3000
    usual = {
        "update": update,
        "loss": math.exp(-3 * x),
        "ce": [9.0, 40 * math.exp(-5 * x)],
        "kl": [1.0, 1 + 2 * x],
        "prior_accuracy": [0.0, 1 / (1 + math.exp(7 - 14 * x))],
        "posterior_accuracy": [0.0, 1 / (1 + math.exp(5 - 14 * x))],
        "diversity": 0.5,
        "warnings": [],
    }
    return {**usual, **values}


def plan_of(task: str = "queens", variant: str = "8x8", **model: Any) -> TrainingPlan:
    training = TrainingConfig.from_flat(updates=3000, protocol="symmetry", beta=0.5)
    return TrainingPlan(
        task, variant, "cpu", "gram", 0, ModelConfig.from_flat(3, 3, 64, 64, **{"width": 32, **model}), training
    )


def make_run(
    path: Path,
    *,
    task: str = "queens",
    variant: str = "8x8",
    checks: int = 20,
    state: heartbeat.State | None = "running",
    pid: int | None = None,
    warnings: tuple[str, ...] = (),
    checkpoint: bool = True,
    **values: Any,
) -> Path:
    """A run directory as training leaves it."""
    path.mkdir(parents=True)
    (path / "plan.json").write_bytes(plan_of(task, variant).to_json())
    lines = [check(100 * n, warnings=warnings if n == checks else ()) for n in range(1, checks + 1)]
    (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if state is not None:
        now = Heartbeat(100 * checks + 7, 3000, seconds=250.0, rate=8.25, loss=0.125, state=state)
        heartbeat.write(path, now)
        if pid is not None:
            values = {"pid": pid, "started": "", **values}
        rewrite(path / heartbeat.NAME, **values)
    if checkpoint:
        (path / "checkpoint").mkdir()
        (path / "checkpoint/config.json").write_text("{}")
    return path


def rewrite(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


class Trained(Queens):
    """Queens with presets to choose from."""

    def presets(self, variant: str) -> dict[str, Preset]:
        return {"tiny": Preset("seconds"), "cpu": Preset("an hour", {"width": 16}, {"beta": 1.0})}


def screen_of(style: DrawStyle | None = None, task: str | None = None, run_dir: Path | None = None) -> TrainScreen:
    tasks = {"queens": Trained(), "rings": Rings()}

    def load(name: str, variant: str, checkpoint: str) -> ScriptedQueensSolver:
        if name != "queens":
            raise Missing("there is no model here")
        return ScriptedQueensSolver(tasks[name], variant)

    return TrainScreen(
        style or DrawStyle(), task, run_dir, load=load, load_task=tasks.__getitem__, names=lambda: ["queens"]
    )


async def open_screen(pilot: Pilot[None], screen: TrainScreen) -> TrainScreen:
    pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.is_mounted)
    return screen


async def watched(pilot: Pilot[None], screen: TrainScreen) -> TrainScreen:
    """Wait until a run is on show."""
    await open_screen(pilot, screen)
    await until(pilot, lambda: screen.status is not None and screen.query_one("#body").display)
    return screen


async def solved(pilot: Pilot[None], screen: TrainScreen) -> None:
    """Wait until its model has come to the end of a puzzle."""
    await until(pilot, lambda: screen.preview is not None and screen.preview.shown is not None)
    preview = screen.preview
    assert preview is not None and preview.shown is not None
    await until(pilot, lambda: preview.shown.session.recorder.closed)
    preview.playback.level = 6  # As fast as can be.
    await until(pilot, lambda: preview.playback.position == len(preview.shown.session.recorder.frames))


def said(screen: TrainScreen) -> str:
    return str(screen.query_one("#status", Static).render())


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# What there is to see


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ascii", [False, True])
async def test_a_run_is_told_in_figures_curves_and_boards(
    make_app: Make, tmp_path: Path, size: tuple[int, int], ascii: bool
) -> None:
    path = make_run(tmp_path / "runs/one")
    app = make_app(ascii=ascii, plain=ascii)
    async with app.run_test(size=size) as pilot:
        screen = await watched(pilot, screen_of(app.style, run_dir=path))
        await solved(pilot, screen)
        ledger = screen.query_one(RunSummary).render().plain
        wanted = ["running", "67%", "2,007 of 3,000", "8.25", "4:10", "2:03", "0.125", "N-Queens 8x8", "an hour"]
        last = check(2000)
        wanted += [f"{last['prior_accuracy'][-1]:.1%}", f"{last['posterior_accuracy'][-1]:.1%}", "beta=0.5", "runs/one"]
        for word in wanted:
            assert word in ledger, word
        assert ledger.index("prior") < ledger.index("posterior")
        drawn = [str(chart.render()) for chart in screen.query(Curves) if chart.display]
        assert len(drawn) >= 2 and "100%" in drawn[0] and any("update 2,000" in chart for chart in drawn)
        boards = screen.query_one(TrajectoryGrid)
        picture = boards.render().plain
        state = screen.preview.view_state(app.style)
        assert boards.tile is not None and state is not None
        assert picture.count("+" if ascii else "✓") == sum(state.frame.step.valid[: boards.state.count])  # type: ignore
        assert not ascii or all(text.isascii() for text in (ledger, picture, *drawn))
        assert all(
            widget.region.bottom <= size[1] for widget in (boards, screen.query_one("#status")) if widget.display
        )


async def test_a_task_that_is_only_sampled_and_a_model_that_cannot_be_loaded(make_app: Make, tmp_path: Path) -> None:
    path = make_run(tmp_path / "runs/one", task="rings", variant="28x28")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await watched(pilot, screen_of(run_dir=path))
        await until(pilot, lambda: screen.preview is not None and screen.preview.problem)
        await until(pilot, lambda: screen.query_one("#boards").display)
        assert "no model here" in str(screen.query_one("#boards").border_subtitle)


async def test_warnings_are_told_before_all_else(make_app: Make, tmp_path: Path) -> None:
    path = make_run(tmp_path / "runs/one", state="saved", warnings=(PRIVATE,))
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await watched(pilot, screen_of(run_dir=path))
        assert said(screen).startswith(f"! {PRIVATE}")


@pytest.mark.parametrize(
    ("values", "state", "words"),
    [
        ({"state": "running"}, RunState.RUNNING, ""),
        ({"state": "saved"}, RunState.SAVED, "gramsolve train queens --run-dir"),
        ({"state": "finished"}, RunState.FINISHED, "gramsolve eval queens --checkpoint"),
        ({"state": "failed", "words": "the loss is not finite"}, RunState.FAILED, "the loss is not finite; c resumes"),
        ({"state": "stopped"}, RunState.STOPPED, "--resume"),
        ({"state": "running", "pid": GONE}, RunState.LOST, f"process {GONE} is gone; c resumes from the last save"),
        ({"state": "running", "host": "far"}, RunState.RUNNING, ""),
        ({"state": "running", "host": "far", "time": 1e9}, RunState.LOST, "no word from far"),
    ],
)
async def test_every_state_says_what_can_be_done(
    make_app: Make, tmp_path: Path, values: dict[str, Any], state: RunState, words: str
) -> None:
    path = make_run(tmp_path / "runs/one", **values)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await watched(pilot, screen_of(run_dir=path))
        assert screen.status is not None and screen.status.state is state
        assert words in said(screen)
        assert bool(screen.check_action("stop", ())) == state.active
        assert bool(screen.check_action("resume", ())) == state.resumable


async def test_figures_follow_the_files(make_app: Make, tmp_path: Path) -> None:
    path = make_run(tmp_path / "runs/one", checks=2)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await watched(pilot, screen_of(run_dir=path))
        with (path / "metrics.jsonl").open("a") as file:
            file.write(json.dumps(check(300)) + "\n")
            file.flush()
            await until(pilot, lambda: len(screen.status.checks) == 3)
        rewrite(path / heartbeat.NAME, state="finished", update=3000)
        await until(pilot, lambda: screen.status.state is RunState.FINISHED)
        assert "100%" in screen.query_one(RunSummary).render().plain


@pytest.mark.parametrize("size", [(40, 14), (39, 14), (200, 60)])
async def test_other_sizes(make_app: Make, tmp_path: Path, size: tuple[int, int]) -> None:
    path = make_run(tmp_path / "runs/one")
    app = make_app()
    async with app.run_test(size=size) as pilot:
        screen = await watched(pilot, screen_of(run_dir=path))
        assert screen.query_one("#small").display == (size == (39, 14))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not screen.query_one("#small").display)


def test_snapshot(snap_compare: Callable[..., bool], make_app: Make, tmp_path: Path) -> None:
    path = make_run(tmp_path / "runs/one", warnings=(PRIVATE,))

    async def shown(pilot: Pilot[None]) -> None:
        await solved(pilot, await watched(pilot, screen_of(run_dir=path)))

    assert snap_compare(make_app(), terminal_size=(100, 30), run_before=shown)


# What can be done


async def test_leaving_stops_nothing_and_coming_back_takes_it_up(make_app: Make, tmp_path: Path) -> None:
    make_run(tmp_path / "runs/old", state="saved")
    path = make_run(tmp_path / "runs/one")
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await watched(pilot, screen_of(task="queens"))
        assert screen.status is not None and screen.status.path.resolve() == path
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not screen)
        await until(pilot, lambda: any("goes on" in note.message for note in app._notifications))


async def test_runs_are_listed_newest_first_and_a_path_can_be_typed(make_app: Make, tmp_path: Path) -> None:
    make_run(tmp_path / "runs/old", state="saved", time=time.time() - 5000)
    make_run(tmp_path / "runs/new", state="saved")
    make_run(tmp_path / "elsewhere", state="finished")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_screen(pilot, screen_of())
        assert "no run" in str(screen.query_one("#none", Static).render())
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        lines = [line for _, line in app.screen.choices]  # type: ignore[attr-defined]
        assert lines[0].startswith("runs/new") and "saved 67%" in lines[0] and "1:23:2" in lines[1]
        await pilot.press("2")
        await until(pilot, lambda: screen.status is not None)
        assert screen.status.path.name == "old"
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        await pilot.press("3")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        app.screen.query_one(Input).value = str(tmp_path / "elsewhere")
        await pilot.press("enter")
        await until(pilot, lambda: screen.status is not None and screen.status.state is RunState.FINISHED)


async def test_a_path_without_a_run_is_said_to_have_none(make_app: Make, tmp_path: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_screen(pilot, screen_of(run_dir=tmp_path / "nowhere"))
        await until(pilot, lambda: "no run here" in str(screen.query_one("#none", Static).render()))


async def test_the_card_offers_what_the_plugin_has_and_starts_what_was_asked(
    make_app: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def launch(words: list[str], path: Path) -> WatchedRun:
        started.append(words)
        return WatchedRun(path)

    monkeypatch.setattr(WatchedRun, "launch", launch)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_screen(pilot, screen_of(task="queens"))
        await until(pilot, lambda: isinstance(app.screen, NewRunDialog))
        card = app.screen
        await until(pilot, lambda: card.query_one("#preset", Select).value == "cpu")
        assert card.query_one("#variant", Select).value == "8x8"
        await pilot.press("9", "m", "tab", "tab", "tab", *"beta=2", "enter")
        await until(pilot, lambda: started)
        assert shell_command(started[0]) == (
            "gramsolve train queens --preset cpu --seed 0 --variant 8x8 --max-time 9m --set beta=2 "
            "--run-dir runs/queens-8x8-cpu"
        )


async def test_a_checkpoint_is_opened_by_the_application(make_app: Make, tmp_path: Path) -> None:
    path = make_run(tmp_path / "runs/one")
    app = make_app()
    seen: list[tuple[str, Path]] = []

    def hook(message: object) -> None:
        if isinstance(message, messages.OpenCheckpoint):
            seen.append((message.task, message.path))

    async with app.run_test(size=(80, 24), message_hook=hook) as pilot:
        await watched(pilot, screen_of(run_dir=path))
        await pilot.press("o")
        await until(pilot, lambda: seen)
        assert seen[0] == ("queens", path / "checkpoint")


async def test_another_puzzle(make_app: Make, tmp_path: Path) -> None:
    path = make_run(tmp_path / "runs/one")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await watched(pilot, screen_of(run_dir=path))
        await solved(pilot, screen)
        first = screen.preview.shown.session
        await pilot.press("p")
        await until(pilot, lambda: screen.preview.shown.session is not first)
        now = screen.preview.shown.session.recorder.instance
        assert now != first.recorder.instance


# Real processes


def wait_for(run: WatchedRun, *states: RunState) -> run_watcher.RunStatus:
    wait_until(lambda: run.status().state in states, complaint=run.status)
    return run.status()


def test_a_run_is_started_stopped_killed_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"
    held = with_startup_code(tmp_path / "code", held_until(go))
    monkeypatch.setenv("PYTHONPATH", held["PYTHONPATH"])
    path = new_directory("nqueens", "5x5", "tiny", tmp_path / "runs")
    settings = "eval_every=100000,batch=16,eval_inputs=2,eval_depth=2"
    run = WatchedRun.launch(
        TrainRequest("nqueens", "5x5", "tiny", updates="100000", settings=settings).arguments(path), path
    )
    assert run.status().state is RunState.STARTING
    go.touch()
    wait_for(run, RunState.RUNNING)
    elsewhere = WatchedRun(path)
    assert elsewhere.status().state is RunState.RUNNING
    assert [found.path for found in run_watcher.find_runs(tmp_path / "runs")] == [path]
    assert elsewhere.stop() and elsewhere.status().state in (RunState.STOPPING, RunState.SAVED)
    saved = wait_for(elsewhere, RunState.SAVED)
    assert saved.update > 0 and saved.checkpoint is not None
    assert run.process is not None and run.process.wait(PATIENCE) == 130
    again = WatchedRun.launch(resume_arguments(saved), path)
    wait_for(again, RunState.RUNNING)
    assert again.process is not None
    os.kill(again.process.pid, signal.SIGKILL)
    again.process.wait()
    lost = wait_for(WatchedRun(path), RunState.LOST)
    assert "gone" in lost.words and shell_command(resume_arguments(lost)).endswith("--resume")


async def test_what_is_wrong_with_a_request_is_said_on_the_card(make_app: Make, tmp_path: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_screen(pilot, screen_of())
        screen.request = TrainRequest("nqueens", "5x5", "tiny", settings="widht=3")
        screen._start(screen.request)
        await until(pilot, lambda: isinstance(app.screen, NewRunDialog))
        card = app.screen
        await until(pilot, lambda: card.is_mounted and "widht" in str(card.query_one("#error", Static).render()))
        assert app.screen.query_one("#settings", Input).value == "widht=3"
        assert not (tmp_path / "runs/nqueens-5x5-tiny").exists()


def test_nothing_heavy_is_imported_for_the_first_picture() -> None:
    heavy = "{'torch', 'numba', 'safetensors'}"
    code = f"import sys, gramsolve.tui.screens.train; print(sorted({heavy}.intersection(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


# Parts


def test_damaged_lines_are_passed_over_and_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    path = make_run(tmp_path / "one", checks=2)
    metrics, run = path / "metrics.jsonl", WatchedRun(path)
    whole = metrics.read_text()
    whole += json.dumps(check(250, loss=float("nan"))) + "\n"
    metrics.write_text(whole + '{"update": 300, "lo\n\x00\xff\n[]\n' + json.dumps(check(400)) + "\n" + '{"update": 5')
    assert [c.update for c in run.status().checks] == [100, 200, 400]
    with metrics.open("a") as file:
        file.write("00}\n" + json.dumps(check(600)) + "\n")
    assert [c.update for c in run.status().checks] == [100, 200, 400, 600]
    fresh = tmp_path / "fresh"
    fresh.write_text(whole)
    fresh.replace(metrics)
    assert [c.update for c in run.status().checks] == [100, 200]


@pytest.mark.parametrize("plan", ["", "[]", "{}", '{"task": "queens", "training": {"updates": "many"}}'])
def test_a_plan_that_cannot_be_read_is_no_run(tmp_path: Path, plan: str) -> None:
    (tmp_path / "plan.json").write_text(plan)
    assert WatchedRun(tmp_path).status().state is RunState.NONE
    assert run_watcher.find_runs(tmp_path) == []


def test_a_run_of_an_older_version_has_figures_all_the_same(tmp_path: Path) -> None:
    path = make_run(tmp_path / "one", state=None, checks=30)
    assert WatchedRun(path).status().state is RunState.FINISHED
    path = make_run(tmp_path / "two", state=None, checks=3)
    now = WatchedRun(path).status()
    assert now.state is RunState.STOPPED and (now.update, now.updates) == (300, 3000)


def test_only_what_differs_from_the_preset_is_told() -> None:
    plan = plan_of(rows=8, columns=8)
    assert plan.model.blocks == 2 and plan.training.optimization.lr == 3e-3
    assert differences(Trained(), plan) == {"width": 32, "beta": 0.5}


def test_new_directories_do_not_meet_old_runs(tmp_path: Path) -> None:
    first = new_directory("a/b", "8x8", "cpu", tmp_path)
    first.mkdir()
    assert first.name == "a_b-8x8-cpu" and new_directory("a/b", "8x8", "cpu", tmp_path).name == "a_b-8x8-cpu-2"


def test_durations() -> None:
    assert [duration(s) for s in (0.4, 59, 61, 3599, 3600, 90061, 200000)] == [
        "0 s", "59 s", "1:01", "59:59", "1:00:00", "25:01:01", "2 days",
    ]  # fmt: skip


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("log", [False, True])
def test_curves_go_through_their_points(ascii: bool, log: bool) -> None:
    points = ((0.0, 1.0), (50.0, 10.0), (100.0, 100.0))
    chart = Chart("", (Curve("it", points, "blue"),), log=log)
    lines = [line.plain for line in draw(chart, 45, 10, DrawStyle(ascii=ascii))]
    assert len(lines) == 10 and all(len(line) <= 45 for line in lines)
    assert lines[0].split()[0] == "100" and lines[8].split()[0] == "1"
    margin = lines[0].index("100") + 4
    body = [line[margin:].ljust(45) for line in lines[:-1]]
    height = [next(y for y in range(9) if body[y][x] != " ") for x in (0, (45 - margin) // 2, 44 - margin)]
    # On a logarithmic axis the three are on a straight line, on the other one ten is near the foot.
    assert height[0] == 8 and height[2] == 0 and height[1] in ((3, 4, 5) if log else (7, 8))
    assert not ascii or all(line.isascii() for line in lines)


def test_curves_of_nothing_of_one_point_and_of_zeros() -> None:
    style = DrawStyle()
    assert "nothing" in draw(Chart("", ()), 40, 5, style)[0].plain
    assert len(draw(Chart("", (Curve("it", ((5.0, 2.0),), "blue"),)), 40, 5, style)) == 5
    zeros = Curve("it", ((1.0, 0.0), (2.0, 0.0)), "blue")
    assert "nothing" in draw(Chart("", (zeros,), log=True), 40, 5, style)[0].plain
    assert len(draw(Chart("", (zeros,)), 40, 5, style)) == 5


def test_the_first_curve_is_seen_where_two_meet_and_dashes_tell_them_apart() -> None:
    same = tuple((float(x), 0.5) for x in range(0, 100, 10))
    chart = Chart("", (Curve("one", same, "blue"), Curve("two", same, "red", dashed=True)), (0.0, 1.0))
    one = next(line for line in draw(chart, 40, 4, DrawStyle(ascii=True)) if "*" in line.plain)
    assert "o" not in one.plain
    alone = draw(Chart("", chart.curves[1:], (0.0, 1.0)), 40, 4, DrawStyle())
    ink = next(line.plain[4:] for line in alone if any(0x2800 < ord(c) < 0x2900 for c in line.plain))
    assert " " in ink.strip() and np.mean([c == " " for c in ink]) < 0.7


def test_a_line_of_metrics_without_guidance() -> None:
    found = read_check(json.dumps(check(100, kl=[], diversity=None)).encode())
    assert found is not None and found.kl is None and found.diversity is None


def test_a_system_by_name_differs_from_its_preset_in_nothing() -> None:
    task = registry.load("coloring")
    for architecture in ARCHITECTURES:
        assert differences(task, resolve(task, TrainOptions(preset="cpu", architecture=architecture))) == {}
