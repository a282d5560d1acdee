"""Every system of the comparison by name (paper, section 4): the same code with other settings. Light: no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol


@dataclass(frozen=True)
class System:
    """What a name stands for: overrides of ``ModelConfig`` and ``TrainingConfig`` fields on top of a preset's."""

    about: str
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


_TRM = {"guidance": "none", "shared": True}
_ONE_STEP = {"supervision_steps": 1, "self_correction": 0.0}
_TOKENS = {"guidance": "none", "mixer": "attention", "patch": 1, "blocks": 4}

SYSTEMS: Mapping[str, System] = MappingProxyType(
    {
        "gram": System("two states, two stacks, stochastic guidance: the method itself"),
        "hrm": System("GRAM without guidance: two states, two stacks", {"guidance": "none"}),
        "trm": System("two states, one stack for both, no guidance", _TRM),
        "looped": System("one state, one stack called over and over", {"guidance": "none", "hierarchical": False}),
        "universal": System(
            "Universal Transformer: one attention block called over and over, stopped by its halt head",
            {"guidance": "none", "hierarchical": False, "mixer": "attention", "blocks": 1},
        ),
        "direct": System(
            "one pass through one stack; --set blocks=N is its depth",
            {"guidance": "none", "hierarchical": False, "low_updates": 0, "transitions": 1, "step_limit": 1},
            _ONE_STEP,
        ),
        "gram-mean": System("ablation: guidance without noise, the mean alone", {"guidance": "mean"}),
        "gram-noise": System("ablation: guidance without mean, the noise alone", {"guidance": "noise"}),
        "gram-none": System("ablation: no guidance, the sizes of gram", {"guidance": "none"}),
        "gram-flat": System("ablation: guidance without hierarchy, one state and one stack", {"hierarchical": False}),
        "gram-final": System(
            "ablation: no deep supervision, a loss at the end of a trajectory", {}, {"deep_supervision": False}
        ),
        "trm-random": System("TRM whose first state is drawn anew for every trajectory", {**_TRM, "start": "drawn"}),
        "trm-sampled": System("TRM whose tokens are drawn from the softmax", {**_TRM, "decoding": "sampled"}),
        "autoregressive": System(
            "causal Transformer over input and answer, token after token",
            {**_TOKENS, "kind": "autoregressive"},
            _ONE_STEP,
        ),
        "diffusion": System(
            "masked diffusion: fills in a masked answer, some cells a step", {**_TOKENS, "kind": "diffusion"}, _ONE_STEP
        ),
    }
)
"""Systems that name a mixer need it; the others take that of the preset. A deterministic one with the ``relations``
mixer cannot tell interchangeable symbols apart where the input does not: on an empty board its state stays symmetric
and every symbol is equally likely. ``trm-random`` can, because its first state breaks the symmetry."""


class Sizes(Protocol):
    """A preset, as ``gramsolve.tasks`` has them."""

    @property
    def model(self) -> Mapping[str, Any]: ...
    @property
    def training(self) -> Mapping[str, Any]: ...
    @property
    def systems(self) -> Mapping[str, Mapping[str, Any]]: ...


def settings(preset: Sizes, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(model, training) overrides of a system in the sizes of a preset."""
    system = SYSTEMS[name]
    return {**preset.model, **system.model, **preset.systems.get(name, {})}, {**preset.training, **system.training}
