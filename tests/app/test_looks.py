"""Colours can be told from the background, and no two actions share a key."""

from itertools import combinations

import pytest

from sigma_tui.actions import ACTIONS
from sigma_tui.app import SigmaApp
from sigma_tui.looks import DARK, LIGHT, ON_DARK, ON_LIGHT
from sigma_tui.screens.categories import CategoriesScreen
from sigma_tui.screens.compare import CompareScreen
from sigma_tui.screens.compare_scenarios import CompareScenariosScreen
from sigma_tui.screens.dataset import DatasetScreen
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.import_data import ImportScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.map import MapScreen
from sigma_tui.screens.tour import TourScreen
from sigma_tui.screens.train import TrainScreen
from sigma_tui.screens.training import TrainingScreen


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("theme", "colours"), [(DARK, ON_DARK), (LIGHT, ON_LIGHT)])
def test_every_colour_has_enough_contrast(theme, colours) -> None:
    for colour in (
        *colours,
        theme.foreground,
        theme.secondary,
        theme.success,
        theme.error,
        theme.warning,
    ):
        assert contrast(colour, theme.background) >= 4.5, colour


def test_category_colours_differ() -> None:
    assert len(set(ON_DARK)) == len(ON_DARK) == len(set(ON_LIGHT)) == len(ON_LIGHT)


SCREENS = {
    "home": (HomeScreen,),
    "import": (ImportScreen,),
    "categories": (CategoriesScreen,),
    "item": (ItemScreen,),
    "map": (MapScreen,),
    "dataset": (DatasetScreen,),
    "train": (TrainScreen,),
    "training": (TrainingScreen,),
    "explorer": (ExplorerScreen,),
    "whatif": (ExplorerScreen, CompareScreen),
    "compare": (CompareScreen,),
    "sides": (CompareScreen, CompareScenariosScreen),
    "users": (ExplorerScreen, CompareScreen),
    "sequence": (ExplorerScreen, CompareScreen),
    "interests": (ExplorerScreen,),
    "timeline": (ExplorerScreen,),
    "recommendations": (ExplorerScreen,),
    "diversity": (ExplorerScreen,),
    "tour": (TourScreen,),
    "app": (SigmaApp,),
}
FOR_A_WHILE = {"stop", "tour_step(1)", "tour_step(-1)", "tour_leave"}
"""Work only while the model plays or the tour goes on (``check_action``), before all others."""
PANES = ("users", "sequence", "interests", "timeline", "recommendations", "diversity")


def test_no_two_actions_share_a_key_where_both_work() -> None:
    for first, second in combinations(ACTIONS, 2):
        if not set(first.key.split(",")) & set(second.key.split(",")):
            continue
        together = "app" in (first.scope, second.scope) or first.scope == second.scope
        apart = first.scope in PANES and second.scope in PANES
        together |= bool(set(SCREENS[first.scope]) & set(SCREENS[second.scope])) and not apart
        for_a_while = {first.id, second.id} & FOR_A_WHILE
        assert not together or for_a_while, (first.id, second.id)


def test_every_action_has_a_method_and_a_help_sentence() -> None:
    for action in ACTIONS:
        for where in SCREENS[action.scope]:
            assert hasattr(where, f"action_{action.id.split('(')[0]}"), action.id
        assert action.help.endswith(".")
        assert action.title
