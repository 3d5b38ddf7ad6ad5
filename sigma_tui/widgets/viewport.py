"""What part of the map a grid of braille dots shows."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

DOTS_ACROSS, DOTS_DOWN = 2, 4
"""Dots of a cell; with cells twice as high as wide they are as far apart both ways."""
MARGIN = 1.08
CLOSEST, FARTHEST = 200.0, 8.0
"""How far one may zoom in, and out, from the whole map."""


@dataclass(frozen=True)
class Viewport:
    """x, y: of its centre on the map. scale: length of the map from dot to dot. width, height: in
    cells. whole: the scale at which all of it is seen."""

    x: float
    y: float
    scale: float
    width: int
    height: int
    whole: float

    @classmethod
    def around(cls, points: npt.NDArray[np.float64], width: int, height: int) -> "Viewport":
        """Shows all points, [n, 2], in so many cells."""
        low, high = points.min(axis=0), points.max(axis=0)
        dots = np.array([max(1, width) * DOTS_ACROSS, max(1, height) * DOTS_DOWN])
        scale = max(float(((high - low) * MARGIN / dots).max()), 1e-9)
        x, y = ((low + high) / 2).tolist()
        return cls(x, y, scale, width, height, scale)

    @property
    def zoom(self) -> float:
        """How much larger than the whole map."""
        return self.whole / self.scale

    def dots(self, points: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """Points [..., 2] in dots from the upper left corner: x to the right, y down."""
        moved = (points - np.array([self.x, self.y], dtype=points.dtype)) / self.scale
        moved *= np.array([1, -1], dtype=points.dtype)
        moved += np.array(
            [self.width * DOTS_ACROSS / 2, self.height * DOTS_DOWN / 2], dtype=points.dtype
        )
        return moved

    def cell(self, point: npt.NDArray[np.floating]) -> tuple[int, int]:
        """The cell of a point, column and row; outside of the view where it is outside."""
        across, down = self.dots(np.asarray(point, dtype=np.float64)).tolist()
        return int(across // DOTS_ACROSS), int(down // DOTS_DOWN)

    def point(self, column: float, row: float) -> tuple[float, float]:
        """The point in the middle of a cell."""
        across = (column + 0.5 - self.width / 2) * DOTS_ACROSS
        down = (row + 0.5 - self.height / 2) * DOTS_DOWN
        return self.x + across * self.scale, self.y - down * self.scale

    def shows(self, column: int, row: int) -> bool:
        """Whether a cell is in the view."""
        return 0 <= column < self.width and 0 <= row < self.height

    def moved(self, columns: float, rows: float) -> "Viewport":
        """Looks so many cells farther to the right and down."""
        return replace(
            self,
            x=self.x + columns * DOTS_ACROSS * self.scale,
            y=self.y - rows * DOTS_DOWN * self.scale,
        )

    def zoomed(self, factor: float, column: float, row: float) -> "Viewport":
        """Zooms in by a factor, or out if it is below 1, around a cell that stays where it is."""
        scale = min(max(self.scale / factor, self.whole / CLOSEST), self.whole * FARTHEST)
        x, y = self.point(column, row)
        ratio = scale / self.scale
        return replace(self, scale=scale, x=x + (self.x - x) * ratio, y=y + (self.y - y) * ratio)

    def centred(self, point: npt.NDArray[np.floating]) -> "Viewport":
        """The same view of another place."""
        return replace(self, x=float(point[0]), y=float(point[1]))

    def sized(self, width: int, height: int) -> "Viewport":
        """The same place in another number of cells; the part that is seen stays as large."""
        before = max(1, min(self.width * DOTS_ACROSS, self.height * DOTS_DOWN))
        now = max(1, min(width * DOTS_ACROSS, height * DOTS_DOWN))
        ratio = before / now
        return replace(
            self,
            width=width,
            height=height,
            scale=self.scale * ratio,
            whole=self.whole * ratio,
        )
