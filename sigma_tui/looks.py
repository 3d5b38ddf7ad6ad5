"""Themes and the colours of categories.

Colours follow Okabe & Ito's palette for colour-blind people, made lighter or darker so that each
has a contrast of at least 4.5:1 on its theme's background (tests/app/test_looks.py computes it). A
category is always also a letter, so nothing depends on colour.
"""

from textual.theme import Theme

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
    variables={"border-blurred": "#3A4556", "footer-key-foreground": "#F0C244"},
)
LIGHT = Theme(
    name="sigma-light",
    primary="#0B62A4",
    secondary="#59636F",
    accent="#8A5A00",
    foreground="#1C2430",
    background="#FBFAF6",
    surface="#F4F2EC",
    panel="#EAE7DE",
    success="#0B6B4A",
    warning="#8A5A00",
    error="#A83A1C",
    dark=False,
    variables={"border-blurred": "#B9B4A6", "footer-key-foreground": "#8A5A00"},
)

ON_DARK = (
    "#F0A830", "#56B4E9", "#2FC193", "#F0E442", "#7FA8FF", "#FF8A4C", "#E39AC4", "#B8C0CC",
)  # fmt: skip
ON_LIGHT = (
    "#8A5A00", "#0B62A4", "#00694B", "#6A6000", "#3B3FA8", "#A63F00", "#8C2F68", "#505863",
)  # fmt: skip


def category_colour(category: int, *, dark: bool) -> str:
    """The colour of a category everywhere; beyond eight they repeat and the letter tells."""
    colours = ON_DARK if dark else ON_LIGHT
    return colours[category % len(colours)]
