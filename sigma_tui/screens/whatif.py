"""What if: scenarios of the present user, and the smallest change that makes a difference."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from engine.errors import SigmaError
from engine.explore.change import Change
from engine.explore.scenarios import LONGEST_NAME, KeptScenarios
from engine.explore.versions import Version
from engine.home import Home
from sigma_tui.look.text import visible
from sigma_tui.screens.compare_scenarios import CompareScenariosScreen
from sigma_tui.screens.other_run import OtherRunScreen
from sigma_tui.screens.playing import PlayingScreen
from sigma_tui.screens.scenarios import Opened, Paired, ScenariosScreen
from sigma_tui.screens.smallest_change import SmallestChangeScreen

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


class WhatIfScreen(PlayingScreen):
    """Adds to questions and answers what one does with several sets of edits. Arguments: see
    ``ExplorerScreen``."""

    def __init__(
        self,
        run: Path,
        library: Path,
        *,
        device: str = "auto",
        clock: Callable[[], float] | None = time.perf_counter,
    ) -> None:
        super().__init__(run, library, device=device, clock=clock)
        self._scenarios: dict[int | None, Opened] = {}  # that the edits of each user began with

    def _kept_scenarios(self, explorer: "Explorer") -> KeptScenarios:
        """Where the present user's scenarios are."""
        return KeptScenarios(
            Home.locate().scenarios,
            explorer.interactions,
            self.user_label,
            self._journey.now.original,
        )

    @property
    def scenario(self) -> Opened | None:
        """What the edits of the present user began with, if it was a scenario."""
        return self._scenarios.get(self._user)

    def _scenario_said(self) -> str:
        """For the headline."""
        known = self.scenario
        if known is None:
            return ""
        return f"scenario “{known.name}”" + (
            "" if known.version == self._journey.now else ", edited since"
        )

    def action_scenarios(self) -> None:
        """Keeps, opens, compares, deletes and exports scenarios."""
        explorer = self._explorer
        if explorer is None:
            return

        def chosen(what: Opened | Paired | None) -> None:
            if isinstance(what, Paired):
                self.app.push_screen(
                    CompareScenariosScreen(
                        explorer, self._service, what, held_out=self._held_out, k=self._k
                    )
                )
            elif what is not None:
                self._open_scenario(what)

        self.app.push_screen(
            ScenariosScreen(
                explorer,
                self.user_label,
                self._kept_scenarios(explorer),
                self._journey.now,
                self.scenario.name if self.scenario is not None else "",
            ),
            chosen,
        )

    def _open_scenario(self, opened: Opened) -> None:
        """Goes to a scenario as one edit, which can be taken back."""
        if opened.name:
            self._scenarios[self._user] = opened
        else:
            self._scenarios.pop(self._user, None)
        if opened.version == self._journey.now:
            self._header()
        else:
            self._edit(opened.version)

    def action_smallest_change(self) -> None:
        """What would have to be different for the recommendation under the cursor to go."""
        item = self._recommended_or_why()
        if item is not None:
            self._search_change(item)

    def action_bring_in(self) -> None:
        """Finds an item and asks what would have to be different for it to be recommended."""
        self._find("What would bring this item into the list?", self._search_change)

    def _search_change(self, item: int) -> None:
        explorer, now = self._explorer, self._journey.now
        if explorer is None:
            return
        dialog = SmallestChangeScreen(explorer, self._service, now.items, item, self._k)

        def chosen(change: Change | None) -> None:
            if change is None:
                return
            version = change.applied_to(now)
            aim = "in" if change.rank <= self._k else "out"
            title = explorer.catalogue.titles[item - 1]
            name = _name(f"{title} {aim}: ", dialog.describe(change))
            self._keep_scenario(name, version)

        self.app.push_screen(dialog, chosen)

    def _keep_scenario(self, name: str, version: Version) -> None:
        """Goes to edits and keeps them under a name."""
        assert self._explorer is not None
        self._open_scenario(Opened(name, version))
        self._write_scenario(self._kept_scenarios(self._explorer), name, version)

    @work(thread=True, exit_on_error=False)
    def _write_scenario(self, kept: KeptScenarios, name: str, version: Version) -> None:
        try:
            kept.keep(name, version)
            said = f"Kept as scenario “{visible(name)}”. u takes it back, S shows all scenarios."
            self.notify(said, markup=False)
        except (SigmaError, OSError) as error:
            self.notify(visible(str(error)), severity="error", markup=False, timeout=12)

    def action_compare(self) -> None:
        """Compares with another run on the same data; edits go along."""
        explorer = self._explorer
        if explorer is None:
            return

        def chosen(other: Path | None) -> None:
            if other is None:
                return
            from sigma_tui.screens.compare import CompareScreen

            self.app.push_screen(
                CompareScreen(
                    (self._run, other),
                    self._library,
                    user=self.user_label,
                    new_user=self._user is None,
                    device=self._device,
                    journeys=self._journeys,
                    k=self._k,
                )
            )

        self.app.push_screen(
            OtherRunScreen(
                self._run, explorer.interactions.name, explorer.interactions.fingerprint
            ),
            chosen,
        )

    def on_screen_resume(self) -> None:
        """Edits that were made while two runs were compared come along."""
        self._follow_edits()


def _name(what: str, how: str) -> str:
    """A name that is short enough, with an ellipsis where it was not."""
    name = what + how
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
