"""A line of text of fixed height."""

from rich.text import Text
from textual.widgets import Static


class OneLine(Static):
    """Text whose size never changes, so that new text needs no layout of the screen."""

    def say(self, text: Text) -> None:
        """Shows a text, if it is another one."""
        if text != self.content:
            self.update(text, layout=False)
