"""A run opens with the user and the edits that it was left with."""

import time
from collections.abc import Callable
from pathlib import Path

from engine.explore.versions import Journey
from sigma_tui.beside.inference import Loaded, Told
from sigma_tui.kept.session import Session, Visit, session_of
from sigma_tui.kept.settings import settings_of
from sigma_tui.screens.answering import AnsweringScreen


class RememberingScreen(AnsweringScreen):
    """Takes what is remembered from the app's session and gives it what changes.

    A screen built on this one calls ``_remember`` before it starts its service and
    ``_begin_at_user`` when the model is there. user: label of the user to begin with, else the one
    of the last visit. fresh: whether nothing is to come back. Other arguments: see
    ``ExplorerScreen``.
    """

    def __init__(
        self,
        run: Path,
        library: Path,
        *,
        user: str | None = None,
        device: str = "auto",
        fresh: bool = False,
        clock: Callable[[], float] | None = time.perf_counter,
    ) -> None:
        super().__init__(run, library, device=device, clock=clock)
        self._first_user = user
        self._fresh = fresh
        self._session: Session | None = None
        self._visit: Visit | None = None
        self._kept_edits: dict[int | None, Journey] = {}

    def _remember(self) -> None:
        """How the run was left: its user and the length of the list."""
        self._k = settings_of(self.app).k
        self._session = session_of(self.app)
        if self._session is not None and not self._fresh:
            self._visit = self._session.visit(self._run)
        if self._visit is not None:
            self._k = self._visit.k

    def _tell(self, told: Told) -> None:
        """Called from the inference thread, which has the time to read files."""
        if isinstance(told, Loaded) and self._session is not None and not self._fresh:
            self._kept_edits = self._session.edits(told.explorer)
        super()._tell(told)

    def _begin_at_user(self) -> None:
        """Opens the user that was asked for, else the one of the last visit, else the first."""
        assert self._explorer is not None
        self._journeys |= self._kept_edits
        label, visit = self._first_user, self._visit
        if label is None and visit is not None and visit.user is None and None in self._journeys:
            self._open_user(None)
        else:
            if label is None and visit is not None:
                known = visit.user in self._explorer.interactions.users
                label = visit.user if known else None
            self._open_first(label)
        if self._user in self._kept_edits and self._journey.now.edits():
            self.notify("Your edits of this user came back; X takes them off.", markup=False)

    def _ask(self) -> None:
        super()._ask()
        if self._session is not None and self._explorer is not None:
            self._session.keep_visit(Visit(self._run, self._library, self.user_label, self._k))
