"""The two themes of gramsolve and the colours of boards that go with any theme."""

from __future__ import annotations

from textual.theme import Theme

from gramsolve.display.palette import DARK, LIGHT, TERMINAL, Palette

DARK_THEME = Theme(
    name="gramsolve-dark",
    primary=DARK.accent,
    secondary="#8fa3b8",
    accent=DARK.accent,
    success=DARK.right,
    warning=DARK.bad,
    error=DARK.bad,
    foreground="#d7dce4",
    background="#14161a",
    surface="#191c21",
    panel="#20242a",
    dark=True,
    variables={"border": "#434a54", "footer-key-foreground": DARK.accent, "footer-background": "#14161a"},
)

LIGHT_THEME = Theme(
    name="gramsolve-light",
    primary=LIGHT.accent,
    secondary="#5a6673",
    accent=LIGHT.accent,
    success=LIGHT.right,
    warning=LIGHT.bad,
    error=LIGHT.bad,
    foreground="#2a2f38",
    background="#faf8f4",
    surface="#f4f1ea",
    panel="#ece8df",
    dark=False,
    variables={"border": "#c4bfb4", "footer-key-foreground": LIGHT.accent, "footer-background": "#faf8f4"},
)

CYCLE = (DARK_THEME.name, LIGHT_THEME.name, "ansi-dark")
"""What the theme key goes through; the last leaves the terminal's own colours and background alone."""


def palette_for(theme: Theme) -> Palette:
    """Colours of boards that suit a theme."""
    if theme.ansi:
        return TERMINAL
    return DARK if theme.dark else LIGHT
