"""Themes and the colours of categories.

Own themes: dark, light, high contrast, and one of the terminal's sixteen colours; Textual's beside
them. Category colours follow Okabe & Ito's palette for colour-blind people, made lighter or darker
so that each has a contrast of at least 4.5:1 on its theme's background and on the line under the
cursor (tests/app/test_looks.py computes it). A category is always also a letter, so nothing depends
on colour.
"""

from dataclasses import replace
from functools import cache

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

READABLE = 4.5
"""Contrast of text that everybody can read (WCAG 2.1, level AA)."""

DARK = Theme(
    name="sigma-dark",
    primary="#56B4E9",
    secondary="#9AA7B8",
    accent="#F0C244",
    foreground="#D9DEE7",
    background="#10141B",
    surface="#151A23",
    panel="#1C232E",
    success="#4CC38A",
    warning="#F0C244",
    error="#FF8A70",
    dark=True,
    variables={
        "border-blurred": "#3A4556",
        "footer-key-foreground": "#F0C244",
        "cursor-line": "#1F384A",
    },
)
LIGHT = Theme(
    name="sigma-light",
    primary="#0B62A4",
    secondary="#545E6A",
    accent="#8A5A00",
    foreground="#1C2430",
    background="#FBFAF6",
    surface="#F4F2EC",
    panel="#EAE7DE",
    success="#0B6B4A",
    warning="#8A5A00",
    error="#A83A1C",
    dark=False,
    variables={
        "border-blurred": "#B9B4A6",
        "footer-key-foreground": "#8A5A00",
        "cursor-line": "#DCE7F0",
    },
)
CONTRAST = Theme(
    name="sigma-contrast",
    primary="#6CD3FF",
    secondary="#E0E0E0",
    accent="#FFE14D",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#161616",
    success="#5CFFB0",
    warning="#FFE14D",
    error="#FFA08C",
    dark=True,
    variables={
        "border-blurred": "#9A9A9A",
        "footer-key-foreground": "#FFE14D",
        "cursor-line": "#003A5C",
    },
)
SIXTEEN = Theme(
    name="sigma-ansi",
    primary="#55FFFF",
    secondary="#AAAAAA",
    accent="#FFFF55",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#55FF55",
    warning="#FFFF55",
    error="#FF55FF",
    dark=True,
    variables={
        "border-blurred": "#555555",
        "footer-key-foreground": "#FFFF55",
        "cursor-line": "#0000AA",
    },
)
"""Drawn with the sixteen colours of every terminal, in the shades that its owner gave them."""
OWN = (DARK, LIGHT, CONTRAST, SIXTEEN)

ON_DARK = (
    "#F0A830", "#56B4E9", "#2FC193", "#F0E442", "#7FA8FF", "#FF8A4C", "#E39AC4", "#B8C0CC",
)  # fmt: skip
ON_LIGHT = (
    "#8A5A00", "#0B62A4", "#00694B", "#6A6000", "#3B3FA8", "#A63F00", "#8C2F68", "#505863",
)  # fmt: skip
_ON_BLACK = (
    "#FFC04D", "#6CD3FF", "#4DE8B4", "#FFF04D", "#A8C4FF", "#FFA26B", "#FFB3DE", "#D8DEE8",
)  # fmt: skip
_OF_SIXTEEN = (
    "#FFFF55", "#55FFFF", "#55FF55", "#FF55FF", "#FFFFFF", "#00AAAA", "#AAAAAA",
)  # fmt: skip
_OWN_COLOURS = {
    DARK.name: ON_DARK,
    LIGHT.name: ON_LIGHT,
    CONTRAST.name: _ON_BLACK,
    SIXTEEN.name: _OF_SIXTEEN,
}


def theme_names() -> list[str]:
    """All themes: own ones, then Textual's. Those of Textual that leave colours to the terminal are
    left out: categories need colours of known contrast, and ``sigma-ansi`` has them."""
    others = sorted(name for name, theme in BUILTIN_THEMES.items() if not theme.ansi)
    return [*(theme.name for theme in OWN), *others]


def contrast(first: Color, second: Color) -> float:
    """How well one can be told from the other, 1 to 21 (WCAG 2.1)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@cache
def category_colours(name: str) -> tuple[str, ...]:
    """Colours of categories on the theme of that name; where there are more categories they repeat
    and the letter tells."""
    own = _OWN_COLOURS.get(name)
    if own is not None:
        return own
    theme = fitted(BUILTIN_THEMES[name])
    grounds = _grounds(theme)
    return tuple(readable(colour, grounds) for colour in (ON_DARK if theme.dark else ON_LIGHT))


def fitted(theme: Theme) -> Theme:
    """The same theme with every colour that we write with, readable on its background."""
    return theme if theme.name in _OWN_COLOURS else _fitted(theme.name)


@cache
def _fitted(name: str) -> Theme:
    theme = BUILTIN_THEMES[name]
    known = theme.to_color_system().generate()
    background, primary = Color.parse(known["background"]), Color.parse(known["primary"])
    line = background.blend(primary, 0.25, alpha=1.0)

    def written(part: str) -> str:
        return readable(known[part], (background,))

    return replace(
        theme,
        primary=known["primary"],
        background=known["background"],
        surface=known["surface"],
        panel=known["panel"],
        foreground=written("foreground"),
        secondary=written("secondary"),
        accent=written("accent"),
        success=written("success"),
        warning=written("warning"),
        error=written("error"),
        variables={**theme.variables, "cursor-line": line.hex},
    )


def readable(colour: str, grounds: tuple[Color, ...]) -> str:
    """The colour, or the nearest one towards black or white that is readable on all grounds."""
    wanted = Color.parse(colour)
    away = Color.parse("#FFFFFF" if _luminance(grounds[0]) < 0.18 else "#000000")
    for step in range(21):
        nearer = wanted.blend(away, step / 20, alpha=1.0)
        if min(contrast(nearer, ground) for ground in grounds) >= READABLE:
            return nearer.hex
    return away.hex


def _grounds(theme: Theme) -> tuple[Color, ...]:
    """What category letters stand on: the background, and the line under the cursor."""
    background = theme.background or "#000000"
    return Color.parse(background), Color.parse(theme.variables.get("cursor-line", background))


def _luminance(colour: Color) -> float:
    """Relative luminance (WCAG 2.1)."""
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
