"""Two runs over all users: metrics with intervals, and whether they differ."""

from rich.text import Text
from textual import on
from textual.app import ComposeResult

from engine.evaluation.interval import Interval
from engine.explore.compared import Compared
from sigma_tui.widgets.cells import bar, column
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

SAID = {
    "recall": "Recall@{k}",
    "ndcg": "NDCG@{k}",
    "diversity": "Diversity@{k}",
    "diversity_learned": "learned Div.@{k}",
    "coverage": "Coverage@{k}",
    "novelty": "Novelty@{k}, bit",
}
NAME_WIDTH = 16
ASK = (
    "Not measured yet. Press m to rank every user's held-out test item with both runs; it takes "
    "seconds to minutes, is kept, and m stops it."
)


class MetricsPane(Pane):
    """Metrics of both, and their difference."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: list[Compared] = []

    @property
    def rows(self) -> list[Compared]:
        """What is shown."""
        return self._rows

    def compose(self) -> ComposeResult:
        """Heading, then a metric a line."""
        yield OneLine(classes="heading")
        yield LineList(id="metrics-lines", empty="…", cursor=False)

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("6 All users · test split")
        self.border_subtitle = (
            "[@click=screen.measure]m measure[/] · 95 % intervals, bootstrap over users"
        )

    def ask(self, trouble: str = "") -> None:
        """Nothing is measured yet, or it failed."""
        self._show([], trouble or ASK)

    def show_progress(self, run: str, done: int, whole: int) -> None:
        """How far the measuring is. run: A or B."""
        part = done / whole if whole else 0.0
        self._show(
            [], f"Ranking with {run}  {bar(part, 20)} {done:,} of {whole:,} users · m stops it"
        )

    def show_metrics(self, rows: list[Compared]) -> None:
        """Shows what was measured."""
        self._show(rows, "")

    def _show(self, rows: list[Compared], empty: str) -> None:
        self._rows = rows
        self.set_class(bool(rows), "-measured")
        lines = self.query_one(LineList)
        lines.say(empty)
        lines.show(len(rows), self._draw)
        self._head()

    @on(LineList.Fitted)
    def _head(self) -> None:
        width = self.query_one(LineList).size.width
        text = Text("")
        if self._rows:
            text = _columns("metric", "A", "B", "A − B", "", width)
        self.query_one(OneLine).say(text)

    def _draw(self, index: int, width: int) -> Text:
        row = self._rows[index]
        name, _, k = row.metric.partition("@")
        first, second = _value(row.first, width), _value(row.second, width)
        apart, verdict, style = "", "", ""
        if row.difference is not None:
            clear = row.difference.is_clear
            apart, verdict = _signed(row.difference, width), "clear" if clear else "may be chance"
            style = "bold" if clear else "dim"
        elif isinstance(row.first, float) and isinstance(row.second, float):
            apart = _short(row.first - row.second, "+")
        return _columns(SAID[name].format(k=k), first, second, apart, verdict, width, style)


def _columns(
    name: str, first: str, second: str, apart: str, verdict: str, width: int, style: str = ""
) -> Text:
    """One line of the table. style: of the difference."""
    own = 22 if width >= 100 else 8
    between = 24 if width >= 56 else 8
    text = Text(" ", end="")
    text.append_text(column(name, NAME_WIDTH))
    for value, room, look in ((first, own, ""), (second, own, ""), (apart, between, style)):
        text.append(" ")
        text.append_text(column(value, room, look))
    if width >= 75:
        text.append(f" {verdict}", style)
    return text


def _value(value: Interval | float | None, width: int) -> str:
    if value is None:
        return "–"
    if not isinstance(value, Interval):
        return f"{value:.3f}".removeprefix("0") if value < 1 else f"{value:.2f}"
    mean = f"{value.mean:.3f}".removeprefix("0")
    return f"{mean} [{_short(value.low)}, {_short(value.high)}]" if width >= 100 else mean


def _signed(value: Interval, width: int) -> str:
    mean = _short(value.mean, "+")
    return f"{mean} [{_short(value.low, '+')}, {_short(value.high, '+')}]" if width >= 56 else mean


def _short(value: float, sign: str = "") -> str:
    return f"{value:{sign}.3f}".replace("0.", ".", 1)
