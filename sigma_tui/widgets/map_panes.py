"""What stands beside the map: its marks explained, the list, the item under the cursor."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from engine.explore.categories import letter_of
from engine.explore.scene import Region, Scene
from sigma_tui.look.text import visible
from sigma_tui.look.themed import Themed
from sigma_tui.widgets.category_cell import CategoryCells
from sigma_tui.widgets.cells import column, share
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.map_picture import LAST, SEEN
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

STATES = {
    "posterior": "z the posterior of the sequence",
    "query": "q where the next item is sought",
    "": "",
}


class LegendPane(Pane):
    """The interests of the sequence by their letters, then what the other marks mean."""

    _explorer: "Explorer"
    _regions: tuple[Region, ...] = ()

    def compose(self) -> ComposeResult:
        """Interests, then marks."""
        yield LineList(id="legend-lines", empty="…")
        yield Static(id="legend-marks")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("Interests")

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where names come from."""
        self._explorer = explorer

    def category_at(self, index: int) -> int | None:
        """The category on a line."""
        return self._regions[index].category

    def show_scene(self, scene: Scene) -> None:
        """Strongest interest first."""
        self._regions = tuple(sorted(scene.regions, key=lambda region: -region.intensity))
        lines = self.query_one(LineList)
        lines.empty = no_interests(self._explorer, scene)
        lines.show(len(self._regions), self._draw)
        self.border_subtitle = "enter shows one alone" if self._regions else ""
        self.styles.height = max(6, min(10, len(self._regions)) + 9)
        self.query_one("#legend-marks", Static).update(Text("\n".join(marks(scene)), "dim"))

    def _draw(self, index: int, width: int) -> Text:
        region = self._regions[index]
        assert region.category is not None
        line = Text(" ")
        line.append_text(CategoryCells(self.app).letter(region.category))
        portraits = self._explorer.portraits
        name = portraits[region.category].name if portraits else "an interest of this person"
        line.append_text(column(name or "–", width - 9))
        line.append(f" {share(region.intensity):>4} ")
        return line


class MarkedPane(Pane):
    """The recommendations by the numbers that they have on the map."""

    _explorer: "Explorer"
    _list: tuple[tuple[int, int], ...] = ()
    _owners: npt.NDArray[np.int16] | None = None

    def compose(self) -> ComposeResult:
        """The list."""
        yield LineList(id="marked-lines", empty="Nothing to recommend from an empty sequence.")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("Recommendations")

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where titles come from."""
        self._explorer = explorer

    def show_list(self, recommended: tuple[tuple[int, int], ...], scene: Scene) -> None:
        """recommended: (rank, item). scene: whose categories the letters are."""
        self._list, self._owners = recommended, scene.owners
        self.query_one(LineList).show(len(recommended), self._draw)
        self.entitle(f"Recommendations · top {len(recommended)}")

    def _draw(self, index: int, width: int) -> Text:
        rank, item = self._list[index]
        line = Text(f"{rank:>3} ")
        line.append_text(column(self._explorer.catalogue.titles[item - 1], width - 7))
        line.append(" ")
        owner = None if self._owners is None else int(self._owners[item])
        line.append_text(CategoryCells(self.app).letter(owner))
        return line


class NearestPane(Themed, OneLine):
    """The item under the cursor in one line."""

    _explorer: "Explorer"
    _shown: tuple[int, Scene, dict[int, int]] | None = None

    def use_colours(self) -> None:
        """The letter has another one."""
        if self._shown is not None:
            self.show_item(*self._shown)

    def show_catalogue(self, explorer: "Explorer") -> None:
        """Where titles come from."""
        self._explorer = explorer

    def show_marks(self, scene: Scene) -> None:
        """What the marks mean, or why there is none of an interest."""
        self._shown = None
        if scene.kind == "none":
            told = "This model has no categories: one colour."
            told += " q is what is sought." if scene.state_kind == "query" else ""
        else:
            told = no_interests(self._explorer, scene) or "  ".join(brief(scene))
        self.say(Text(f" {told}", "dim", no_wrap=True, overflow="ellipsis", end=""))

    def show_item(self, item: int | None, scene: Scene, ranks: dict[int, int]) -> None:
        """ranks: of the recommended items."""
        self._shown = None if item is None else (item, scene, ranks)
        line = Text(" ◆ ", no_wrap=True, overflow="ellipsis", end="")
        if item is None:
            line.append("no item here")
            self.say(line)
            return
        catalogue = self._explorer.catalogue
        facts = Text(end="")
        if scene.owners is not None:
            owner = int(scene.owners[item])
            membership = self._explorer.membership
            facts.append("  ")
            facts.append_text(CategoryCells(self.app).letter(owner))
            if membership is not None:
                facts.append(share(float(membership[item, owner])))
        facts.append(f"  had by {catalogue.popularity[item - 1]:,}", "dim")
        if item in ranks:
            facts.append(f"  recommended #{ranks[item]}", "bold")
        if item in scene.sequence:
            facts.append("  in the sequence", "bold")
        title = Text(visible(catalogue.titles[item - 1]), style="bold", end="")
        title.truncate(max(8, self.size.width - facts.cell_len - 4), overflow="ellipsis")
        line.append_text(title)
        line.append_text(facts)
        self.say(line)


def no_interests(explorer: "Explorer", scene: Scene) -> str:
    """Why no interest is on the map."""
    if not explorer.interests:
        return (
            "This model has no interests and no categories: all items have one colour. "
            "Train one that has: --model sigma."
        )
    return "The sequence is empty: add an item to see interests." if not scene.sequence else ""


def marks(scene: Scene) -> list[str]:
    """What the marks mean, a line each."""
    lines = []
    if scene.regions and scene.regions[0].covariance is not None:
        lines.append(" ◯ one σ of an interest's Gaussian")
    elif scene.regions:
        lines.append(" A where an interest points; no spread")
    if scene.kind == "personal":
        lines.append(" colour: the interest it suits best")
    state = STATES[scene.state_kind]
    if state:
        lines.append(f" {state}")
    lines.append(f" {SEEN} in the sequence, {LAST} its last item")
    lines.append(" 1 … rank in the list; ▸ lies outside")
    return lines


def brief(scene: Scene) -> list[str]:
    """The same in few words, where the marks have one line."""
    lines = ["1… list", f"{SEEN}{LAST} sequence"]
    if scene.state_kind:
        lines.append("z posterior" if scene.state_kind == "posterior" else "q what is sought")
    if scene.regions:
        lines.append("A interest" if scene.regions[0].covariance is None else "◯ one σ")
    return lines


def letters(scene: Scene) -> str:
    """The strongest interests in one line, or why there are none, for a narrow screen."""
    if scene.kind == "none":
        return "no interests and no categories: all items have one colour"
    strongest = sorted(scene.regions, key=lambda region: -region.intensity)
    return "  ".join(
        f"{letter_of(region.category)} {share(region.intensity)}"
        for region in strongest
        if region.category is not None
    )
