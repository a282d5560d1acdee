"""The shape of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from gramsolve.errors import BadInput


@dataclass(frozen=True)
class ModelConfig:
    """Everything needed to build the network.

    Attributes:
        input_vocab, output_vocab: token counts of the task.
        input_length, output_length: token lengths; the sequence is as long as the longer one, plus ``prefix``.
        width: D, the size of every position's state.
        hidden: hidden size of the SwiGLU layers.
        mixer_hidden: hidden size of the sequence mixer; 0 means twice the sequence length.
        guidance_hidden: hidden size of the prior's and posterior's SwiGLU layers; 0 means ``width``.
        heads: attention heads (attention only), or kernels over the grid (planes only).
        blocks: blocks in each of f_L and f_H.
        mixer: ``sequence`` (a SwiGLU over positions: fixed layouts), ``attention`` (RoPE), ``message_passing``
            (shared weights over interchangeable symbols and groups of positions, see ``message_passing.py``) or
            ``grid_conv`` (shared weights over interchangeable symbols of a grid, see ``grid_conv.py``).
        prefix: learned positions in front of the content.
        low_updates: K, updates of l inside a transition (calls of the one stack when flat).
        transitions: T, transitions inside a supervision step.
        hierarchical: two states (h, l); False gives one state and one stack.
        shared: f_L and f_H are one stack.
        guidance: ``gaussian`` (mean and variance), ``mean`` (no noise), ``noise`` (no mean) or ``none``.
        rows, columns: layout of the output; needed for patches and planes alone, 0 where it does not matter.
        patch: side p of the square of output cells that share one position; inputs of the same length are treated
            alike.
        rule_ids: number of rules with an embedding of their own, which is added to the prefix, or of which planes
            are told. Inputs then have a last column with the number of the rule, 0 for none.
        first_symbol, symbols: tokens that can be renamed among themselves, in inputs and outputs (relations and
            planes only).
        groups: for each family of groups, the group of every output position; ``group_types`` numbers the groups, equal
            for those that share their weights (relations only).
        pairs: inputs are a token for each pair of output positions, the upper triangle row by row, 0 for a pair with an
            absent one (relations only).
        method: ``recursive``, or a baseline that writes the answer token by token: ``autoregressive`` or ``diffusion``,
            see ``token_baselines.py``. They read width, hidden, heads, blocks, prefix, gate and qk_norm alone.
        initial_state: z_0 is ``stored`` with the weights, or ``sampled`` from N(0, I) anew for every trajectory.
        decoding: a board shows the most probable token (``argmax``) of every cell, or one ``sampled`` from the softmax.
        gate: ``silu``, or ``normed``: see ``layers.swiglu``; in the blocks, not in the guidance.
        qk_norm: queries and keys are normalised (attention only).
        step_limit: supervision steps that a rollout takes at most, whatever depth it is given; 0 means no limit.
    """

    input_vocab: int
    output_vocab: int
    input_length: int
    output_length: int
    width: int = 128
    hidden: int = 256
    mixer_hidden: int = 0
    guidance_hidden: int = 0
    heads: int = 4
    blocks: int = 2
    mixer: str = "sequence"
    prefix: int = 0
    low_updates: int = 2
    transitions: int = 1
    hierarchical: bool = True
    shared: bool = False
    guidance: str = "gaussian"
    rows: int = 0
    columns: int = 0
    patch: int = 1
    rule_ids: int = 0
    first_symbol: int = 0
    symbols: int = 0
    groups: tuple[tuple[int, ...], ...] = ()
    group_types: tuple[int, ...] = ()
    pairs: bool = False
    method: str = "recursive"
    initial_state: str = "stored"
    decoding: str = "argmax"
    step_limit: int = 0
    gate: str = "silu"
    qk_norm: bool = False

    def __post_init__(self) -> None:
        def require(ok: bool, text: str) -> None:
            if not ok:
                raise BadInput(f"model settings: {text}")

        for name in ("input_vocab", "output_vocab", "input_length", "output_length", "width", "hidden", "blocks"):
            require(getattr(self, name) >= 1, f"{name} must be at least 1, not {getattr(self, name)}")
        for name, known in CHOICES.items():
            value = getattr(self, name)
            require(value in known, f"{name} must be one of {', '.join(known)}, not {value!r}")
        for name in ("prefix", "mixer_hidden", "guidance_hidden", "low_updates", "rule_ids", "step_limit"):
            require(getattr(self, name) >= 0, f"{name} cannot be negative")
        require(self.transitions >= 1, "transitions must be at least 1")
        if self.method != "recursive":
            require(
                self.mixer == "attention" and self.patch == 1,
                f"the {self.method} baseline is made of attention over tokens: mixer must be attention and patch 1",
            )
        require(
            self.rule_ids == 0 or self.prefix >= 1 or self.mixer == "grid_conv",
            "rule_ids need a prefix of at least 1",
        )
        if self.patch != 1:
            require(
                self.patch > 1
                and self.rows * self.columns == self.output_length
                and self.rows % self.patch == self.columns % self.patch == 0,
                f"patches of {self.patch} do not tile a layout of {self.rows} x {self.columns}",
            )
        if self.mixer in SYMBOLIC:
            self._require_structure(require)
        require(
            self.mixer == "message_passing" or not self.pairs, "only the message_passing mixer reads inputs as pairs"
        )
        require(self.mixer == "attention" or not self.qk_norm, "qk_norm is for attention, which this mixer has none of")
        if self.mixer == "attention":
            require(
                self.heads >= 1 and self.width % (2 * self.heads) == 0,
                f"width {self.width} must be a multiple of twice the {self.heads} heads",
            )

    def _require_structure(self, require: Callable[[bool, str], None]) -> None:
        """What the mixers with a state for every symbol need to know of the task."""
        require(
            self.symbols >= 1 and self.first_symbol >= 0 and self.first_symbol + self.symbols <= self.output_vocab,
            f"the task names no interchangeable symbols, which the {self.mixer} mixer is made of",
        )
        count = self.output_length
        if self.mixer == "grid_conv":
            require(
                self.rows * self.columns == count and self.header >= 0 and self.patch == 1 and self.prefix == 0,
                "the grid_conv mixer needs a grid, inputs that begin with one, no patches and no prefix",
            )
            require(
                self.heads >= 1 and self.width % self.heads == 0,
                f"width {self.width} must be a multiple of the {self.heads} heads, which have a kernel each",
            )
            return
        require(
            self.input_length == (count * (count - 1) // 2 if self.pairs else count)
            and self.patch == 1
            and self.prefix == 0
            and self.rule_ids == 0,
            "the message_passing mixer needs inputs like outputs or pairs of them, no patches, no prefix and no rules",
        )
        require(
            len(self.groups) == len(self.group_types)
            and (self.pairs or len(self.groups) > 0)
            and all(len(family) == self.output_length and min(family) >= 0 for family in self.groups)
            and sorted(set(self.group_types)) == list(range(len(set(self.group_types)))),
            "the families of groups do not fit the layout",
        )

    @property
    def length(self) -> int:
        """Positions in the state: prefix and content; candidates where every symbol has a state of its own."""
        if self.mixer in SYMBOLIC:
            return self.output_length * self.symbols
        if self.method != "recursive":
            return self.prefix + self.input_length + self.output_length
        return self.prefix + max(self.input_positions, self.output_positions)

    @property
    def header(self) -> int:
        """Tokens of an input that follow its grid."""
        return self.input_length - self.output_length

    @property
    def rule_size(self) -> int:
        """Numbers that a rule is described by."""
        return (1 + self.header if self.mixer == "grid_conv" else self.prefix) * self.width

    @property
    def output_positions(self) -> int:
        return self.output_length // self.patch**2

    @property
    def input_positions(self) -> int:
        return self.output_positions if self.input_length == self.output_length else self.input_length

    @property
    def stochastic(self) -> bool:
        """Whether transitions take noise."""
        return self.guidance in ("gaussian", "noise")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelConfig:
        """Rebuild from ``to_dict``; unknown or missing names and wrong types raise BadInput."""
        return cls(**checked_fields(cls, values, "model settings"))


SYMBOLIC = ("message_passing", "grid_conv")
"""Mixers with a state for every pair of position and symbol."""

CHOICES = {
    "mixer": ("sequence", "attention", "message_passing", "grid_conv"),
    "guidance": ("gaussian", "mean", "noise", "none"),
    "method": ("recursive", "autoregressive", "diffusion"),
    "initial_state": ("stored", "sampled"),
    "decoding": ("argmax", "sampled"),
    "gate": ("silu", "normed"),
}


def checked_fields(kind: type, values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Values for the fields of a dataclass of plain types, each of the type of its annotation, or BadInput."""
    known = {f.name: f for f in fields(kind)}
    result: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise BadInput(f"{what}: unknown setting {name!r}; there are {', '.join(sorted(known))}")
        expected = str(known[name].type)
        right = {
            "int": isinstance(value, int) and not isinstance(value, bool),
            "float": isinstance(value, int | float) and not isinstance(value, bool),
            "bool": isinstance(value, bool),
            "str": isinstance(value, str),
            "tuple[int, ...]": _is_numbers(value),
            "tuple[tuple[int, ...], ...]": isinstance(value, list | tuple) and all(map(_is_numbers, value)),
        }.get(expected, True)
        if not right:
            raise BadInput(f"{what}: {name} must be {expected}, not {value!r}")
        result[name] = float(value) if expected == "float" else _frozen(value)
    return result


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(n, int) and not isinstance(n, bool) for n in value)


def _frozen(value: Any) -> Any:
    """Lists, as JSON has them, as tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
