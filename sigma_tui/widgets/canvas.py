"""Characters and styles of a grid of cells, for pictures that are made of many small pieces: a
hundred times as quick as putting the pieces together as rich texts."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rich.segment import Segment
from rich.style import Style


class Canvas:
    """text: characters of one cell each, [height, width]. What is written beyond the edges is cut
    off."""

    def __init__(self, width: int, height: int) -> None:
        self.text = np.full((height, width), " ", dtype="<U1")
        self._style = np.zeros((height, width), dtype=np.int32)
        self._styles: list[Style] = [Style.null()]
        self._known: dict[Style, int] = {Style.null(): 0}

    def number(self, style: Style) -> int:
        """What stands for a style in ``paint``."""
        if style not in self._known:
            self._known[style] = len(self._styles)
            self._styles.append(style)
        return self._known[style]

    def write(self, row: int, column: int, text: str, style: Style) -> None:
        """Writes one line of text."""
        width = self.text.shape[1]
        shown = text[: max(0, width - column)]
        if shown and 0 <= row < len(self.text):
            self.text[row, column : column + len(shown)] = list(shown)
            self._style[row, column : column + len(shown)] = self.number(style)

    def paint(
        self, row: int, column: int, text: npt.NDArray[np.str_], numbers: npt.NDArray[np.int32]
    ) -> None:
        """Puts a block of characters and numbers of styles, [h, w] both, at a place."""
        height, width = text.shape
        self.text[row : row + height, column : column + width] = text
        self._style[row : row + height, column : column + width] = numbers

    def add(self, columns: slice, style: Style, *, rows: slice = slice(None)) -> None:
        """Lays a style over those that are there."""
        part = self._style[rows, columns]
        for number in np.unique(part).tolist():
            part[part == number] = -1 - self.number(self._styles[number] + style)
        part[part < 0] = -1 - part[part < 0]

    def line(self, row: int) -> list[Segment]:
        """One line as runs of one style."""
        style = self._style[row]
        cuts = [0, *(np.flatnonzero(np.diff(style)) + 1).tolist(), len(style)]
        text = "".join(self.text[row].tolist())
        return [
            Segment(text[start:stop], self._styles[style[start]])
            for start, stop in pairwise(cuts)
            if stop > start
        ]
