"""``gramsolve eval``: the figures of a checkpoint on held-out puzzles, or of boards out of nothing."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gramsolve.cli import adapt, cards, common, figures, outputs, processes
from gramsolve.cli.help_sections import SectionedCommand
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.inference.solver import Solver
    from gramsolve.work_sharing import WorkShare

MODES = ("compare", "unconditional", "elbo", "diversity")
PUZZLES = "puzzles"
"""The mode of no option."""
FITS = {
    "protocol": (PUZZLES, "compare", "elbo", "diversity"),
    "limit": (PUZZLES, "compare", "elbo", "diversity"),
    "width": (PUZZLES, "compare", "diversity"),
    "halt": (PUZZLES, "compare"),
    "augment": (PUZZLES, "compare"),
    "adapt": (PUZZLES,),
    "freeze": (PUZZLES,),
    "number": ("unconditional",),
    "temperature": ("unconditional",),
    "beta": ("elbo",),
    "buckets": (PUZZLES,),
    "plot": (PUZZLES, "unconditional"),
    "card": (PUZZLES, "unconditional"),
    "processes": (PUZZLES, "compare", "unconditional"),
    "cache_dir": (PUZZLES, "unconditional"),
    "max_time": (PUZZLES, "unconditional"),
    "checkpoint": (PUZZLES, "unconditional", "elbo", "diversity"),
}
"""The modes in which an option means something."""
DEPTHS, WIDTHS, STEPS = (1, 4, 8, 16), (1, 5, 20), 16


class Evaluate(SectionedCommand):
    sections = {  # noqa: RUF012
        "What is measured (accuracy and coverage, unless one of these is given)": MODES,
        "Weights and puzzles": ("variant", "checkpoint", "protocol", "limit"),
        "How far to go": (
            "width",
            "depth",
            "halt",
            "augment",
            "adapt",
            "freeze",
            "number",
            "temperature",
            "beta",
            "seed",
        ),
        "What to show and keep": ("buckets", "plot", "output", "card", "as_json", "ascii"),
        "How to run": ("device", "threads", "processes", "cache_dir", "max_time"),
    }


@click.command("eval", cls=Evaluate)
@click.argument("task")
@click.argument("names", nargs=-1, metavar="[CHECKPOINT]...")
@click.option("--compare", is_flag=True, help="The CHECKPOINTs named, side by side on the same puzzles.")
@click.option("--unconditional", is_flag=True, help="Boards out of nothing: valid, distinct, seen in training.")
@click.option("--elbo", is_flag=True, help="Nats a puzzle: the whole ELBO beside the surrogate of training.")
@click.option("--diversity", is_flag=True, help="How far a puzzle's trajectories are apart, step by step.")
@common.variant_option
@common.checkpoint_option
@click.option("--protocol", help="The split to test on (default: the one the checkpoint was trained on).")
@click.option("--limit", type=int, help="A seeded sample of the test puzzles instead of all.")
@click.option("--width", type=common.Numbers(), help="Trajectories a puzzle  [default: 1,5,20; --diversity: 20]")
@click.option(
    "--depth",
    type=common.Numbers(),
    help="Supervision steps  [default: 1,4,8,16; --elbo: as trained; --diversity: every step to 16]",
)
@click.option("--halt", default="never", show_default=True, help="never, or head: stop by the halt head.")
@click.option(
    "--augment",
    default=1,
    help="Spread trajectories over N symmetric copies of a puzzle; two guesses  [default: 1; --adapt: all differ]",
)
@adapt.adapt_options
@click.option("-n", "--number", default=10_000, show_default=True, help="Boards of --unconditional.")
@click.option("--temperature", default=1.0, show_default=True, help="Scale of the noise of --unconditional.")
@click.option("--beta", type=float, help="Weight of the KL in the surrogate of --elbo (default: as trained).")
@common.seed_option
@click.option("--buckets", is_flag=True, help="Also by number of solutions: 1, 2-5, 6-20, 21-100, more.")
@click.option("--plot", is_flag=True, help="Also as shaded grids over depth and width.")
@click.option(
    "-o",
    "--output",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Also write the report, as .json, .csv, .md or .png (curves over depth); may be given again.",
)
@click.option("--card", is_flag=True, help="Write the figures into the checkpoint's model card.")
@common.json_option
@common.ascii_option
@common.device_options
@processes.processes_option
@click.option("--cache-dir", type=click.Path(path_type=Path), help="Keep what is done here; the same command goes on.")
@click.option("--max-time", type=common.Duration(), help="Stop after 9m or 1.5h, with exit code 4; needs --cache-dir.")
def evaluate(task: str, names: tuple[str, ...], **settings: Any) -> int:
    """Measure a checkpoint of TASK: accuracy and coverage of prior rollouts on held-out puzzles.

    \b
    gramsolve eval nqueens --checkpoint nqueens-8x8 --plot
    gramsolve eval nqueens --compare nqueens-8x8 runs/mine/checkpoint --depth 16
    gramsolve eval sudoku --unconditional -n 100000 -o boards.json -o boards.png
    gramsolve eval coloring --elbo --limit 100
    gramsolve eval coloring --diversity --width 20
    gramsolve eval arc --adapt 20s --limit 50 --cache-dir adapted

    With --cache-dir a measurement can be cut short, by --max-time, Ctrl-C or worse, and gone on with: the figures are
    those of one that was not, whatever the number of processes.
    """
    mode = _mode(names, settings)
    adapt.check(settings, ("card",))
    outputs.check(settings["output"], (".json",) if mode == "compare" else outputs.SUFFIXES)
    if settings["max_time"] is not None and settings["cache_dir"] is None:
        raise BadInput("--max-time needs --cache-dir DIR, where the next call finds what this one did")
    if mode == "compare":
        return _compare(task, names, settings)
    threads = processes.threads(settings["threads"], settings["processes"])
    blank = mode == "unconditional"
    solver = common.load_solver(task, settings["variant"], {**settings, "threads": threads}, blank=blank)
    made = {PUZZLES: _puzzles, "unconditional": _unconditional, "elbo": _elbo, "diversity": _spread}[mode](
        solver, settings
    )
    if made is None:
        return 0
    report = {**made.to_dict(), "provenance": _provenance(solver, settings)}
    if settings["card"] and mode == PUZZLES:
        cards.update(made, settings["checkpoint"], settings["limit"], _protocol(settings))
    elif settings["card"]:
        cards.update_drawn(report, settings["checkpoint"])
    for path in settings["output"]:
        outputs.write(report, path)
    if settings["as_json"]:
        common.print_json(report)
    else:
        figures.show(report, **{name: settings[name] for name in ("buckets", "plot", "ascii")})
    return 0


def _mode(names: tuple[str, ...], settings: Mapping[str, Any]) -> str:
    """What is asked for. Raises BadInput for options that do not go together."""
    asked = [mode for mode in MODES if settings[mode]]
    if len(asked) > 1:
        raise BadInput(f"--{asked[0]} and --{asked[1]} are two measurements: give two commands")
    mode = asked[0] if asked else PUZZLES
    if (names and mode != "compare") or (mode == "compare" and len(names) < 2):
        raise BadInput(
            "to compare, name two checkpoints or more: gramsolve eval TASK --compare A B; for one: --checkpoint"
        )
    for name, modes in FITS.items():
        if common.typed(name) and mode not in modes:
            option = f"--{name.replace('_', '-')}"
            if mode == "compare" and name in ("checkpoint", "card", "cache_dir"):
                raise BadInput(f"{option} is for one checkpoint, and --compare for several")
            where = " and ".join(f"--{m}" for m in modes if m != PUZZLES)
            raise BadInput(
                f"{option} means nothing without {where}"
                if mode == PUZZLES
                else f"{option} means nothing with --{mode}"
            )
    return mode


def _shared(settings: Mapping[str, Any], what: str, run: Callable[[WorkShare, Callable[[int, int], None]], Any]) -> Any:
    """What ``run`` makes of this process's share of the work, with a bar."""
    limit = settings["max_time"]
    until = None if limit is None else time.monotonic() + limit
    threads = processes.threads(settings["threads"], settings["processes"])
    with (
        processes.sharing(settings["processes"], folder=settings["cache_dir"], threads=threads, until=until) as share,
        common.bar(what, shown=share.is_leader) as on_progress,
    ):
        return run(share, on_progress)


def _puzzles(solver: Solver, settings: Mapping[str, Any]) -> Any:
    from gramsolve import api

    return _shared(settings, "puzzles", api.evaluation(solver, **_protocol(settings)).run)


def _protocol(settings: Mapping[str, Any]) -> dict[str, Any]:
    """How puzzles are attacked, as ``api.evaluation`` wants it."""
    names = ("protocol", "limit", "seed", "halt", "augment")
    chosen = {name: settings[name] for name in names}
    widths = settings["width"] or WIDTHS
    if settings["adapt"] is not None:
        chosen["adapt"] = adapt.options(settings)
        if not common.typed("augment"):
            chosen["augment"] = max(widths)
    return {**chosen, "widths": widths, "depths": settings["depth"] or DEPTHS}


def _unconditional(solver: Solver, settings: Mapping[str, Any]) -> Any:
    from gramsolve import api

    names = ("number", "seed", "temperature")
    work = api.unconditional(solver, depths=settings["depth"] or DEPTHS, **{name: settings[name] for name in names})
    return _shared(settings, "boards", work.run)


def _elbo(solver: Solver, settings: Mapping[str, Any]) -> Any:
    from gramsolve import api

    trained = _info(solver, settings).training or {}
    beta = float(trained.get("beta", 1.0)) if settings["beta"] is None else settings["beta"]
    depths = settings["depth"] or (int(trained.get("supervision_steps", STEPS)),)
    names = ("protocol", "limit", "seed")
    with common.bar("puzzles") as on_progress:
        chosen = {name: settings[name] for name in names}
        return api.elbo(solver, depths=depths, beta=beta, **chosen, on_progress=on_progress)


def _spread(solver: Solver, settings: Mapping[str, Any]) -> Any:
    from gramsolve import api

    width, depth = max(settings["width"] or WIDTHS), max(settings["depth"] or (STEPS,))
    names = ("protocol", "limit", "seed")
    with common.bar("puzzles") as on_progress:
        chosen = {name: settings[name] for name in names}
        return api.diversity(solver, width=width, depth=depth, **chosen, on_progress=on_progress)


def _compare(task: str, names: tuple[str, ...], settings: dict[str, Any]) -> int:
    """Every checkpoint against the first, on the same puzzles with the same seed."""
    from dataclasses import replace

    from gramsolve import api
    from gramsolve.evaluation import comparison

    threads = processes.threads(settings["threads"], settings["processes"])
    solvers = [
        common.load_solver(task, settings["variant"], {**settings, "checkpoint": name, "threads": threads})
        for name in names
    ]
    protocols = {solver.trained_on for solver in solvers}
    if len({solver.variant for solver in solvers}) > 1:
        raise BadInput(
            f"these are for {' and '.join(sorted({s.variant for s in solvers}))}: compare what solves the same"
        )
    if settings["protocol"] is None and len(protocols) > 1:
        splits = ", ".join(sorted(map(str, protocols)))
        raise BadInput(
            f"they were trained on different splits ({splits}): name one with --protocol, "
            "and remember that its test puzzles may be training puzzles of the others"
        )
    asked = _protocol(settings)
    asked["widths"] = asked["widths"][-1:]
    reports = []
    with processes.sharing(settings["processes"], folder=None, threads=threads, until=None) as share:
        for solver, name in zip(solvers, names, strict=True):
            with common.bar(name, shown=share.is_leader) as on_progress:
                report = api.evaluation(solver, **asked).run(share, on_progress)
            if report is not None:
                reports.append(replace(report, checkpoint=name))
    if not reports:
        return 0
    for path in settings["output"]:
        outputs.write(comparison.to_dict(reports), path)
    if settings["as_json"]:
        common.print_json(comparison.to_dict(reports))
    else:
        figures.show_comparison(reports)
    return 0


def _info(solver: Solver, settings: Mapping[str, Any]) -> Any:
    from gramsolve.checkpoints import store

    return store.find(solver.task.name, solver.variant, settings["checkpoint"])


def _provenance(solver: Solver, settings: Mapping[str, Any]) -> dict[str, Any]:
    from gramsolve.evaluation.provenance import provenance

    arguments = click.get_current_context().find_root().obj or ()
    return provenance(_info(solver, settings), shlex.join(["gramsolve", *arguments]), solver.device)
