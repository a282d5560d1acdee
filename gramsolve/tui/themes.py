"""The themes of gramsolve and the colours of boards that go with any theme.

Every theme is safe for the common colour blindnesses: the hues are those of Okabe and Ito, and every state also has a
sign of its own. High contrast is for poor light, poor screens and poor sight.
"""

from __future__ import annotations

from dataclasses import replace

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

CONTRAST = replace(
    DARK,
    name="contrast",
    back=("#1c1c1c", "#000000"),
    ink="#ffffff",
    faint="#c0c0c0",
    given="#ffd84d",
    given_ink="#000000",
    unsure="#4a90c8",
    sure="#8ad4ff",
    guess_ink="#000000",
    wrong="#e8590c",
    wrong_ink="#000000",
    right="#35e0ac",
    bad="#ff9d5c",
    accent="#6cc6ff",
    fresh="#000000",
)

CONTRAST_THEME = Theme(
    name="gramsolve-contrast",
    primary=CONTRAST.accent,
    secondary="#d0d0d0",
    accent=CONTRAST.accent,
    success=CONTRAST.right,
    warning=CONTRAST.bad,
    error=CONTRAST.bad,
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#101010",
    dark=True,
    variables={"border": "#b0b0b0", "footer-key-foreground": CONTRAST.accent, "footer-background": "#000000"},
)

THEMES = (DARK_THEME, LIGHT_THEME, CONTRAST_THEME)

TITLES = {
    DARK_THEME.name: "dark (safe for colour blindness)",
    LIGHT_THEME.name: "light (safe for colour blindness)",
    CONTRAST_THEME.name: "high contrast (safe for colour blindness)",
    "ansi-dark": "the terminal's own colours",
}

CYCLE = tuple(TITLES)
"""The themes that the theme key cycles through; the last one uses the terminal's own colours and background."""


def palette_for(theme: Theme) -> Palette:
    """Colours of boards that suit a theme."""
    if theme.ansi:
        return TERMINAL
    if theme.name == CONTRAST_THEME.name:
        return CONTRAST
    return DARK if theme.dark else LIGHT
