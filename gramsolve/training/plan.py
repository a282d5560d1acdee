"""What a run is to do, as plain JSON values: from options and presets, and back to the command that says it again."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from gramsolve.checkpoints import store
from gramsolve.config.training import TrainingConfig
from gramsolve.errors import BadInput
from gramsolve.model.build import matched, parameters
from gramsolve.model.config import SYMBOLIC, ModelConfig, checked_fields
from gramsolve.model.systems import SYSTEMS, settings
from gramsolve.tasks import registry
from gramsolve.tasks.task import Structure, Task
from gramsolve.training.distributed import Group
from gramsolve.training.run_dir import RunDirectory
from gramsolve.training.train_options import TrainOptions

GIVEN = {"identities", *Structure.__dataclass_fields__}
"""Settings of the model that follow from the data and the task, and that nobody sets."""


def resolve(task: Task, options: TrainOptions) -> dict[str, Any]:
    """The plan of a new run: everything that decides its result, as plain JSON values."""
    variant = task.variant(options.variant or task.default_variant)
    presets = task.presets(variant.name)
    if options.preset not in presets:
        raise BadInput(f"unknown preset {options.preset!r}: choose from {', '.join(presets)}")
    preset, spec = presets[options.preset], variant.spec
    usual = options.arch or preset.arch
    if usual not in SYSTEMS:
        raise BadInput(f"unknown architecture {usual!r}: choose from {', '.join(SYSTEMS)}")
    ancestor = _ancestor(task, variant.name, options)
    shape = {
        "input_vocab": spec.input_vocab,
        "output_vocab": spec.output_vocab,
        "input_length": spec.input_length,
        "output_length": spec.output_length,
        "rows": spec.grid[0],
        "columns": spec.grid[1],
        "identities": 0,
    }
    arch = usual if ancestor is None else str(ancestor["training"].get("arch", "gram"))
    model, training = settings(preset, arch)
    model = {**shape, **model} if ancestor is None else dict(ancestor["model"])
    for key, text in options.overrides.items():
        known = next((kind for kind in (TrainingConfig, ModelConfig) if key in kind.__dataclass_fields__), None)
        if known is None or key in shape or key in Structure.__dataclass_fields__:
            every = {*TrainingConfig.__dataclass_fields__, *ModelConfig.__dataclass_fields__}
            names = sorted(every - {*shape, *Structure.__dataclass_fields__})
            raise BadInput(f"--set {key}: no such setting; there are {', '.join(names)}")
        if known is ModelConfig and ancestor is not None:
            raise BadInput(f"--set {key}: the model is that of the checkpoint {options.weights}")
        (training if known is TrainingConfig else model)[key] = plain(text)
    structure = task.structure(variant.name)
    if ancestor is None and model.get("mixer") in SYMBOLIC and structure is not None:
        model |= asdict(structure)
    if options.max_updates is not None:
        training["updates"] = options.max_updates
    if options.protocol is not None:
        training["protocol"] = options.protocol
    training["protocol"] = training.get("protocol") or task.protocols[0]
    config = ModelConfig.from_dict(model)
    if options.match is not None:
        config = matched(config, _size(task, options))
    plan = {
        "task": task.name,
        "variant": variant.name,
        "preset": options.preset,
        "arch": arch,
        "seed": options.seed,
        "model": config.to_dict(),
        "training": TrainingConfig(**checked_fields(TrainingConfig, training, "training settings")).to_dict(),
    }
    if ancestor is not None:
        plan["weights"] = options.weights
        before = ancestor["training"]
        plan["ancestors"] = [*before.get("ancestors", []), before.get("command", "")]
        # What is not learned, such as z_0, stays as it was drawn then.
        plan["origin"] = before.get("origin", before["seed"])
    return plan


def _ancestor(task: Task, variant: str, options: TrainOptions) -> dict[str, Any] | None:
    """The config of the checkpoint that the run goes on from."""
    if options.weights is None:
        return None
    if options.match is not None:
        raise BadInput("--match-params does not go with --init-from: the checkpoint decides the model")
    config = store.read_config(store.find(task.name, variant, options.weights).path)
    if options.arch not in (None, arch := config["training"].get("arch", "gram")):
        raise BadInput(
            f"--architecture {options.arch} does not go with --init-from: the checkpoint is of the architecture {arch}"
        )
    return config


def _size(task: Task, options: TrainOptions) -> int:
    """The number of parameters that ``options.match`` asks for: of a system in the same preset, or as a number."""
    wanted = str(options.match)
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    if wanted not in SYSTEMS:
        raise BadInput(f"--match-params takes a number of parameters or one of {', '.join(SYSTEMS)}, not {wanted!r}")
    other = resolve(task, replace(options, arch=wanted, overrides={}, match=None))
    return parameters(ModelConfig.from_dict(other["model"]))


def check(name: str, options: TrainOptions, processes: int) -> None:
    """Raises what a run on so many processes would, as far as that is known before it begins."""
    task = registry.load(name)
    plan = RunDirectory(options.run_dir or usual_directory(task, options)).plan() if options.resume else None
    training = (plan or resolve(task, options))["training"]
    Group(0, processes).require(TrainingConfig(**checked_fields(TrainingConfig, training, "training settings")))


def usual_directory(task: Task, options: TrainOptions) -> Path:
    words = [task.name, options.variant or task.default_variant, options.preset]
    preset = task.presets(words[1]).get(options.preset)
    usual = preset is None or options.arch in (None, preset.arch)
    return Path("runs") / "-".join([*words, *([] if usual else [str(options.arch)])])


def command(task: Task, plan: dict[str, Any]) -> str:
    """The command line that starts a run with this plan again, settings that differ from the preset included."""
    training = plan["training"]
    options = TrainOptions(
        variant=plan["variant"],
        preset=plan["preset"],
        arch=plan["arch"],
        protocol=training["protocol"],
        max_updates=training["updates"],
        seed=plan["seed"],
        weights=plan.get("weights"),
    )
    words = [f"gramsolve train {task.name} --variant {options.variant} --preset {options.preset}"]
    if options.weights is not None:
        words.append(f"--init-from {options.weights}")
    elif options.arch != task.presets(plan["variant"])[plan["preset"]].arch:
        words.append(f"--architecture {options.arch}")
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
