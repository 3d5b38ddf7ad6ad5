"""A category as a coloured letter, the same everywhere."""

from typing import Any

from rich.text import Text
from textual.app import App

from engine.explore.categories import letter_of
from sigma_tui.look.looks import category_colours


class CategoryCells:
    """Draws categories in the colours of the app's theme."""

    def __init__(self, app: App[Any]) -> None:
        self._colours = category_colours(app.current_theme.name)

    def colour(self, category: int) -> str:
        """The category's colour on this theme; they repeat and the letter tells."""
        return self._colours[category % len(self._colours)]

    def letter(self, category: int | None, *, lit: bool = False) -> Text:
        """The letter in its colour, two cells wide; blank for no category. lit: as a lamp."""
        if category is None:
            return Text("  ", end="")
        style = f"bold {self.colour(category)}" + (" reverse" if lit else "")
        return Text(letter_of(category).ljust(2), style=style, end="")
