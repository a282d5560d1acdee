"""Training, from a request to a checkpoint. The loop is in this file; what it calls is named for what it does.

``prepare`` takes the steps before the loop, ``Trainer.update`` computes one update, ``Recorder`` reports and saves.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gramsolve.tasks.task import Task
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.prepare import TrainingRun, prepare
from gramsolve.training.recorder import Recorder
from gramsolve.training.train_options import TrainOptions, TrainResult


def train(
    task: Task, options: TrainOptions, on_metrics: Callable[[TrainingMetrics], None], stop: Callable[[], bool]
) -> TrainResult:
    """Train until the plan is done, the time is up or ``stop`` returns True. The time counts from here: preparation is
    a part of what a user waits for."""
    started = time.monotonic()
    run = prepare(task, options)
    with Recorder(run, started, on_metrics) as recorder:
        return loop(run, recorder, stop)


def loop(run: TrainingRun, recorder: Recorder, stop: Callable[[], bool]) -> TrainResult:
    """The training loop. ``stop`` is asked after every update."""
    trainer, group, config, state = run.trainer, run.group, run.plan.training, run.state
    updates, eval_every = config.schedule.updates, config.validation.eval_every
    while state.update < updates:
        batch, noise = trainer.batch(state), trainer.noise(state)
        state, metrics = trainer.update(state, batch, noise)
        check = state.update % eval_every == 0 or state.update == updates
        if group.is_leader and (check or recorder.report_is_due()):
            recorder.report(state, metrics, check=check)
        save, leave = group.any(recorder.save_is_due(), stop() or recorder.time_is_up())
        if save:
            recorder.save(state)
        if leave:
            break
    return recorder.finish(state)
