"""One line of the recommendations, and the heading over them: which columns there is room for."""

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.theme import Theme

from engine.explore.answer import Recommendation
from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import column, rank_change, share

RANK, MOVED, CATEGORY, SCORE, PROBABILITY, STABLE = 3, 4, 2, 6, 5, 6
ROOM_FOR_STABLE, ROOM_FOR_WHY = 56, 70
"""Cells of a line from which a column is shown."""
SHORTEST_NAME = 8
"""Cells below which a name that is cut says nothing."""


@dataclass(frozen=True)
class Columns:
    """Widths in cells; 0 for a column that is not shown."""

    title: int
    stable: int
    why: int

    @classmethod
    def of(cls, width: int, *, stable: bool) -> "Columns":
        """What fits into a line, beside a scrollbar. stable: whether the model can tell it."""
        width -= 1
        rest = width - (1 + RANK + 1 + MOVED + 1 + CATEGORY + 1 + SCORE + 1 + PROBABILITY + 1)
        shown = STABLE if stable and width >= ROOM_FOR_STABLE else 0
        rest -= shown + 1 if shown else 0
        why = max(14, rest * 2 // 5) if width >= ROOM_FOR_WHY else 0
        rest -= why + 1 if why else 0
        return cls(max(0, rest), shown, why)

    def heading(self) -> Text:
        """Names of the columns."""
        parts = [
            f" {'#':>{RANK}} {'Δ':<{MOVED}}",
            column("item", self.title).plain,
            f" {'cat':<{CATEGORY + 1}}{'score':>{SCORE}} {'p':>{PROBABILITY}} ",
        ]
        if self.stable:
            parts.append(f" {'stable':<{self.stable}}")
        if self.why:
            parts.append(" why")
        return Text("".join(parts), no_wrap=True, end="")


def numbers(recommendation: Recommendation) -> str:
    """Score and probability."""
    probability = f"{recommendation.probability:.3f}".removeprefix("0")
    return f"{recommendation.score:>{SCORE}.2f} {probability:>{PROBABILITY}}"


def stability(part: float | None) -> str:
    """The share of samples; a dot while it is not known yet."""
    return f"{'·' if part is None else share(part):>{STABLE}}"


def moved(rank: int, before: int | None, theme: Theme) -> Text:
    """How a rank changed, in the theme's colours for it."""
    said, style = rank_change(rank, before)
    colour = {"▲": theme.success, "▼": theme.error, "n": theme.warning}.get(said[0], "")
    return Text(f"{said:<{MOVED}}", f"{style} {colour}".strip())


def short_title(title: str) -> str:
    """A title without what is in brackets at its end, and without an article: a year, an author."""
    short = visible(title).split(" (")[0].strip()
    return short.removeprefix("The ") or visible(title)


def fitted(names: list[str], room: int) -> str:
    """Names in a line: all that fit whole; where the first takes more than half, two cut short."""
    whole = [", ".join(names[:count]) for count in range(len(names), 0, -1)]
    fits = next((text for text in whole if cell_len(text) <= room), "")
    if not names or fits.count(", ") or len(names) == 1 or room < 2 * SHORTEST_NAME:
        return fits or (names[0] if names else "")
    first, second = names[:2]
    half = max((room - 2) // 2, room - 2 - cell_len(second))
    if cell_len(first) > half:
        first = set_cell_size(first, half - 1).rstrip() + "…"
    return f"{first}, {second}"
