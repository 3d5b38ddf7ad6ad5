"""How runs and datasets are drawn on the home screen, a line each, with their headings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from sigma_tui.widgets.cells import column

if TYPE_CHECKING:
    from engine.library.library import DatasetSummary
    from engine.training.runs import RunSummary

OF_A_RUN = (8, 8, 8)
OF_INTERESTS = 11
OF_A_DATASET = (9, 9, 14, 9, 8)
"""Cells of the numbers."""
ROOMY = 100
"""Cells from which a run's line has room for its interests too."""


def run_heading(width: int) -> Text:
    """Names of a run's columns. width: of the list, in cells."""
    texts, numbers = ("name", "model", "dataset", "state"), ("epochs", "R@20", "N@20")
    return _run_row(texts, "interests", numbers, width)


def run_line(run: "RunSummary", width: int, *, marked: bool = False) -> Text:
    """What a run is and how well it did on the validation split; of its interests, how many live
    if not all do. marked: for a comparison."""
    alive, count = run.interests_alive, run.interests
    interests = "–"
    if alive is not None:
        interests = str(count) if alive == count else f"{alive} of {count}"
    metrics = [
        f"{run.valid[name]:.3f}".replace("0.", ".", 1) if name in run.valid else "–"
        for name in ("recall@20", "ndcg@20")
    ]
    epochs = str(run.epochs)
    if run.state == "training":
        of = f"{epochs}/{run.settings['training'].get('epochs', '?')}"
        epochs = of if len(of) < OF_A_RUN[0] else epochs
    texts = (f"✓ {run.name}" if marked else run.name, run.model, run.dataset, run.state)
    return _run_row(texts, interests, (epochs, *metrics), width)


def _run_row(texts: Sequence[str], interests: str, numbers: Sequence[str], width: int) -> Text:
    if width < ROOMY:
        return _row(texts, numbers, OF_A_RUN, width)
    return _row(texts, (interests, *numbers), (OF_INTERESTS, *OF_A_RUN), width)


def dataset_heading(width: int) -> Text:
    """Names of a dataset's columns. width: of the list, in cells."""
    names = ("users", "items", "interactions", "density", "length")
    return _row(("name",), names, OF_A_DATASET, width)


def dataset_line(data: "DatasetSummary", width: int) -> Text:
    """How large and how dense a dataset is."""
    density = data.interactions / max(1, data.users * data.items)
    numbers = (
        f"{data.users:,}",
        f"{data.items:,}",
        f"{data.interactions:,}",
        f"{density:.2%}",
        f"{data.avg_length:.1f}",
    )
    return _row((data.name,), numbers, OF_A_DATASET, width)


def _cells(texts: int, widths: Sequence[int], width: int) -> tuple[int, int]:
    """Cells of the first text, and of each other: they share the room that the numbers leave, the
    first one most."""
    room = max(8, width - 4 - sum(widths))
    first = room if texts == 1 else max(10, room * 2 // (texts + 1))
    return first, (room - first) // max(1, texts - 1)


def _row(
    texts: Sequence[str],
    numbers: Sequence[str],
    widths: Sequence[int],
    width: int,
) -> Text:
    """Texts, then numbers, each in its column."""
    first, other = _cells(len(texts), widths, width)
    line = Text(" ", end="")
    for place, text in enumerate(texts):
        line.append_text(column(text, (other if place else first) - 1))
        line.append(" ")
    for number, cells in zip(numbers, widths, strict=True):
        line.append(number.rjust(cells))
    return line
