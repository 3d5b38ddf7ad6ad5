"""The tour's own lines: where it is, its sentence, and its keys, which can be clicked."""

from rich.style import Style
from rich.text import Text
from textual.widgets import Static

from sigma_tui.look.text import visible

Key = tuple[str, str, str]
"""A key as people read it, what it does, and the action of the screen."""


class TourBar(Static):
    """Hidden until there is something to say."""

    def __init__(self) -> None:
        super().__init__(id="tour")
        self._said = ""
        self.display = False

    @property
    def said(self) -> str:
        """The sentence."""
        return self._said

    def say(self, name: str, sentence: str, *keys: Key) -> None:
        """Shows a sentence with its keys. sentence: may hold data."""
        self._said = sentence
        text = Text(end="")
        text.append(f" {name} ", "bold reverse")
        for shown, does, action in keys:
            click = Style(meta={"@click": f"screen.{action}"})
            text.append("   ")
            text.append(shown, Style.parse("bold") + click)
            text.append(f" {does}", click)
        text.append(f"\n{visible(sentence)}")
        self.display = True
        self.update(text)

    def hide(self) -> None:
        """Nothing to say any more."""
        self._said = ""
        self.display = False
