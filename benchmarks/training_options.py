"""What each option of training is worth: 4x4 Sudoku, one change at a time, two seeds, one CPU thread.

    python benchmarks/training_options.py [--updates 600] [-o FILE]

Every run has the same updates, batch and sizes and is measured alike, by prior rollouts on the same held-out puzzles.
Two seeds distinguish large differences from chance, and no more. The last row combines what won. Prints a Markdown
table; finished runs are not done again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "runs" / "options"
BASE = (
    "width=64",
    "hidden=128",
    "mixer=sequence",
    "ema=0.99",
    "self_correction=0",
    "prior_share=0.25",
    "eval_inputs=16",
)
OPTIONS: dict[str, tuple[str, ...]] = {
    "as it is": (),
    "AdamW, 3e-3": ("optimizer=adamw",),
    "Muon at 6e-3": ("lr=0.006",),
    "normed SwiGLU": ("gate=normed",),
    "attention": ("mixer=attention",),
    "attention, QK-norm": ("mixer=attention", "qk_norm=true"),
    "symbols share weights (message_passing)": ("mixer=message_passing",),
    "cosine decay over all of the plan": ("decay=1.0", "decay_shape=cosine"),
    "EMA over a tenth of the plan": ("ema_horizon=0.1",),
    "beta from 0.5 to 1": ("beta=0.5", "beta_final=1.0"),
    "symmetries (augment)": ("augment=true",),
    "up to half of the givens blanked": ("clue_dropout=0.5",),
    "self-correction 0.7 of half": ("self_correction=0.7", "prior_share=0.5"),
    "6e-3, beta from 0.5, givens blanked": ("lr=0.006", "beta=0.5", "beta_final=1.0", "clue_dropout=0.5"),
}
PUZZLES, WIDTH, DEPTHS = 150, 5, (4, 16)


def gramsolve(*words: str) -> str:
    command = [sys.executable, "-m", "gramsolve", *words]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def measured(name: str, settings: tuple[str, ...], seed: int, updates: int) -> dict[str, Any]:
    """The report of one run, trained and measured if it is not there."""
    folder = RUNS / f"{'-'.join(name.replace(',', '').split())}-{updates}-{seed}"
    report = folder / "report.json"
    if not report.exists():
        # Later settings win, so that an option may change what all runs have.
        chosen = {value.split("=")[0]: value for value in (*BASE, f"eval_every={updates}", *settings)}
        words = [word for value in chosen.values() for word in ("--set", value)]
        run = str(folder.relative_to(ROOT))
        begun = (folder / "plan.json").exists()
        plan = ["--variant", "4x4", "--seed", str(seed), "--threads", "1", "--max-updates", str(updates), *words]
        gramsolve("train", "sudoku", "--run-dir", run, *(["--resume"] if begun else plan))
        told = gramsolve(
            *("eval", "sudoku", "--checkpoint", f"{run}/checkpoint", "--limit", str(PUZZLES), "--seed", "0"),
            *("--width", str(WIDTH), "--depth", ",".join(map(str, DEPTHS)), "--threads", "1", "--json"),
        )
        report.write_text(told)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, help="write the table here too")
    options = parser.parse_args()
    lines = ["| option | after 4 steps, % | after 16 steps, % | coverage@5 | updates/s |", "| --- |" + " ---: |" * 4]
    for name, settings in OPTIONS.items():
        reports = [measured(name, settings, seed, options.updates) for seed in range(options.seeds)]
        cells = []
        for depth in DEPTHS:
            rows = [row for report in reports for row in report["rows"] if row["depth"] == depth]
            cells.append(" / ".join(f"{100 * row['accuracy']:.1f}" for row in rows))
        covered = " / ".join(f"{row['coverage']:.3f}" for row in rows)
        rates = [options.updates / report["provenance"]["model"]["training_seconds"] for report in reports]
        lines.append(f"| {name} | {' | '.join(cells)} | {covered} | {' / '.join(f'{rate:.1f}' for rate in rates)} |")
        print(lines[-1], flush=True)
    if options.output is not None:
        options.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
