"""A dataset: how long its sequences are, how popular its items, who and what is in it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen

from engine.errors import SigmaError
from engine.home import Home
from engine.library.shape import users_with
from sigma_tui.beside.dataset_view import DatasetView, load_dataset, runs_on
from sigma_tui.beside.lasting import lasting, release
from sigma_tui.beside.newest import Finder
from sigma_tui.beside.user_index import Order
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.screens.choose import Choice, ChooseScreen
from sigma_tui.widgets.about_pane import AboutPane
from sigma_tui.widgets.bars import Bars
from sigma_tui.widgets.detail_pane import DetailPane
from sigma_tui.widgets.items_pane import ItemsPane
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.pane import Pane
from sigma_tui.widgets.tab_line import bring
from sigma_tui.widgets.users_pane import UsersPane

if TYPE_CHECKING:
    from engine.training.runs import RunSummary

PANES = ("users", "detail", "items", "plots", "about")
TABS = tuple((pane, f"{number} {pane.capitalize()}") for number, pane in enumerate(PANES, 1))


ORDERS: tuple[Order, ...] = ("file", "longest", "shortest")
"""Of the users; others need a model."""


class DatasetScreen(Screen[None]):
    """Looks at one dataset of a home's library. device: for the explorer it may open."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dataset")]
    AUTO_FOCUS = ""

    class Loaded(Message):
        """The dataset is read, or the reason why it cannot be."""

        def __init__(self, view: DatasetView | None, trouble: str = "") -> None:
            super().__init__()
            self.view, self.trouble = view, trouble

    class FoundRuns(Message):
        """The runs that can be explored, and with which user."""

        def __init__(self, runs: "list[RunSummary]", user: str | None) -> None:
            super().__init__()
            self.runs, self.user = runs, user

    class FoundUsers(Message):
        """Who had an item."""

        def __init__(self, item: int, users: npt.NDArray[np.int64]) -> None:
            super().__init__()
            self.item, self.users = item, users

    def __init__(self, home: Home, name: str, *, device: str = "auto") -> None:
        super().__init__()
        self._home, self._dataset, self._device = home, name, device
        self._view: DatasetView | None = None
        self._finder: Finder[int, npt.NDArray[np.int64]] | None = None
        self._item: int | None = None
        self._front = "users"

    @property
    def view(self) -> DatasetView | None:
        """What is shown, once it is read."""
        return self._view

    def compose(self) -> ComposeResult:
        """Plots above, lists below."""
        yield OneLine(id="header")
        yield OneLine(id="tabs")
        with Vertical(id="dataset-panes"):
            with Horizontal(id="dataset-shape"):
                with Horizontal(id="plots"):
                    with Pane(id="lengths"):
                        yield Bars(id="lengths-bars")
                    with Pane(id="popularity"):
                        yield Bars(id="popularity-bars")
                yield AboutPane(id="about")
            with Horizontal(id="dataset-lists"):
                yield UsersPane(id="users")
                yield DetailPane(id="detail")
                yield ItemsPane(id="items")
        yield KeyLine()

    def on_mount(self) -> None:
        """Starts to read; the screen stands meanwhile."""
        self.query_one("#lengths", Pane).entitle("4 Lengths of sequences")
        self.query_one("#popularity", Pane).entitle("Popularity of items")
        self._header(f" loading {visible(self._dataset)} …")
        self.action_pane("users")
        self._read()

    def on_unmount(self) -> None:
        """Ends the thread that looks for users."""
        if self._finder is not None:
            self._finder.close()
        release()

    @work(thread=True, exit_on_error=False)
    def _read(self) -> None:
        try:
            with lasting():
                view = load_dataset(self._home.library, self._dataset)
            self.post_message(self.Loaded(view))
        except (SigmaError, OSError) as error:
            self.post_message(self.Loaded(None, str(error)))
        except Exception as error:  # the thread's last line of defence: the app must live on
            self.post_message(self.Loaded(None, f"the dataset cannot be read: {error!r}"))

    @on(Loaded)
    def _show(self, loaded: Loaded) -> None:
        view = self._view = loaded.view
        if view is None:
            for lines in self.query(LineList):
                lines.say(visible(loaded.trouble))
            for drawing in self.query(Bars):
                drawing.say("nothing to draw")
            self._header(f" {visible(self._dataset)} cannot be shown")
            self.notify(visible(loaded.trouble), severity="error", markup=False, timeout=12)
            return
        self._finder = Finder(_users_of(view), self._tell)
        self.query_one(UsersPane).show_users(view.users)
        self.query_one(ItemsPane).show_dataset(view)
        self.query_one(AboutPane).show_dataset(view)
        self._show_plots(view)
        self.query_one(DetailPane).show_history(view, self.query_one(UsersPane).user_at(0) or 0)
        data = view.summary
        density = data.interactions / max(1, data.users * data.items)
        self._header(
            f" {visible(data.name)} · {data.users:,} users · {data.items:,} items · "
            f"{data.interactions:,} interactions · density {density:.2%} · mean length "
            f"{data.avg_length:.1f}"
        )

    def _show_plots(self, view: DatasetView) -> None:
        shape, data = view.shape, view.summary
        lengths, popularity = self.query_one("#lengths", Pane), self.query_one("#popularity", Pane)
        self.query_one("#lengths-bars", Bars).show(shape.lengths)
        self.query_one("#popularity-bars", Bars).show(shape.popularity)
        lengths.entitle(f"4 Lengths · median {shape.median_length:,}")
        lengths.border_subtitle = "users by number of items"
        share = shape.head / data.items
        popularity.entitle(f"Popularity · {share:.1%} make up half")
        popularity.border_subtitle = "items by number of interactions"

    def _header(self, text: str) -> None:
        line = Text(no_wrap=True, overflow="ellipsis", end="")
        line.append(" sigma-tui ", "bold")
        line.append(text)
        self.query_one("#header", OneLine).say(line)

    def on_resize(self) -> None:
        """Between narrow and wider, more or fewer panes are seen."""
        self.call_after_refresh(self._bring)

    def on_descendant_focus(self) -> None:
        """The pane with the focus is the one that the narrow layout shows."""
        around = [] if self.focused is None else self.focused.ancestors
        for pane in PANES:
            if pane != self._front and self.query_one(f"#{pane}") in around:
                self._bring(pane)
        if self._front in ("users", "items"):
            self._show_detail()

    def _bring(self, pane: str = "") -> None:
        self._front = pane or self._front
        bring(
            self,
            TABS,
            self._front,
            {"dataset-shape": ("plots", "about"), "dataset-lists": ("users", "detail", "items")},
        )

    def action_pane(self, pane: str) -> None:
        """Goes to a pane; in the narrow layout it comes to the front."""
        self._bring(pane)
        lists = list(self.query_one(f"#{pane}").query(LineList))
        if lists:  # a pane that was hidden can take the focus only when it has been laid out
            self.call_after_refresh(lists[0].focus)
        else:
            self.set_focus(None)

    @on(LineList.Moved, "#users-lines")
    @on(LineList.Moved, "#items-lines")
    def _moved(self, message: LineList.Moved) -> None:
        """Lists also tell of a cursor that they moved themselves, without having the focus."""
        if message.lines.has_focus:
            self._show_detail()

    def _show_detail(self) -> None:
        """What belongs to the line under the cursor."""
        if self._view is None or self._finder is None:
            return
        if self._front == "users":
            users, self._item = self.query_one(UsersPane), None
            user = users.user_at(users.lines.cursor)
            if user is not None:
                self.query_one(DetailPane).show_history(self._view, user)
        else:
            items = self.query_one(ItemsPane)
            item = items.item_at(items.lines.cursor)
            if item is not None and item != self._item:
                self._item = item
                self._finder.ask(item)

    def _tell(self, item: int, users: npt.NDArray[np.int64]) -> None:
        """Called from the thread that looks for users."""
        self.post_message(self.FoundUsers(item, users))

    @on(FoundUsers)
    def _show_users(self, found: FoundUsers) -> None:
        if found.item == self._item and self._view is not None:
            self.query_one(DetailPane).show_users(self._view, found.item, found.users)

    @on(LineList.Chosen, "#users-lines")
    def _user_chosen(self) -> None:
        self.action_explore()

    @on(LineList.Chosen, "#items-lines")
    def _item_chosen(self) -> None:
        self.action_pane("detail")

    @on(LineList.Chosen, "#detail-lines")
    def _detail_chosen(self, message: LineList.Chosen) -> None:
        item = self.query_one(DetailPane).item_at(message.index)
        if item is None:
            self.action_explore()
        else:
            self.query_one(ItemsPane).point_at(item)
            self.action_pane("items")

    @on(UsersPane.Filtered)
    def _filtered(self) -> None:
        if self.query_one(UsersPane).lines.count:
            self.query_one(UsersPane).lines.focus()

    def action_find(self) -> None:
        """Goes to the search of the items, or else of the users."""
        if self._front == "items":
            self.query_one(ItemsPane).search.focus()
        else:
            self.action_pane("users")
            self.call_after_refresh(self.query_one(UsersPane).filter.focus)

    def action_sort(self) -> None:
        """The next order of the users."""
        users = self.query_one(UsersPane)
        users.sort_by(ORDERS[(ORDERS.index(users.order) + 1) % len(ORDERS)])

    def action_train(self) -> None:
        """Trains a model on this dataset."""
        from sigma_tui.screens.train import TrainScreen

        self.app.push_screen(TrainScreen(self._home, dataset=self._dataset, device=self._device))

    def action_explore(self) -> None:
        """Opens the user under the cursor in the explorer."""
        if self._view is None:
            return
        detail, users = self.query_one(DetailPane), self.query_one(UsersPane)
        user = detail.user_at(detail.lines.cursor) if self._front in ("detail", "items") else None
        if user is None:
            user = users.user_at(users.lines.cursor)
        self._find_runs(None if user is None else self._view.users.labels[user])

    @work(thread=True, group="runs", exclusive=True, exit_on_error=False)
    def _find_runs(self, user: str | None) -> None:
        view = self._view
        try:
            runs = [] if view is None else runs_on(self._home.runs, view.summary)
        except OSError:
            runs = []
        self.post_message(self.FoundRuns(runs, user))

    @on(FoundRuns)
    def _choose_run(self, found: FoundRuns) -> None:
        if not self.is_current:
            return
        if not found.runs:
            self.notify(
                f"No run on {visible(self._dataset)} can be explored yet: press t to train one.",
                severity="warning",
                markup=False,
            )
        elif len(found.runs) == 1:
            self._explore(found.runs[0].path, found.user)
        else:
            choices = [
                Choice(
                    run.path,
                    run.name,
                    f"{run.model} · Recall@20 {run.valid.get('recall@20', 0):.3f}",
                )
                for run in found.runs
            ]

            def chosen(choice: Choice[Path] | None) -> None:
                if choice is not None:
                    self._explore(choice.value, found.user)

            self.app.push_screen(ChooseScreen("Explore with which run?", choices), chosen)

    def _explore(self, run: Path, user: str | None) -> None:
        from sigma_tui.screens.explorer import ExplorerScreen

        self.app.push_screen(
            ExplorerScreen(run, self._home.library, user=user, device=self._device)
        )


def _users_of(view: DatasetView) -> Callable[[int, Callable[[], bool]], npt.NDArray[np.int64]]:
    """Looks at every interaction once: too quick for giving up to be worth asking."""
    return lambda item, _outdated: users_with(view.interactions, item)
