"""The named steps before the loop: process, plan, data, model, trainer, measurement of the machine, stored state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from gramsolve import device as devices
from gramsolve.checkpoints import loading, store
from gramsolve.data import cache
from gramsolve.errors import BadInput
from gramsolve.model.build import Model, build
from gramsolve.tasks.data import Dataset
from gramsolve.tasks.task import Task
from gramsolve.training import autotune, tensorboard
from gramsolve.training.distributed import Group, join, share_of_threads
from gramsolve.training.plan import Execution, TrainingPlan
from gramsolve.training.resolve import default_directory, resolve
from gramsolve.training.run_dir import RunDirectory
from gramsolve.training.sampler import Sampler
from gramsolve.training.scoring import canonical_function, score_function
from gramsolve.training.token_trainer import TokenTrainer
from gramsolve.training.train_options import TrainOptions
from gramsolve.training.train_state import TrainState
from gramsolve.training.trainer import Trainer
from gramsolve.training.trainer_base import TrainerBase
from gramsolve.training.validation import TokenValidation, Validation


@dataclass(frozen=True)
class TrainingRun:
    """One process's share of a run that is ready for its loop.

    ``state`` is the state before the first update of this session, and ``seconds`` the training time of earlier
    sessions. ``eval_model`` takes the averaged weights for held-out checks and checkpoints.
    """

    task: Task
    options: TrainOptions
    plan: TrainingPlan
    group: Group
    device: torch.device
    run_dir: RunDirectory
    rule_names: tuple[str, ...]
    trainer: TrainerBase[Any, Any]
    execution: Execution
    validation: Validation
    eval_model: Model
    state: TrainState
    seconds: float


def prepare(task: Task, options: TrainOptions) -> TrainingRun:
    """Everything before the loop. Measures the machine and may compile the model, which takes minutes; a new run writes
    its plan. Raises BadInput for requests that cannot be met, before anything is written."""
    set_up_process(options)
    group, device = join(options.device)
    run_dir = RunDirectory(options.run_dir or default_directory(task, options))
    resumes = options.resume or (group.restarted and run_dir.plan_path.exists())
    plan = stored_plan(task, run_dir) if resumes else new_plan(task, options, run_dir)
    tunes_precision = plan.training.execution.precision == "auto" and not resumes
    if tunes_precision:
        plan = with_precision(plan, group.broadcast(autotune.precision(device)))
    data = load_data(task, plan, group)
    plan = require_rules(plan, data, run_dir, resumes=resumes)
    trainer = make_trainer(task, plan, data, device, group)
    model = build(plan.model, initial_seed(plan))
    if plan.init_from is not None and not resumes:
        model.load_state_dict(initial_weights(task, plan, data))
    execution = tune(trainer, model, plan, options, tunes_precision=tunes_precision)
    plan = with_precision(plan, trainer.config.execution.precision).replace(execution=execution)
    if group.is_leader and not resumes:
        run_dir.start(plan)
    state, seconds = trainer.initial_state(model), 0.0
    if resumes:
        state, seconds = run_dir.load(trainer, state)
        if group.is_leader:
            run_dir.tidy()
            run_dir.forget_after(state.update)
    return TrainingRun(
        task=task,
        options=options,
        plan=plan,
        group=group,
        device=device,
        run_dir=run_dir,
        rule_names=tuple(data.rule_ids),
        trainer=trainer,
        execution=execution,
        validation=make_validation(task, plan, data, device),
        eval_model=build(plan.model, initial_seed(plan)).to(device).eval(),
        state=state,
        seconds=seconds,
    )


def set_up_process(options: TrainOptions) -> None:
    """Settings of the whole process: threads and memory. Raises BadInput and Missing for what this machine lacks."""
    devices.use_threads(options.threads)
    devices.keep_memory()
    if options.tensorboard:
        tensorboard.require()


def new_plan(task: Task, options: TrainOptions, run_dir: RunDirectory) -> TrainingPlan:
    """The plan that the options ask for, in a directory without a run."""
    plan = resolve(task, options)
    run_dir.require_vacant()
    return plan


def stored_plan(task: Task, run_dir: RunDirectory) -> TrainingPlan:
    """The plan of the run to resume."""
    plan = run_dir.plan()
    if plan.task != task.name:
        raise BadInput(f"{run_dir.path} holds a run of {plan.task}, not {task.name}")
    return plan


def with_precision(plan: TrainingPlan, precision: str) -> TrainingPlan:
    return plan.replace(training=plan.training.replace(precision=precision))


def load_data(task: Task, plan: TrainingPlan, group: Group) -> Dataset:
    """The data set of the plan. One process builds it, then all read it."""
    name = plan.variant, plan.training.data.protocol
    if group.is_leader:
        cache.dataset(task, *name)
    group.broadcast(None)
    return cache.dataset(task, *name)


def require_rules(plan: TrainingPlan, data: Dataset, run_dir: RunDirectory, *, resumes: bool) -> TrainingPlan:
    """The plan with an embedding for each rule of the data. Raises BadInput where a resumed run has others."""
    if not resumes:
        plan = plan.replace(model=plan.model.replace(rule_ids=len(data.rule_ids)))
    if plan.model.rule_ids != len(data.rule_ids):
        raise BadInput(f"the data has changed since {run_dir.path} was started: start a new run")
    return plan


def initial_seed(plan: TrainingPlan) -> int:
    return plan.seed if plan.initial_seed is None else plan.initial_seed


def initial_weights(task: Task, plan: TrainingPlan, data: Dataset) -> dict[str, torch.Tensor]:
    """The weights of the checkpoint that the run starts from."""
    info = store.find(task.name, plan.variant, plan.init_from)
    model, checkpoint = loading.load(task, info)
    if model.config != plan.model or list(checkpoint.rule_ids) != list(data.rule_ids):
        raise BadInput(f"checkpoint {info.name} knows other rules than this data has: a run cannot start from it")
    return model.state_dict()


def make_trainer(
    task: Task, plan: TrainingPlan, data: Dataset, device: torch.device, group: Group
) -> TrainerBase[Any, Any]:
    """The trainer of the plan's model."""
    sampler = Sampler.of(task, plan.variant, data.train, plan.model, plan.training, seed=plan.seed)
    common: dict[str, Any] = {"pad": task.variant(plan.variant).spec.pad, "seed": plan.seed, "device": device}
    if plan.model.method.name == "recursive":
        score = score_function(task, plan.variant)
        return Trainer(plan.training, sampler, score, **common, group=group)
    return TokenTrainer(plan.training, sampler, **common, group=group)


def make_validation(task: Task, plan: TrainingPlan, data: Dataset, device: torch.device) -> Validation:
    """The held-out check of the plan's model."""
    kind = Validation if plan.model.method.name == "recursive" else TokenValidation
    score, canonical = score_function(task, plan.variant), canonical_function(task, plan.variant)
    pad = task.variant(plan.variant).spec.pad
    return kind(data.test, plan.training, score, canonical, pad=pad, device=device)


def tune(
    trainer: TrainerBase[Any, Any], model: Model, plan: TrainingPlan, options: TrainOptions, *, tunes_precision: bool
) -> Execution:
    """Set the trainer up for this machine: as the run has been going, or as it goes fastest."""
    threads, compile, before = share_of_threads(options.threads), options.compile, plan.execution
    if before is not None:
        threads = threads or before.threads
        compile = compile if compile != "auto" else "on" if before.compile else "off"
    found = autotune.choose(
        trainer,
        trainer.initial_state(model),
        compile=compile,
        threads=threads,
        seconds=options.max_seconds,
        fp32_too=tunes_precision and trainer.device.type == "cpu",
    )
    use, precision = trainer.group.broadcast((found.compile, found.precision))
    if found.compile != use:
        trainer.compile(use)
    if found.precision != precision:
        trainer.set_precision(precision)
    return found
