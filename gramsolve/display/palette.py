"""Colours of boards. No meaning is carried by colour alone, and none needs red told from green.

The hues follow the Okabe-Ito set: blue is what the model believes, orange is where a board breaks a rule,
bluish green is right, yellow is new. They stay apart under every common colour blindness.
"""

from __future__ import annotations

from dataclasses import dataclass

from gramsolve import colours


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours as rich understands them; None leaves the terminal's own. Two are equal only if they are the same one,
    which makes them fast keys of caches.

    Attributes:
        back: backgrounds of the two shades of cell.
        ink, faint: text, and text of lesser weight.
        given, given_ink: a cell that is part of the puzzle.
        unsure, sure, guess_ink: a cell written by the solver, from no confidence to full.
        wrong, wrong_ink: a cell that breaks a rule.
        right, accent, fresh: a correct board, the selected thing, a cell that has just changed.
    """

    name: str
    dark: bool
    back: tuple[str | None, str | None]
    ink: str | None
    faint: str | None
    given: str | None
    given_ink: str | None
    unsure: str | None
    sure: str | None
    guess_ink: str | None
    wrong: str | None
    wrong_ink: str | None
    right: str
    bad: str
    accent: str
    fresh: str

    def confidence(self, value: float) -> str | None:
        """Background of a guess held with probability ``value``."""
        return mix(self.unsure, self.sure, value)

    def doubt(self, shade: int, value: float) -> str | None:
        """Background of an empty cell that is empty with probability ``value``: a guess in the making."""
        return mix(self.back[shade % 2], self.sure, 0.45 * (1.0 - value))


def mix(low: str | None, high: str | None, amount: float) -> str | None:
    """The colour ``amount`` of the way from ``low`` to ``high``; named colours switch over half-way."""
    if low and high and low.startswith("#") and high.startswith("#"):
        return colours.mix(low, high, amount)
    return high if amount >= 0.5 else low


# Grounds are nearly grey on purpose: terminals of 256 colours turn a bluer tone into plain navy.
DARK = Palette(
    name="dark",
    dark=True,
    back=("#292d34", "#1f2227"),
    ink="#d7dce4",
    faint="#717c8c",
    given="#e6c76a",
    given_ink="#1d1a10",
    unsure="#31465e",
    sure="#4aa8e8",
    guess_ink="#ffffff",
    wrong="#cc5826",
    wrong_ink="#fff1e8",
    right="#3cc79d",
    bad="#f08a4b",
    accent="#6cb8f0",
    fresh="#f0e442",
)

LIGHT = Palette(
    name="light",
    dark=False,
    back=("#e9e5dc", "#dcd6ca"),
    ink="#2a2f38",
    faint="#7c7a74",
    given="#e0bf52",
    given_ink="#33290a",
    unsure="#c3d3e2",
    sure="#4d9bd6",
    guess_ink="#0b2033",
    wrong="#d5622b",
    wrong_ink="#fffaf6",
    right="#00795a",
    bad="#b4430b",
    accent="#0b68ab",
    fresh="#7a5f00",
)

TERMINAL = Palette(
    name="terminal",
    dark=True,
    back=(None, None),
    ink=None,
    faint="bright_black",
    given=None,
    given_ink="yellow",
    unsure=None,
    sure=None,
    guess_ink="blue",
    wrong=None,
    wrong_ink="red",
    right="green",
    bad="red",
    accent="cyan",
    fresh="yellow",
)
"""The sixteen colours of the terminal itself, and no background at all."""
