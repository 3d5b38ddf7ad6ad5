"""The dataset's screen in a real (headless) terminal, on a real library with hostile titles."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from app_support import text_of, until
from textual.pilot import Pilot

from engine.home import Home
from engine.library.library import Library
from engine.library.shape import Histogram, histogram, users_with
from engine.training.runs import list_runs
from sigma_tui.app import SigmaApp
from sigma_tui.screens import dataset as dataset_module
from sigma_tui.screens.choose import ChooseScreen
from sigma_tui.screens.dataset import DatasetScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.train import TrainScreen
from sigma_tui.widgets.bars import bars
from sigma_tui.widgets.detail_pane import DetailPane
from sigma_tui.widgets.items_pane import ItemsPane
from sigma_tui.widgets.users_pane import UsersPane


def home_of(small) -> Home:
    base = Home.locate(small.library)
    return replace(base, library=small.library, runs=small.home / "runs")


@pytest.fixture
def dataset(small):
    """Opens the small world's dataset, or another one of its library."""

    class Session:
        def __init__(self, size=(120, 36), name="small", home=None):
            self.screen = DatasetScreen(home or home_of(small), name, device="cpu")
            self.app = SigmaApp(self.screen)
            self.context = self.app.run_test(size=size, notifications=True)

        async def __aenter__(self) -> tuple[DatasetScreen, Pilot[None]]:
            pilot = await self.context.__aenter__()
            await until(pilot, lambda: "loading" not in text_of(pilot))
            return self.screen, pilot

        async def __aexit__(self, *error: object) -> None:
            await self.context.__aexit__(*error)

    return Session


async def test_plots_period_categories_users_and_items_are_shown(dataset, small) -> None:
    async with dataset() as (screen, pilot):
        text = text_of(pilot)
        with Library.open(small.library) as library:
            summary = library.summary("small")
        assert f"{summary.interactions:,} interactions" in text
        assert f"median {screen.view.shape.median_length}" in text
        assert "█" in text
        assert "1970-01-12" in text  # of a million seconds
        assert "Comedy" in text and "Drama" in text
        assert "30" in screen.query_one("#users").border_title
        assert "七人の侍" in text
        assert "\x1b" not in text


@pytest.mark.thorough
async def test_the_detail_follows_users_and_items_and_leads_from_one_to_the_other(dataset) -> None:
    async with dataset() as (screen, pilot):
        detail, items = screen.query_one(DetailPane), screen.query_one(ItemsPane)
        await pilot.press("down")
        user = screen.query_one(UsersPane).user_at(1)
        history = screen.view.history(user).tolist()
        await until(pilot, lambda: detail.item_at(0) == history[0])
        await pilot.press("2")
        await pilot.pause()
        await pilot.press("down", "enter")
        await until(pilot, lambda: items.lines.has_focus)
        assert items.item_at(items.lines.cursor) == history[1]
        await until(pilot, lambda: detail.user_at(0) is not None)
        expected = users_with(screen.view.interactions, history[1]).tolist()
        assert [detail.user_at(line) for line in range(len(expected))] == expected
        assert detail.user_at(len(expected)) is None
        assert "Who had" in text_of(pilot)


@pytest.mark.thorough
async def test_users_and_items_are_searched_as_one_types(dataset) -> None:
    async with dataset() as (screen, pilot):
        users, items = screen.query_one(UsersPane), screen.query_one(ItemsPane)
        await pilot.press("slash", *"u07", "enter")
        await until(pilot, lambda: users.lines.count == 1 and users.lines.has_focus)
        assert screen.view.users.labels[users.user_at(0)] == "u07"
        await pilot.press("3")
        await until(pilot, lambda: items.lines.has_focus)
        await pilot.press("slash", *"title 33")
        await until(pilot, lambda: screen.view.catalogue.titles[items.item_at(0) - 1] == "Title 33")
        await pilot.press("escape")
        assert items.lines.has_focus
        await pilot.press("slash", *"zzzzzzzz")
        await until(pilot, lambda: "Nothing is called like that." in text_of(pilot))


async def test_users_are_sorted_by_length(dataset) -> None:
    async with dataset() as (screen, pilot):
        users = screen.query_one(UsersPane)
        await pilot.press("s")
        await until(pilot, lambda: users.shown[1] == "longest")
        lengths = screen.view.users.lengths
        assert lengths[users.user_at(0)] == lengths.max()


@pytest.mark.thorough
async def test_a_user_is_opened_in_the_explorer(dataset) -> None:
    async with dataset() as (_, pilot):
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExplorerScreen))
        opened = pilot.app.screen
        await until(pilot, lambda: opened.shown is not None)
        assert opened.user_label == "u02"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DatasetScreen))


@pytest.mark.thorough
async def test_of_several_runs_one_is_chosen(dataset, small, tmp_path) -> None:
    shutil.copytree(small.home / "runs", tmp_path / "runs")
    shutil.copytree(tmp_path / "runs" / "tiny", tmp_path / "runs" / "tiny-2")
    home = replace(home_of(small), runs=tmp_path / "runs")
    async with dataset(home=home) as (_, pilot):
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseScreen))
        assert "tiny-2" in text_of(pilot) and "sigma · Recall@20" in text_of(pilot)
        await pilot.press("escape", "e")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExplorerScreen))


@pytest.mark.thorough
async def test_without_a_run_that_fits_it_says_how_to_get_one(dataset, small, tmp_path) -> None:
    home = replace(home_of(small), runs=tmp_path / "runs")
    async with dataset(home=home) as (_, pilot):
        await pilot.press("e")
        told = pilot.app._notifications
        await until(pilot, lambda: any("press t to train one" in note.message for note in told))
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, DatasetScreen)


async def test_a_run_of_other_data_is_not_offered(small, tmp_path) -> None:
    with Library.open(small.library) as library:
        summary = library.summary("small")
    assert dataset_module.runs_on(small.home / "runs", summary)
    assert not dataset_module.runs_on(small.home / "runs", replace(summary, fingerprint="other"))
    assert len(list_runs(small.home / "runs")) == 1


@pytest.mark.thorough
async def test_training_begins_from_here(dataset) -> None:
    async with dataset() as (_, pilot):
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, TrainScreen))
        await until(pilot, lambda: "small" in text_of(pilot))


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["gone", "smal"])
async def test_a_dataset_that_is_not_there_is_a_sentence(dataset, name) -> None:
    async with dataset(name=name) as (screen, pilot):
        await until(pilot, lambda: "there is no dataset" in text_of(pilot))
        for key in ("e", "slash", "s", "3", "4", "5", "2", "enter"):
            await pilot.press(key)
        assert screen.view is None


@pytest.mark.thorough
async def test_the_narrow_layout_shows_one_pane_and_its_tabs_take_clicks(dataset) -> None:
    async with dataset(size=(80, 24)) as (screen, pilot):
        panes = dataset_module.PANES
        for number, pane in enumerate(panes, start=1):
            await pilot.press(str(number))
            await until(pilot, lambda pane=pane: screen.query_one(f"#{pane}").region.height > 3)
            others = [one for one in panes if one != pane]
            assert not any(screen.query_one(f"#{one}").region.height for one in others)
        await pilot.click("#tabs", offset=(3, 0))
        await until(pilot, lambda: screen.query_one("#users").region.height > 3)
        for size in ((20, 5), (200, 50), (120, 36)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert screen.query_one("#plots").region.height > 3


def test_a_histogram_counts_every_value_in_few_bins() -> None:
    values = np.random.default_rng(0).integers(1, 100_000, 5_000)
    drawn = histogram(values)
    assert drawn.counts.sum() == 5_000
    assert len(drawn.counts) <= 24
    assert (np.diff(drawn.edges) >= 1).all()
    one = histogram(np.array([7, 7, 7]))
    assert (one.edges.tolist(), one.counts.tolist()) == ([7, 8], [3])


@pytest.mark.parametrize("size", [(80, 12), (30, 6), (12, 3), (5, 1), (0, 0)])
def test_bars_fit_into_any_room(size: tuple[int, int]) -> None:
    width, height = size
    lines = bars(histogram(np.arange(1, 400)), width, height, axis="dim").plain.split("\n")
    assert len(lines) <= max(1, height)
    assert all(len(line) <= width for line in lines)


def test_the_highest_bar_fills_the_height_and_a_single_one_is_seen() -> None:
    drawn = bars(
        Histogram(np.array([1, 2, 3]), np.array([1000, 1])), 20, 5, axis="dim"
    ).plain.split("\n")
    assert drawn[0].startswith("  1,000 █")
    assert "▁" in drawn[3]
    assert drawn[4].split() == ["1", "2"]


def test_the_activity_counts_every_timed_interaction(small) -> None:
    with Library.open(small.library) as library:
        activity = library.activity("small", 10)
        assert activity.sum() == library.summary("small").interactions
        assert len(activity) == 10
