"""What a run is to do, as plain JSON values: from options and presets, and back to the command that says it again."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gramsolve.checkpoints import store
from gramsolve.checkpoints.checkpoint import CheckpointConfig
from gramsolve.config.training import TrainingConfig, leaf_groups
from gramsolve.errors import BadInput
from gramsolve.model.architectures import ARCHITECTURES, settings
from gramsolve.model.build import match_parameters, parameters
from gramsolve.model.config import SYMBOLIC, ModelConfig
from gramsolve.tasks import registry
from gramsolve.tasks.symmetry import Structure
from gramsolve.tasks.task import Task
from gramsolve.training.distributed import Group
from gramsolve.training.run_dir import RunDirectory
from gramsolve.training.train_options import TrainOptions

GIVEN = {"rule_ids", *Structure.__dataclass_fields__}
"""Settings of the model that follow from the data and the task, and that nobody sets."""


def resolve(task: Task, options: TrainOptions) -> dict[str, Any]:
    """The plan of a new run: everything that decides its result, as plain JSON values."""
    variant = task.variant(options.variant or task.default_variant)
    presets = task.presets(variant.name)
    if options.preset not in presets:
        raise BadInput(f"unknown preset {options.preset!r}: choose from {', '.join(presets)}")
    preset, spec = presets[options.preset], variant.spec
    usual = options.architecture or preset.architecture
    if usual not in ARCHITECTURES:
        raise BadInput(f"unknown architecture {usual!r}: choose from {', '.join(ARCHITECTURES)}")
    ancestor = _ancestor(task, variant.name, options)
    shape = {
        "input_vocab": spec.input_vocab,
        "output_vocab": spec.output_vocab,
        "input_length": spec.input_length,
        "output_length": spec.output_length,
        "rows": spec.grid[0],
        "columns": spec.grid[1],
        "rule_ids": 0,
    }
    architecture = usual if ancestor is None else ancestor.provenance.architecture
    model, training = settings(preset, architecture)
    model = {**shape, **model} if ancestor is None else ancestor.model.to_dict()
    leaves = {TrainingConfig: set(leaf_groups()), ModelConfig: set(ModelConfig.__dataclass_fields__)}
    for key, text in options.overrides.items():
        known = next((kind for kind, names in leaves.items() if key in names), None)
        if known is None or key in shape or key in Structure.__dataclass_fields__:
            names = sorted(set().union(*leaves.values()) - {*shape, *Structure.__dataclass_fields__})
            raise BadInput(f"--set {key}: no such setting; there are {', '.join(names)}")
        if known is ModelConfig and ancestor is not None:
            raise BadInput(f"--set {key}: the model is that of the checkpoint {options.weights}")
        (training if known is TrainingConfig else model)[key] = plain(text)
    if ancestor is None and model.get("mixer") in SYMBOLIC and task.capabilities.structure:
        model |= asdict(task.structure(variant.name))
    if options.max_updates is not None:
        training["updates"] = options.max_updates
    if options.protocol is not None:
        training["protocol"] = options.protocol
    training["protocol"] = training.get("protocol") or task.protocols[0]
    config = ModelConfig.from_dict(model)
    if options.match is not None:
        config = match_parameters(config, _size(task, options))
    plan = {
        "task": task.name,
        "variant": variant.name,
        "preset": options.preset,
        "architecture": architecture,
        "seed": options.seed,
        "model": config.to_dict(),
        "training": TrainingConfig.from_flat(**training).flat(),
    }
    if ancestor is not None:
        plan["weights"] = options.weights
        before = ancestor.provenance
        plan["init_commands"] = [*before.init_commands, before.command]
        # What is not learned, such as z_0, stays as it was drawn then.
        plan["initial_seed"] = before.seed if before.initial_seed is None else before.initial_seed
    return plan


def _ancestor(task: Task, variant: str, options: TrainOptions) -> CheckpointConfig | None:
    """The config of the checkpoint that the run starts from."""
    if options.weights is None:
        return None
    if options.match is not None:
        raise BadInput("--match-params does not go with --init-from: the checkpoint decides the model")
    config = store.read_config(store.find(task.name, variant, options.weights).path)
    if options.architecture not in (None, architecture := config.provenance.architecture):
        raise BadInput(
            f"--architecture {options.architecture} does not go with --init-from: "
            f"the checkpoint has the architecture {architecture}"
        )
    return config


def _size(task: Task, options: TrainOptions) -> int:
    """The number of parameters that ``options.match`` asks for, by an architecture in the preset or by a number."""
    wanted = str(options.match)
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    if wanted not in ARCHITECTURES:
        raise BadInput(
            f"--match-params takes a number of parameters or one of {', '.join(ARCHITECTURES)}, not {wanted!r}"
        )
    other = resolve(task, replace(options, architecture=wanted, overrides={}, match=None))
    return parameters(ModelConfig.from_dict(other["model"]))


def check(name: str, options: TrainOptions, processes: int) -> None:
    """Raises what a run on so many processes would, as far as that is known before it begins."""
    task = registry.load(name)
    plan = RunDirectory(options.run_dir or usual_directory(task, options)).plan() if options.resume else None
    training = (plan or resolve(task, options))["training"]
    Group(0, processes).require(TrainingConfig.from_flat(**training))


def usual_directory(task: Task, options: TrainOptions) -> Path:
    words = [task.name, options.variant or task.default_variant, options.preset]
    preset = task.presets(words[1]).get(options.preset)
    usual = preset is None or options.architecture in (None, preset.architecture)
    return Path("runs") / "-".join([*words, *([] if usual else [str(options.architecture)])])


def command(task: Task, plan: dict[str, Any]) -> str:
    """The command line that starts a run with this plan again, settings that differ from the preset included."""
    training = plan["training"]
    options = TrainOptions(
        variant=plan["variant"],
        preset=plan["preset"],
        architecture=plan["architecture"],
        protocol=training["protocol"],
        max_updates=training["updates"],
        seed=plan["seed"],
        weights=plan.get("weights"),
    )
    words = [f"gramsolve train {task.name} --variant {options.variant} --preset {options.preset}"]
    if options.weights is not None:
        words.append(f"--init-from {options.weights}")
    elif options.architecture != task.presets(plan["variant"])[plan["preset"]].architecture:
        words.append(f"--architecture {options.architecture}")
    words.append(f"--protocol {options.protocol} --max-updates {options.max_updates} --seed {options.seed}")
    usual = resolve(task, options)
    for part in ("model", "training"):
        unusual = {k: v for k, v in plan[part].items() if usual[part].get(k) != v and k not in GIVEN}
        words += [f"--set {k}={plain_text(v)}" for k, v in unusual.items()]
    return " ".join(words)


def plain_text(value: Any) -> str:
    """The inverse of ``plain``."""
    return value if isinstance(value, str) else json.dumps(value)


def plain(text: str) -> Any:
    """``key=value`` texts: JSON where it parses (numbers, true, false), else the text itself."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float | bool | str) else text
