"""Small pieces of HTML, with everything from data escaped."""

import html

from sigma_tui.look.text import visible


def text(value: str) -> str:
    """Text, between tags or in a quoted attribute."""
    return html.escape(visible(value), quote=True)


def title(value: str) -> str:
    """Text of the data whose direction must not touch what stands around it."""
    return f"<bdi>{text(value)}</bdi>"


def colour_class(letter: str | None, letters: tuple[str, ...]) -> str:
    """The class that gives a category its colour; beyond eight they repeat."""
    return f"c{letters.index(letter) % 8}" if letter in letters and letter is not None else ""


def chip(letter: str | None, letters: tuple[str, ...]) -> str:
    """A category as a letter in its colour."""
    if letter is None:
        return "–"
    return f'<span class="chip {colour_class(letter, letters)}">{text(letter)}</span>'
