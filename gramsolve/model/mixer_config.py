"""A configuration for each mixer and for patches: the settings that only they have. Imports no torch.

``name`` is the value of ``--set mixer=NAME``. ``equivariant``: the network commutes with every symmetry of the
task, so augmentation adds nothing. ``symbolic``: there is a state for every pair of position and symbol. ``patchable``:
positions may be patches. ``check`` raises BadInput where the settings do not fit the model; ``positions`` is L.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gramsolve import records
from gramsolve.errors import BadInput

if TYPE_CHECKING:
    from gramsolve.model.config import ModelConfig

WHAT = "model settings"


def require(ok: bool, text: str) -> None:
    """Raises BadInput unless ``ok``."""
    if not ok:
        raise BadInput(f"{WHAT}: {text}")


@dataclass(frozen=True)
class SequenceConfig:
    """A SwiGLU across positions (``sequence.py``), for fixed layouts.

    Attributes:
        mixer_hidden: hidden size across positions; 0 means twice the sequence length.
        prefix: P, learned positions in front of the content.
    """

    name: ClassVar[str] = "sequence"
    equivariant: ClassVar[bool] = False
    symbolic: ClassVar[bool] = False
    patchable: ClassVar[bool] = True
    mixer_hidden: int = 0
    prefix: int = 0

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 0, "mixer_hidden", "prefix")

    def check(self, model: ModelConfig) -> None:
        _require_place_for_rules(model, self.prefix)

    def positions(self, model: ModelConfig) -> int:
        return self.prefix + max(model.input_positions, model.output_positions)


@dataclass(frozen=True)
class AttentionConfig:
    """Self-attention with rotary positions (``attention.py``).

    Attributes:
        heads: attention heads.
        qk_norm: queries and keys are normalised.
        prefix: P, learned positions in front of the content.
    """

    name: ClassVar[str] = "attention"
    equivariant: ClassVar[bool] = False
    symbolic: ClassVar[bool] = False
    patchable: ClassVar[bool] = True
    heads: int = 4
    qk_norm: bool = False
    prefix: int = 0

    def __post_init__(self) -> None:
        records.at_least(self, WHAT, 0, "prefix")

    def check(self, model: ModelConfig) -> None:
        _require_place_for_rules(model, self.prefix)
        require(
            self.heads >= 1 and model.width % (2 * self.heads) == 0,
            f"width {model.width} must be a multiple of twice the {self.heads} heads",
        )

    def positions(self, model: ModelConfig) -> int:
        return self.prefix + max(model.input_positions, model.output_positions)


def _require_place_for_rules(model: ModelConfig, prefix: int) -> None:
    require(model.rule_ids == 0 or prefix >= 1, "rule_ids need a prefix of at least 1")


@dataclass(frozen=True)
class MessagePassingConfig:
    """Weights shared over interchangeable symbols and groups of positions (``message_passing.py``).

    Attributes:
        first_symbol, symbols: tokens that can be renamed among themselves, in inputs and outputs.
        groups: for each family of groups, the group of every output position.
        group_types: a number for each family, from 0; families of one type share their weights.
        pairs: inputs have a token for each pair of output positions, the upper triangle row by row, 0 for a pair with
            an absent position.
    """

    name: ClassVar[str] = "message_passing"
    equivariant: ClassVar[bool] = True
    symbolic: ClassVar[bool] = True
    patchable: ClassVar[bool] = False
    prefix: ClassVar[int] = 0
    first_symbol: int = 0
    symbols: int = 0
    groups: tuple[tuple[int, ...], ...] = ()
    group_types: tuple[int, ...] = ()
    pairs: bool = False

    def check(self, model: ModelConfig) -> None:
        _require_symbols(model, self.name, self.first_symbol, self.symbols)
        count, types = model.output_length, set(self.group_types)
        require(
            model.input_length == (count * (count - 1) // 2 if self.pairs else count) and model.rule_ids == 0,
            "the message_passing mixer needs inputs like outputs or pairs of them, and no rules",
        )
        require(
            len(self.groups) == len(self.group_types)
            and (self.pairs or len(self.groups) > 0)
            and all(len(family) == count and min(family) >= 0 for family in self.groups)
            and sorted(types) == list(range(len(types))),
            "the families of groups do not fit the layout",
        )

    def positions(self, model: ModelConfig) -> int:
        return model.output_length * self.symbols


@dataclass(frozen=True)
class GridConvConfig:
    """Kernels as large as the grid, shared over interchangeable symbols (``grid_conv.py``).

    Attributes:
        heads: groups of channels, which have a kernel each.
        rows, columns: layout of the output. Inputs begin with such a grid; further tokens are its header.
        first_symbol, symbols: tokens that can be renamed among themselves, in inputs and outputs.
    """

    name: ClassVar[str] = "grid_conv"
    equivariant: ClassVar[bool] = False
    symbolic: ClassVar[bool] = True
    patchable: ClassVar[bool] = False
    prefix: ClassVar[int] = 0
    heads: int = 4
    rows: int = 0
    columns: int = 0
    first_symbol: int = 0
    symbols: int = 0

    def check(self, model: ModelConfig) -> None:
        _require_symbols(model, self.name, self.first_symbol, self.symbols)
        require(
            self.rows * self.columns == model.output_length <= model.input_length,
            "the grid_conv mixer needs a grid, and inputs that begin with one",
        )
        require(
            self.heads >= 1 and model.width % self.heads == 0,
            f"width {model.width} must be a multiple of the {self.heads} heads, which have a kernel each",
        )

    def positions(self, model: ModelConfig) -> int:
        return model.output_length * self.symbols


def _require_symbols(model: ModelConfig, mixer: str, first: int, symbols: int) -> None:
    require(
        symbols >= 1 and first >= 0 and first + symbols <= model.output_vocab,
        f"the task names no interchangeable symbols, which the {mixer} mixer is made of",
    )


@dataclass(frozen=True)
class PatchConfig:
    """Squares of ``patch`` x ``patch`` output cells share one position (``patches.py``); inputs of the output's length
    are treated alike. ``rows``, ``columns``: layout of the output."""

    patch: int
    rows: int
    columns: int

    def check(self, model: ModelConfig) -> None:
        require(
            self.patch > 1
            and self.rows * self.columns == model.output_length
            and self.rows % self.patch == self.columns % self.patch == 0,
            f"patches of {self.patch} do not tile a layout of {self.rows} x {self.columns}",
        )


MixerConfig = SequenceConfig | AttentionConfig | MessagePassingConfig | GridConvConfig
