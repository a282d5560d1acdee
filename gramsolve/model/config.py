"""The shape of a model: what every network has, one configuration for its mixer and one for its method. No torch.

Settings are nested in code and in files. Every leaf has a name of its own, so ``--set NAME=VALUE`` and presets are
flat: see ``ModelConfig.from_flat``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Literal

from gramsolve import records
from gramsolve.errors import BadInput
from gramsolve.model.mixer_config import (
    WHAT,
    AttentionConfig,
    GridConvConfig,
    MessagePassingConfig,
    MixerConfig,
    PatchConfig,
    SequenceConfig,
    require,
)


@dataclass(frozen=True)
class RecursionConfig:
    """The recursion of GRAM and of its relatives (``core.py``).

    Attributes:
        low_updates: K, updates of l inside a transition (calls of the one stack when there is no hierarchy).
        transitions: T, transitions inside a supervision step.
        hierarchical: two states (h, l); False gives one state and one stack.
        shared: f_L and f_H are one stack.
        guidance: ``gaussian`` (mean and variance), ``mean`` (no noise), ``noise`` (no mean) or ``none``.
        guidance_hidden: hidden size of the prior's and posterior's SwiGLU layers; 0 means ``width``.
        initial_state: z_0 is ``stored`` with the weights, or ``sampled`` from N(0, I) anew for every trajectory.
        decoding: a board shows the most probable token (``argmax``) of every cell, or one ``sampled`` from the softmax.
        step_limit: supervision steps that a rollout takes at most, whatever depth it is given; 0 means no limit.
    """

    name: ClassVar[str] = "recursive"
    low_updates: int = 2
    transitions: int = 1
    hierarchical: bool = True
    shared: bool = False
    guidance: Literal["gaussian", "mean", "noise", "none"] = "gaussian"
    guidance_hidden: int = 0
    initial_state: Literal["stored", "sampled"] = "stored"
    decoding: Literal["argmax", "sampled"] = "argmax"
    step_limit: int = 0

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 0, "low_updates", "guidance_hidden", "step_limit")
        records.at_least(self, WHAT, 1, "transitions")

    @property
    def stochastic(self) -> bool:
        """Whether transitions take noise."""
        return self.guidance in ("gaussian", "noise")

    def check(self, model: ModelConfig) -> None:
        """Any mixer can recur."""

    def length(self, model: ModelConfig) -> int:
        return model.mixer.positions(model)


@dataclass(frozen=True)
class AutoregressiveConfig:
    """A causal Transformer that writes the answer token after token (``token_baselines.py``)."""

    name: ClassVar[str] = "autoregressive"

    def check(self, model: ModelConfig) -> None:
        _require_attention(model, self.name)

    def length(self, model: ModelConfig) -> int:
        return model.prefix + model.input_length + model.output_length


@dataclass(frozen=True)
class DiffusionConfig:
    """Masked diffusion, which fills in a masked answer (``token_baselines.py``)."""

    name: ClassVar[str] = "diffusion"

    def check(self, model: ModelConfig) -> None:
        _require_attention(model, self.name)

    def length(self, model: ModelConfig) -> int:
        return model.prefix + model.input_length + model.output_length


def _require_attention(model: ModelConfig, method: str) -> None:
    require(
        isinstance(model.mixer, AttentionConfig) and model.patches is None,
        f"the {method} baseline is made of attention over tokens: mixer must be attention and patch 1",
    )


MethodConfig = RecursionConfig | AutoregressiveConfig | DiffusionConfig

MIXERS = {kind.name: kind for kind in (SequenceConfig, AttentionConfig, MessagePassingConfig, GridConvConfig)}
METHODS = {kind.name: kind for kind in (RecursionConfig, AutoregressiveConfig, DiffusionConfig)}


@dataclass(frozen=True)
class CommonConfig:
    """What every network has.

    Attributes:
        input_vocab, output_vocab: token counts of the task.
        input_length, output_length: token lengths L_in and L_out.
        width: D, the size of every position's state.
        hidden: hidden size of the SwiGLU layers.
        blocks: blocks in each stack.
        gate: ``silu``, or ``normed``: see ``layers.swiglu``; in the blocks, not in the guidance.
        rule_ids: number of rules with an embedding of their own. Inputs then have a last column with the number of the
            rule, 0 for none.
    """

    input_vocab: int
    output_vocab: int
    input_length: int
    output_length: int
    width: int = 128
    hidden: int = 256
    blocks: int = 2
    gate: Literal["silu", "normed"] = "silu"
    rule_ids: int = 0


@dataclass(frozen=True)
class ModelConfig(CommonConfig):
    """Everything needed to build the network.

    Attributes:
        mixer: how positions exchange information.
        patches: squares of cells that share a position; None for a position each.
        method: the recursion, or one of the baselines.
    """

    mixer: MixerConfig = field(default_factory=SequenceConfig)
    patches: PatchConfig | None = None
    method: MethodConfig = field(default_factory=RecursionConfig)

    def __post_init__(self) -> None:
        sizes = ("input_vocab", "output_vocab", "input_length", "output_length", "width", "hidden", "blocks")
        records.at_least(self, WHAT, 1, *sizes)
        records.at_least(self, WHAT, 0, "rule_ids")
        self.method.check(self)
        if self.patches is not None:
            require(self.mixer.patchable, f"the {self.mixer.name} mixer has no patches")
            self.patches.check(self)
        self.mixer.check(self)

    @property
    def recursion(self) -> RecursionConfig:
        """The settings of the recursion. Raises TypeError for a baseline, which has none."""
        if not isinstance(self.method, RecursionConfig):
            raise TypeError(f"the {self.method.name} baseline has no recursion")
        return self.method

    @property
    def prefix(self) -> int:
        """P, learned positions in front of the content."""
        return self.mixer.prefix

    @property
    def length(self) -> int:
        """L, positions of the state: prefix and content; candidates where every symbol has a state of its own."""
        return self.method.length(self)

    @property
    def header(self) -> int:
        """Tokens of an input that follow its grid."""
        return self.input_length - self.output_length

    @property
    def output_positions(self) -> int:
        """Positions that the output takes."""
        return self.output_length if self.patches is None else self.output_length // self.patches.patch**2

    @property
    def input_positions(self) -> int:
        """Positions that the input takes."""
        return self.output_positions if self.input_length == self.output_length else self.input_length

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; mixer and method have a ``type``."""
        values = asdict(self)
        return values | {name: {"type": getattr(self, name).name, **values[name]} for name in ("mixer", "method")}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelConfig:
        """The inverse of ``to_dict``, for values from a file. Raises BadInput."""
        rest = dict(values)
        mixer = _tagged(MIXERS, rest.pop("mixer", {"type": "sequence"}), "mixer")
        method = _tagged(METHODS, rest.pop("method", {"type": "recursive"}), "method")
        patches = rest.pop("patches", None)
        return cls(
            **vars(records.read(CommonConfig, rest, WHAT)),
            mixer=mixer,
            method=method,
            patches=None if patches is None else records.read(PatchConfig, patches, f"{WHAT}: patches"),
        )

    def flat(self) -> dict[str, Any]:
        """Every leaf by its name; ``mixer`` and ``method`` are names."""
        values = asdict(self)
        mixer, method, patches = values.pop("mixer"), values.pop("method"), values.pop("patches")
        return {**values, "mixer": self.mixer.name, **mixer, **(patches or {}), "method": self.method.name, **method}

    @classmethod
    def from_flat(cls, *shape: int, **leaves: Any) -> ModelConfig:
        """The configuration with these leaves, by name, and defaults for the rest.

        ``shape``: input_vocab, output_vocab, input_length and output_length, unless they are named. Raises BadInput for
        a leaf that the mixer and the method do not have; see ``relevant``.
        """
        leaves = {**dict(zip(records.names(CommonConfig), shape, strict=False)), **leaves}
        known = _leaves_of(leaves)
        for name in leaves:
            if name not in leaf_defaults():
                raise BadInput(f"{WHAT}: unknown setting {name!r}; there are {', '.join(sorted(leaf_defaults()))}")
            if name not in known:
                raise BadInput(
                    f"{WHAT}: {name} is no setting of a model with mixer {leaves.get('mixer', SequenceConfig.name)} "
                    f"and method {leaves.get('method', RecursionConfig.name)}"
                )
        grouped: dict[str, Any] = {name: leaves[name] for name in records.names(CommonConfig) if name in leaves}
        for part, kinds in (("mixer", MIXERS), ("method", METHODS)):
            kind = leaves.get(part, next(iter(kinds)))
            grouped[part] = {"type": kind, **{k: leaves[k] for k in records.names(kinds[kind]) if k in leaves}}
        if leaves.get("patch", 1) != 1:
            grouped["patches"] = {name: leaves.get(name, 0) for name in records.names(PatchConfig)}
        return cls.from_dict(grouped)

    def replace(self, **leaves: Any) -> ModelConfig:
        """A copy with other values for these leaves. Raises BadInput."""
        before = relevant({**self.flat(), **leaves})
        return ModelConfig.from_flat(**{**before, **leaves})


def _tagged(kinds: Mapping[str, Any], values: Any, name: str) -> Any:
    """The record of the kind that ``type`` names."""
    what = f"{WHAT}: {name}"
    rest = records.read(dict[str, Any], values, what)
    kind = rest.pop("type", None)
    if not isinstance(kind, str) or kind not in kinds:
        raise BadInput(f"{what} must be one of {', '.join(kinds)}, not {records.quote(kind)}")
    return records.read(kinds[kind], rest, what)


def relevant(leaves: Mapping[str, Any]) -> dict[str, Any]:
    """The leaves that the mixer and the method among them have: a preset's settings for another mixer are left out."""
    known = _leaves_of(leaves)
    return {name: value for name, value in leaves.items() if name in known or name not in leaf_defaults()}


def _leaves_of(leaves: Mapping[str, Any]) -> set[str]:
    """Names of all leaves that a model with the mixer and the method of ``leaves`` has. Raises BadInput."""
    known = {*records.names(CommonConfig), "mixer", "method"}
    for part, kinds in (("mixer", MIXERS), ("method", METHODS)):
        kind = leaves.get(part, next(iter(kinds)))
        if not isinstance(kind, str) or kind not in kinds:
            raise BadInput(f"{WHAT}: {part} must be one of {', '.join(kinds)}, not {records.quote(kind)}")
        known |= {
            *records.names(kinds[kind]),
            *(records.names(PatchConfig) if getattr(kinds[kind], "patchable", 0) else ()),
        }
    return known


@cache
def leaf_defaults() -> Mapping[str, Any]:
    """The default of every leaf of every mixer and method by its name; None where there is none."""
    kinds: tuple[Any, ...] = (CommonConfig, *MIXERS.values(), PatchConfig, *METHODS.values())
    found = {leaf.name: None if leaf.default is MISSING else leaf.default for kind in kinds for leaf in fields(kind)}
    return {**found, "patch": 1, "mixer": SequenceConfig.name, "method": RecursionConfig.name}
