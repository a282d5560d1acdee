"""Converts a checkpoint of format 1 to format 2: other names of tensors and settings, identical values of weights.

The renames are data, in the order in which they apply. Cards keep their text; commands in them get today's options.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gramsolve import records
from gramsolve.checkpoints import store, weights
from gramsolve.checkpoints.checkpoint import CheckpointConfig, Measured, Provenance, WeightsFile
from gramsolve.checkpoints.config import FORMAT, read_json
from gramsolve.config.training import TrainingConfig, leaf_groups
from gramsolve.errors import BadInput
from gramsolve.model.config import ModelConfig, relevant

if TYPE_CHECKING:
    from torch import Tensor

TENSORS = (
    (r"^decoder\.symbol\.", "decoder.symbol_proj."),
    (r"^decoder\.others\.", "decoder.other_proj."),
    (r"^judge\.feature\.", "heads.feature_proj."),
    (r"^judge\.verdict\.", "heads.output."),
    (r"^identity_embedding\.", "rule_embedding."),
    (r"\.mix\.near$", ".mixer.offset_kernel"),
    (r"\.mix\.places$", ".mixer.position_bias"),
    (r"\.mix\.", ".mixer."),
    (r"\.feed\.", ".mlp."),
    (r"\.inward\.", ".gate_up_proj."),
    (r"\.outward\.", ".down_proj."),
    (r"_head\.spread\.", "_head.log_sigma."),
    (r"^(core\..*)\.own\.", r"\1.self_proj."),
    (r"^(core\..*)\.others\.", r"\1.symbol_proj."),
    (r"\.ki[n]\.", ".group_proj."),
    (r"\.neighbours\.", ".edge_proj."),
    (r"\.meanings\.", ".role_embedding."),
    (r"\.presence\.", ".presence_embedding."),
    (r"\.words\.", ".header_embedding."),
    (r"\.named$", ".header_position"),
    (r"\.colours\.", ".pixel_embedding."),
    (r"\.filters\.", ".convs."),
    (r"\.project\.", ".proj."),
)
"""Names of tensors: pattern and replacement."""
ATTENTION = ((r"\.mix\.outward\.", ".mixer.out_proj."),)
"""Further names of networks with attention, which come first."""
RECURSIVE = (
    (r"^(input_embedding|target_embedding|rule_embedding)\.", r"encoder.\1."),
    (r"^prefix$", "encoder.prefix"),
    (r"^decoder\.weight$", "decoder.proj.weight"),
)
"""Further names of GRAM and its relatives."""
BASELINES = ((r"^position$", "position_embedding"), (r"^core\.(\d+)\.", r"blocks.\1."))
"""Further names of the token baselines."""

MODEL = {
    "identities": "rule_ids",
    "families": "groups",
    "kinds": "group_types",
    "kind": "method",
    "start": "initial_state",
}
TRAINING = {
    "repair": "self_correction",
    "repair_right": "keep_correct",
    "repair_evenly": "balanced_targets",
    "corruption": "clue_dropout",
    "corrupted": "clue_dropout_share",
    "blank": "unconditional_share",
    "beta_first": "beta_step1",
    "beta_end": "beta_final",
    "beta_several": "beta_ambiguous",
    "balance": "kl_balance",
    "deep": "deep_supervision",
    "ema_share": "ema_horizon",
}
PROVENANCE = {
    "arch": "architecture",
    "origin": "initial_seed",
    "done": "updates_done",
    "held_out_prior_accuracy": "held_out_accuracy",
    "ancestors": "init_commands",
}
"""Names of settings and facts, old to new; a name that is not here stays."""

VALUES = {
    "mixer": {"relations": "message_passing", "planes": "grid_conv"},
    "initial_state": {"drawn": "sampled"},
    "decoding": {"likeliest": "argmax"},
}
"""Values of settings, by the new name of the setting."""

OPTIONS = {
    "--arch": "--architecture",
    "--from": "--init-from",
    "--match": "--match-params",
    "--parts": "--cache-dir",
    "--show": "--max-solutions",
    "--select": "--rank-by",
    "--unseen": "--missing-mass",
    "--spread": "--diversity",
}
"""Options of the command line."""


def convert(directory: Path) -> None:
    """Replace a checkpoint of format 1 by one of format 2 with identical weights, whole or not at all.

    Raises BadInput for what is no checkpoint of format 1, is corrupt, or cannot be written.
    """
    old = read_json(directory)
    if old.get("format") == FORMAT and type(old["format"]) is int:
        raise BadInput(f"{directory} has format {FORMAT} already")
    if old.get("format") != 1 or type(old["format"]) is not int:
        raise BadInput(f"{directory} has format {records.quote(old.get('format'))}: only format 1 can be converted")
    config, known = config_of(old, f"{directory / 'config.json'} is corrupt")
    tensors = renamed(weights.read(directory, known), config.model)
    card = directory / "README.md"
    try:
        text = card.read_text(encoding="utf-8") if card.exists() else f"# {config.task} {config.variant}\n"
    except (OSError, ValueError) as error:
        raise BadInput(f"{card} cannot be read: {error}") from error
    store.write(directory, tensors, config, in_commands(text))


def renamed(tensors: Mapping[str, Tensor], model: ModelConfig) -> dict[str, Tensor]:
    """The tensors under today's names."""
    renames = ATTENTION * (model.mixer.name == "attention") + TENSORS
    renames += RECURSIVE if model.method.name == "recursive" else BASELINES
    result: dict[str, Tensor] = {}
    for old, tensor in tensors.items():
        name = old
        for pattern, replacement in renames:
            name = re.sub(pattern, replacement, name)
        if name in result:
            raise BadInput(f"two tensors would be called {name}")
        result[name] = tensor
    return result


def config_of(old: Mapping[str, Any], what: str) -> tuple[CheckpointConfig, dict[str, WeightsFile]]:
    """Today's config of one of format 1, and its files of weights. Raises BadInput."""
    known = records.read(dict[str, WeightsFile], old.get("files"), f"{what}: files")
    if any(not re.fullmatch(r"[\w.-]+\.safetensors", name) for name in known):
        raise BadInput(f"{what}: bad name of a weights file")
    training = {**_object(old, "training", what)}
    learned = {new: value for key, value in training.items() if (new := TRAINING.get(key, key)) in leaf_groups()}
    facts = {
        PROVENANCE.get(key, key): value for key, value in training.items() if TRAINING.get(key, key) not in learned
    }
    if "command" in facts:
        facts["command"] = in_commands(str(facts["command"]))
    facts["init_commands"] = [in_commands(str(command)) for command in facts.get("init_commands", [])]
    config = CheckpointConfig(
        records.read(str, old.get("task"), f"{what}: task"),
        records.read(str, old.get("variant"), f"{what}: variant"),
        records.read(str, old.get("token_spec"), f"{what}: token_spec"),
        TrainingConfig.from_flat(**learned),
        records.read(Provenance, facts, what),
        records.read(tuple[str, ...], old.get("identities", []), f"{what}: identities"),
        records.read(Measured | None, old.get("measured"), what),  # type: ignore[arg-type]
        model=ModelConfig.from_flat(**relevant(_settings(_object(old, "model", what)))),
        created=records.read(str, old.get("created", ""), f"{what}: created"),
    )
    return config, known


def _object(values: Mapping[str, Any], name: str, what: str) -> Mapping[str, Any]:
    return records.read(dict[str, Any], values.get(name), f"{what}: {name}")


def _settings(model: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of the model under today's names."""
    named = {MODEL.get(key, key): value for key, value in model.items()}
    return {
        key: VALUES.get(key, {}).get(value, value) if isinstance(value, str) else value for key, value in named.items()
    }


def in_commands(text: str) -> str:
    """``text`` whose commands and quoted settings have today's names."""
    for old, new in OPTIONS.items():
        text = re.sub(rf"(?<![\w-]){old}(?![\w-])", new, text)
    for old, new in (MODEL | TRAINING).items():
        text = re.sub(rf"(--set |`){old}=", rf"\g<1>{new}=", text)
    for name, values in VALUES.items():
        for old, new in values.items():
            text = re.sub(rf"(--set |`){name}={old}\b", rf"\g<1>{name}={new}", text)
    return text
