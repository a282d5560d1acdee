"""Every architecture of the comparison by name (paper, section 4), as settings of one model. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol


@dataclass(frozen=True)
class Architecture:
    """What a name stands for: overrides of ``ModelConfig`` and ``TrainingConfig`` fields on top of a preset's."""

    about: str
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)


_TRM = {"guidance": "none", "shared": True}
_ONE_STEP = {"supervision_steps": 1, "self_correction": 0.0}
_TOKENS = {"guidance": "none", "mixer": "attention", "patch": 1, "blocks": 4}

ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {
        "gram": Architecture("two states, two stacks, stochastic guidance: the method itself"),
        "hrm": Architecture("GRAM without guidance: two states, two stacks", {"guidance": "none"}),
        "trm": Architecture("two states, one stack for both, no guidance", _TRM),
        "looped": Architecture(
            "one state, one stack called over and over", {"guidance": "none", "hierarchical": False}
        ),
        "universal": Architecture(
            "Universal Transformer: one attention block called over and over, stopped by its halt head",
            {"guidance": "none", "hierarchical": False, "mixer": "attention", "blocks": 1},
        ),
        "direct": Architecture(
            "one pass through one stack; --set blocks=N is its depth",
            {"guidance": "none", "hierarchical": False, "low_updates": 0, "transitions": 1, "step_limit": 1},
            _ONE_STEP,
        ),
        "gram-mean": Architecture("ablation: guidance without noise, the mean alone", {"guidance": "mean"}),
        "gram-noise": Architecture("ablation: guidance without mean, the noise alone", {"guidance": "noise"}),
        "gram-none": Architecture("ablation: no guidance, the sizes of gram", {"guidance": "none"}),
        "gram-flat": Architecture(
            "ablation: guidance without hierarchy, one state and one stack", {"hierarchical": False}
        ),
        "gram-final": Architecture(
            "ablation: no deep supervision, a loss at the end of a trajectory", {}, {"deep_supervision": False}
        ),
        "trm-random": Architecture(
            "TRM whose first state is drawn anew for every trajectory", {**_TRM, "initial_state": "sampled"}
        ),
        "trm-sampled": Architecture("TRM whose tokens are drawn from the softmax", {**_TRM, "decoding": "sampled"}),
        "autoregressive": Architecture(
            "causal Transformer over input and answer, token after token",
            {**_TOKENS, "method": "autoregressive"},
            _ONE_STEP,
        ),
        "diffusion": Architecture(
            "masked diffusion: fills in a masked answer, some cells a step",
            {**_TOKENS, "method": "diffusion"},
            _ONE_STEP,
        ),
    }
)
"""An architecture that names a mixer needs it; any other takes the preset's. A deterministic architecture with the
``message_passing`` mixer cannot tell interchangeable symbols apart where the input does not: on an empty board
its state stays symmetric and every symbol is equally likely. ``trm-random`` can, because its first state
breaks the symmetry."""


class Sizes(Protocol):
    """A preset, as ``gramsolve.tasks`` has them."""

    @property
    def model(self) -> Mapping[str, Any]: ...
    @property
    def training(self) -> Mapping[str, Any]: ...
    @property
    def architectures(self) -> Mapping[str, Mapping[str, Any]]: ...


def settings(preset: Sizes, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(model, training) overrides of an architecture in the sizes of a preset."""
    architecture = ARCHITECTURES[name]
    return {**preset.model, **architecture.model, **preset.architectures.get(name, {})}, {
        **preset.training,
        **architecture.training,
    }
