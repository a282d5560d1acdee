"""From what a user asks to the plan of a run: preset, architecture, settings, and the checkpoint to start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gramsolve.checkpoints import store
from gramsolve.checkpoints.checkpoint import CheckpointConfig
from gramsolve.config.training import TrainingConfig, leaf_groups
from gramsolve.errors import BadInput
from gramsolve.model.architectures import ARCHITECTURES, settings
from gramsolve.model.build import match_parameters, parameters
from gramsolve.model.config import ModelConfig, leaf_defaults, relevant
from gramsolve.tasks import registry
from gramsolve.tasks.task import Task
from gramsolve.training.distributed import Group
from gramsolve.training.plan import DERIVED, TrainingPlan, parse_setting
from gramsolve.training.run_dir import RunDirectory
from gramsolve.training.train_options import TrainOptions


def resolve(task: Task, options: TrainOptions) -> TrainingPlan:
    """The plan of a new run. Raises BadInput for settings that are unknown or do not fit together."""
    variant = task.variant(options.variant or task.default_variant)
    presets = task.presets(variant.name)
    if options.preset not in presets:
        raise BadInput(f"unknown preset {options.preset!r}: choose from {', '.join(presets)}")
    preset, spec = presets[options.preset], variant.spec
    architecture = options.architecture or preset.architecture
    if architecture not in ARCHITECTURES:
        raise BadInput(f"unknown architecture {architecture!r}: choose from {', '.join(ARCHITECTURES)}")
    ancestor = _ancestor(task, variant.name, options)
    if ancestor is not None:
        architecture = ancestor.provenance.architecture
    model, training = settings(preset, architecture)
    model_overrides, training_overrides = _overrides(options, fixed_model=ancestor is not None)
    training |= training_overrides
    if options.max_updates is not None:
        training["updates"] = options.max_updates
    if options.protocol is not None:
        training["protocol"] = options.protocol
    training["protocol"] = training.get("protocol") or task.protocols[0]
    if ancestor is None:
        shape = {
            "input_vocab": spec.input_vocab,
            "output_vocab": spec.output_vocab,
            "input_length": spec.input_length,
            "output_length": spec.output_length,
            "rows": spec.grid[0],
            "columns": spec.grid[1],
            "rule_ids": 0,
        }
        model = {**shape, **model, **model_overrides}
        if task.capabilities.structure:
            model |= asdict(task.structure(variant.name))
        config = ModelConfig.from_flat(**relevant(model))
        _require_settings_of(config, model_overrides)
    else:
        config = ancestor.model
    if options.match_params is not None:
        config = match_parameters(config, _size(task, options))
    plan = TrainingPlan(
        task=task.name,
        variant=variant.name,
        preset=options.preset,
        architecture=architecture,
        seed=options.seed,
        model=config,
        training=TrainingConfig.from_flat(**training),
    )
    if ancestor is None:
        return plan
    before = ancestor.provenance
    return plan.replace(
        init_from=options.init_from,
        init_commands=(*before.init_commands, before.command),
        # What is not learned, such as z_0, stays as it was drawn for the checkpoint.
        initial_seed=before.seed if before.initial_seed is None else before.initial_seed,
    )


def _overrides(options: TrainOptions, *, fixed_model: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """(model, training) settings of ``--set``."""
    training_names, model_names = set(leaf_groups()), set(leaf_defaults()) - DERIVED
    model: dict[str, Any] = {}
    training: dict[str, Any] = {}
    for name, text in options.overrides.items():
        if name not in training_names | model_names:
            known = ", ".join(sorted(training_names | model_names))
            raise BadInput(f"--set {name}: no such setting; there are {known}")
        if name in model_names and fixed_model:
            raise BadInput(f"--set {name}: the model is that of the checkpoint {options.init_from}")
        (training if name in training_names else model)[name] = parse_setting(text)
    return model, training


def _require_settings_of(config: ModelConfig, overrides: Mapping[str, Any]) -> None:
    """Raises BadInput for a setting of another mixer or method than the model has."""
    for name in overrides:
        if name not in config.flat() and name != "patch":
            raise BadInput(
                f"--set {name}: a model with mixer {config.mixer.name} and method {config.method.name} "
                "has no such setting"
            )


def _ancestor(task: Task, variant: str, options: TrainOptions) -> CheckpointConfig | None:
    """The config of the checkpoint that the run starts from."""
    if options.init_from is None:
        return None
    if options.match_params is not None:
        raise BadInput("--match-params does not go with --init-from: the checkpoint decides the model")
    config = store.read_config(store.find(task.name, variant, options.init_from).path)
    if options.architecture not in (None, architecture := config.provenance.architecture):
        raise BadInput(
            f"--architecture {options.architecture} does not go with --init-from: "
            f"the checkpoint has the architecture {architecture}"
        )
    return config


def _size(task: Task, options: TrainOptions) -> int:
    """The number of parameters that ``match_params`` asks for, by an architecture in the preset or by a number."""
    wanted = str(options.match_params)
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    if wanted not in ARCHITECTURES:
        raise BadInput(
            f"--match-params takes a number of parameters or one of {', '.join(ARCHITECTURES)}, not {wanted!r}"
        )
    other = resolve(task, replace(options, architecture=wanted, overrides={}, match_params=None))
    return parameters(other.model)


def check(name: str, options: TrainOptions, processes: int) -> None:
    """Raises what a run on so many processes would, as far as that is known before it starts."""
    task = registry.load(name)
    plan = RunDirectory(options.run_dir or default_directory(task, options)).plan() if options.resume else None
    Group(0, processes).require((plan or resolve(task, options)).training)


def default_directory(task: Task, options: TrainOptions) -> Path:
    """Where a run is kept unless the user names a directory."""
    words = [task.name, options.variant or task.default_variant, options.preset]
    preset = task.presets(words[1]).get(options.preset)
    usual = preset is None or options.architecture in (None, preset.architecture)
    return Path("runs") / "-".join([*words, *([] if usual else [str(options.architecture)])])
