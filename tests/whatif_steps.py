"""What tests of scenarios and of the smallest change do alike."""

from app_support import until
from textual.pilot import Pilot
from textual.widgets import Input

from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.scenarios import ScenariosScreen
from sigma_tui.widgets.line_list import LineList


async def answered(screen: ExplorerScreen, pilot: Pilot) -> None:
    await until(
        pilot,
        lambda: (
            pilot.app.screen is screen and screen.shown.question.items == screen.journey.now.items
        ),
    )
    await pilot.pause()


async def scenarios(pilot: Pilot, *keys: str) -> None:
    """Opens the scenarios by a key, waits until they are read, and goes to the list."""
    await pilot.press(*(keys or ("S",)))
    await until(pilot, lambda: isinstance(pilot.app.screen, ScenariosScreen))
    lines = pilot.app.screen.query_one(LineList)
    await until(pilot, lambda: lines.count)
    lines.focus()
    await pilot.pause()


async def keep(screen: ExplorerScreen, pilot: Pilot, name: str) -> None:
    await scenarios(pilot)
    typed = pilot.app.screen.query_one(Input)
    typed.value = name
    typed.focus()
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen is screen)
    await pilot.pause()
