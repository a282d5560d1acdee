"""Time to accuracy: 8 queens from random weights to 99.7 % of trajectories right and 97 % of solutions covered.

    python benchmarks/time_to_accuracy.py [--seeds 1] [--threads N] [--compile auto] [--limit N] [--set KEY=VALUE ...]

Trains the ``quick`` preset on the paper's split, on a GPU if there is one, else on all cores, and measures the weights
at its end on held-out inputs: 20 prior trajectories of 16 steps each, no validator. The minutes are those of the whole
command, its start and its own checks included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import harness

# The harness limits everybody to one core; this is about all of them.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.pop(name, None)


def gramsolve(*words: str) -> str:
    command = [sys.executable, "-m", "gramsolve", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def measured(seed: int, threads: int | None, limit: int | None, compile: str, extra: list[str]) -> dict[str, Any]:
    """One run: its minutes, and what its weights are worth."""
    with tempfile.TemporaryDirectory() as folder:
        run = str(Path(folder) / "run")
        words = ["--variant", "8x8", "--preset", "quick", "--seed", str(seed), "--run-dir", run]
        cores = [] if threads is None else ["--threads", str(threads)]
        words += ["--compile", compile, *cores, *[word for value in extra for word in ("--set", value)]]
        began = time.monotonic()
        gramsolve("train", "nqueens", *words)
        minutes = (time.monotonic() - began) / 60
        measure = ["--checkpoint", f"{run}/checkpoint", "--width", "20", "--depth", "16", "--seed", "0", "--json"]
        measure += [*cores, *(["--limit", str(limit)] if limit else [])]
        report = json.loads(gramsolve("eval", "nqueens", *measure))
    row = report["rows"][-1]
    kept = {name: row[name] for name in ("accuracy", "accuracy_error", "any_valid", "coverage", "coverage_error")}
    origin = report["provenance"]
    updates, on = origin["model"]["updates"], origin["hardware"].get("accelerator", "cpu")
    return {"seed": seed, "minutes": minutes, "updates": updates, "inputs": report["instances"], "on": on, **kept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, help="instead of all cores")
    parser.add_argument("--compile", default="auto", choices=["auto", "on", "off"])
    parser.add_argument("--limit", type=int, help="measure so many of the 773 test inputs")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="on top of the preset")
    options = parser.parse_args()
    about = harness.machine()
    threads = options.threads or about["cores"]
    print(f"8 queens, {threads} threads  ({about['cpu']}, Python {about['python']})\n")
    print("| seed | updates | minutes | on | test inputs | one trajectory | any of 20 | coverage@20 |")
    print("| ---: | ---: | ---: | --- |" + " ---: |" * 4)
    for seed in range(options.seeds):
        row = measured(seed, options.threads, options.limit, options.compile, options.set)
        accuracy = f"{100 * row['accuracy']:.2f} ± {100 * row['accuracy_error']:.2f} %"
        covered = f"{row['coverage']:.3f} ± {row['coverage_error']:.3f}"
        print(
            f"| {seed} | {row['updates']:,} | {row['minutes']:.2f} | {row['on']} | {row['inputs']} | {accuracy} |"
            f" {100 * row['any_valid']:.1f} % | {covered} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
