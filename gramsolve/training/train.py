"""A training run from options to checkpoint: plan, resume, report, save."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gramsolve import device as devices
from gramsolve.checkpoints import loading, store
from gramsolve.checkpoints.checkpoint import CheckpointConfig, Provenance
from gramsolve.config.training import TrainingConfig
from gramsolve.data import cache
from gramsolve.errors import BadInput, GramsolveError
from gramsolve.model.build import Model, build
from gramsolve.model.config import ModelConfig
from gramsolve.model.network import GRAM
from gramsolve.tasks.task import Task
from gramsolve.training import autotune, heartbeat, tensorboard
from gramsolve.training.card import card
from gramsolve.training.distributed import join, share_of_threads
from gramsolve.training.metrics import TrainingMetrics
from gramsolve.training.plan import command, resolve, usual_directory
from gramsolve.training.run_dir import RunDirectory
from gramsolve.training.sampler import Sampler
from gramsolve.training.token_trainer import TokenTrainer
from gramsolve.training.train_options import TrainOptions, TrainResult
from gramsolve.training.trainer import Trainer
from gramsolve.training.trainer_base import TrainerBase
from gramsolve.training.validation import TokenValidation, Validation, warnings

SAVE_SECONDS = 30.0
SAVE_SHARE = 0.05
"""A state is saved every half minute, or less often where that would take more than this share of the time: the
paper's sizes carry gigabytes."""
REPORT_SECONDS = 1.0
DIVERGED = 100.0
"""Nats of cross-entropy a token: guessing costs less than 6 whatever the vocabulary."""
SHIP_SECONDS = 20.0
"""Checkpoints are written at held-out checks, but no more often than this: somebody may be watching the model."""


class TrainingSession:
    """One process's share of a run."""

    def __init__(self, task: Task, options: TrainOptions) -> None:
        self.task, self.options, self.born = task, options, time.monotonic()
        devices.use_threads(options.threads)  # also says at once when they are no number
        devices.keep_memory()
        if options.tensorboard:
            tensorboard.require()
        self.group, self.device = join(options.device)
        self.run_dir = RunDirectory(options.run_dir or usual_directory(task, options))
        self.resumes = options.resume or (self.group.restarted and self.run_dir.plan_path.exists())
        if self.resumes:
            self.plan = self.run_dir.plan()
            if self.plan["task"] != task.name:
                raise BadInput(f"{self.run_dir.path} holds a run of {self.plan['task']}, not {task.name}")
        else:
            self.plan = resolve(task, options)
            self.run_dir.require_vacant()
        self.tunes_precision = not self.resumes and self.plan["training"]["precision"] == "auto"
        if self.tunes_precision:
            self.plan["training"]["precision"] = self.group.agree(autotune.precision(self.device))
        self.variant, seed = str(self.plan["variant"]), int(self.plan["seed"])
        self.config = TrainingConfig.from_flat(**self.plan["training"])
        if self.group.leads:
            cache.dataset(task, self.variant, self.config.data.protocol)
        self.group.agree(None)  # One builds the data set, then all read it.
        data = cache.dataset(task, self.variant, self.config.data.protocol)
        self.rule_ids = list(data.rule_ids)
        if not self.resumes:
            self.plan["model"]["rule_ids"] = len(data.rule_ids)
        shape = ModelConfig.from_dict(self.plan["model"])
        if shape.rule_ids != len(data.rule_ids):
            raise BadInput(f"the data has changed since {self.run_dir.path} was started: start a new run")
        spec = task.variant(self.variant).spec
        pad = spec.pad

        def score(inputs: Any, outputs: Any, targets: Any) -> Any:
            return task.score(self.variant, np.ascontiguousarray(inputs[:, : spec.input_length]), outputs, targets)

        def canonical(inputs: Any, outputs: Any) -> Any:
            return task.canonical(self.variant, np.ascontiguousarray(inputs[:, : spec.input_length]), outputs)

        sampler = Sampler(
            task,
            self.variant,
            data.train,
            seed=seed,
            unconditional_share=self.config.data.unconditional_share,
            augment=self.config.data.augment,
            clue_dropout=self.config.data.clue_dropout,
            clue_dropout_share=self.config.data.clue_dropout_share,
            balanced_targets=self.config.rollouts.balanced_targets,
            rename=shape.mixer == "message_passing",
        )
        initial_seed = int(self.plan.get("initial_seed", seed))
        model: Model = build(shape, initial_seed)
        if "weights" in self.plan and not self.resumes:
            model.load_state_dict(self._ancestor(shape).state_dict())
        common: dict[str, Any] = {"pad": pad, "seed": seed, "device": self.device, "group": self.group}
        self.trainer: TrainerBase
        if isinstance(model, GRAM):
            self.trainer = Trainer(model, self.config, sampler, score, **common)
        else:
            self.trainer = TokenTrainer(model, self.config, sampler, **common)
        self.execution = self._prepare()
        self.config = self.trainer.config
        self.plan["training"]["precision"] = self.config.execution.precision
        if not self.resumes and self.group.leads:
            self.run_dir.start({**self.plan, "execution": self.execution.to_dict()})
        monitor = Validation if isinstance(model, GRAM) else TokenValidation
        self.monitor = monitor(data.test, self.config, score, canonical, pad=pad, device=self.device)
        self.examined = build(shape, initial_seed).to(self.device).eval()
        self.before = self.run_dir.load(self.trainer) if self.resumes else 0.0
        if self.resumes and self.group.leads:
            self.run_dir.tidy()
            self.run_dir.forget_after(self.trainer.done)
        self.kept = self.trainer.done  # The update whose state is on the disk, 0 where none is.
        self.last: TrainingMetrics | None = None
        self.board: tensorboard.Board | None = None
        if options.tensorboard and self.group.leads:
            self.board = tensorboard.Board(self.run_dir.path, self.trainer.done)

    def _ancestor(self, shape: ModelConfig) -> Model:
        """The model that this run goes on from."""
        info = store.find(self.task.name, self.variant, str(self.plan["weights"]))
        model, checkpoint = loading.load(self.task, info)
        if model.config != shape or list(checkpoint.rule_ids) != self.rule_ids:
            raise BadInput(f"checkpoint {info.name} knows other rules than this data has: it cannot go on with it")
        return model

    def _prepare(self) -> autotune.Execution:
        """Set the trainer up for this machine: as the run has been going, or as it goes fastest."""
        options, before = self.options, self.plan.get("execution")
        threads, compile = share_of_threads(options.threads), options.compile
        if before is not None:
            threads = threads or int(before["threads"])
            compile = compile if compile != "auto" else "on" if before["compile"] else "off"
        tunes_precision = self.tunes_precision and self.device.type == "cpu"
        found = autotune.choose(
            self.trainer, compile=compile, threads=threads, seconds=options.max_seconds, fp32_too=tunes_precision
        )
        use, precision = self.group.agree((found.compile, found.precision))
        if found.compile != use:
            self.trainer.compile(use)
        if found.precision != precision:
            self.trainer.set_precision(precision=precision)
        return found

    def run(self, on_report: Callable[[TrainingMetrics], None], stop: Callable[[], bool]) -> TrainResult:
        """Update until the plan is done, the time is up or ``stop`` says so; saved every half minute or so.

        The time counts from when this session was made: preparing is a part of what a user waits for.
        """
        self._now = heartbeat.Heartbeat(self.trainer.done, self.config.schedule.updates, self.before)
        self._tell()
        try:
            return self._run(on_report, stop)
        except KeyboardInterrupt:
            self._tell(state="stopped")
            raise
        except Exception as error:
            self._tell(state="failed", words=(str(error) or type(error).__name__).splitlines()[0])
            raise

    def _run(self, on_report: Callable[[TrainingMetrics], None], stop: Callable[[], bool]) -> TrainResult:
        trainer, config, limit = self.trainer, self.config, self.options.max_seconds
        started = saved = reported = time.monotonic()
        pause = SAVE_SECONDS
        shipped = -SHIP_SECONDS
        first = last_done = trainer.done
        while trainer.done < config.schedule.updates:
            loss, ce = trainer.update()
            now = time.monotonic()
            checked = trainer.done % config.validation.eval_every == 0 or trainer.done == config.schedule.updates
            if self.group.leads and (checked or now - reported >= REPORT_SECONDS):
                self._must_converge(loss, ce)
                rate = (trainer.done - last_done) / max(now - reported, 1e-9)
                report = self._report(float(loss), self.before + now - started, rate, checked)
                if checked:
                    self.run_dir.log(report)
                    if self.board is not None:
                        self.board.write(report)
                    self.last = report
                    if trainer.done < config.schedule.updates and now - shipped >= SHIP_SECONDS:
                        self._ship(report.seconds, self.run_dir.path / "checkpoint")
                        shipped = time.monotonic()
                left = None if limit is None else max(0.0, limit - (now - self.born))
                self._tell(update=trainer.done, seconds=report.seconds, rate=rate, loss=report.loss, limit=left)
                on_report(report)
                reported, last_done = time.monotonic(), trainer.done
            late = limit is not None and now - self.born >= limit
            save, leave = self.group.any(now - saved >= pause, stop() or late)
            if save:
                saved = time.monotonic()
                self._save(self.before + saved - started)
                pause = max(SAVE_SECONDS, (time.monotonic() - saved) / SAVE_SHARE)
            if leave:
                break
        seconds = self.before + time.monotonic() - started
        if trainer.done > first or not self.run_dir.state_path.exists():
            self._save(seconds)
        finished, checkpoint = (
            trainer.done >= config.schedule.updates,
            self.options.output or self.run_dir.path / "checkpoint",
        )
        if self.group.leads:
            self._ship(seconds, checkpoint)
        self._tell(update=trainer.done, seconds=seconds, state="finished" if finished else "saved")
        self.group.agree(None)
        self.group.leave()
        return TrainResult(
            self.run_dir.path, checkpoint, trainer.done, config.schedule.updates, finished, seconds, self.last
        )

    def _save(self, seconds: float) -> None:
        carry = self.trainer.carry_state_dict()
        if self.group.leads:
            norms = torch.stack(torch._foreach_norm(list(self.trainer.model.parameters())))
            if not bool(norms.isfinite().all()):
                raise self._diverged("weights are no longer numbers")
            self.run_dir.save(self.trainer, carry, seconds)
            self.kept = self.trainer.done

    def _tell(self, **news: Any) -> None:
        """Leave word in the run directory for whoever watches."""
        self._now = replace(self._now, **news)
        if self.group.leads:
            heartbeat.write(self.run_dir.path, self._now)

    def _must_converge(self, loss: Tensor, ce: Tensor) -> None:
        if not bool(torch.isfinite(loss)):
            raise self._diverged("the loss is no longer a number")
        if (nats := float(ce)) > DIVERGED:
            raise self._diverged(f"a token costs {nats:,.0f} nats where guessing costs less than 6")

    def _diverged(self, how: str) -> GramsolveError:
        config = self.config
        lower = {name: getattr(config.optimization, name) / 3 for name in ("lr", "adam_lr")}
        if config.optimization.optimizer != "muon":
            del lower["lr"]
        advice = " ".join(f"--set {name}={rate:.2g}" for name, rate in lower.items())
        exact = "" if config.execution.precision == "fp32" else ", or --set precision=fp32"
        state = (
            f"the state of update {self.kept:,} stands in {self.run_dir.path}"
            if self.kept
            else "no state was saved yet"
        )
        return GramsolveError(
            f"training diverged by update {self.trainer.done:,}: {how}; {state}; start a new run with {advice}{exact}"
        )

    def _report(self, loss: float, seconds: float, rate: float, checked: bool) -> TrainingMetrics:
        done, config = self.trainer.done, self.config
        report = TrainingMetrics(
            done, config.schedule.updates, seconds, rate, loss, utilisation=self.execution.utilisation(rate)
        )
        if not checked:
            return report
        self.trainer.average.copy_to(self.examined)
        found = self.monitor.examine(self.examined)
        length = self.trainer.model.config.length
        return replace(report, **asdict(found), warnings=warnings(found, config, update=done, length=length))

    def _ship(self, seconds: float, directory: Path) -> Path:
        """Write the averaged weights as a checkpoint."""
        self.trainer.average.copy_to(self.examined)
        tensors = {k: v.detach().cpu().contiguous() for k, v in self.examined.state_dict().items()}
        # Threads and compilation change the last bits, so they belong to the command.
        how = f" --threads {self.execution.threads} --compile {'on' if self.execution.compile else 'off'}"
        # The distance to one target says nothing about a drawing.
        measured = self.last is not None and self.task.capabilities.conditional
        provenance = Provenance(
            command=command(self.task, self.plan) + how,
            preset=self.plan["preset"],
            architecture=self.plan["architecture"],
            seed=int(self.plan["seed"]),
            initial_seed=self.plan.get("initial_seed"),
            updates_done=self.trainer.done,
            seconds=round(seconds, 1),
            device=str(self.device),
            machine=platform.machine(),
            threads=self.execution.threads,
            torch=str(torch.__version__),
            held_out_accuracy=self.last.prior_accuracy if measured and self.last is not None else (),
            init_commands=tuple(self.plan.get("init_commands", ())),
        )
        config = CheckpointConfig(
            self.task.name,
            self.variant,
            self.task.variant(self.variant).spec.digest(),
            self.trainer.model.config,
            self.config,
            provenance,
            tuple(self.rule_ids),
        )
        parameters = sum(p.numel() for p in self.examined.parameters())
        store.write(directory, tensors, config, card(self.task, config, parameters))
        return directory
