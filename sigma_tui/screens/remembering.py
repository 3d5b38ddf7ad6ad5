"""A run opens with the user and the edits that it was left with."""

from engine.explore.versions import Journey
from sigma_tui.inference import Loaded, Told
from sigma_tui.screens.answering import AnsweringScreen
from sigma_tui.session import Session, Visit, session_of
from sigma_tui.settings import settings_of


class RememberingScreen(AnsweringScreen):
    """Takes what is remembered from the app's session and tells it where one is.

    A screen built on this one calls ``_remember`` before it starts its service. fresh: whether
    nothing is to come back.
    """

    _fresh = False
    _session: Session | None = None
    _visit: Visit | None = None
    _came_back: dict[int | None, Journey] | None = None

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
            self._came_back = self._session.edits(told.explorer)
        super()._tell(told)

    def _open_first(self, label: str | None) -> None:
        """Opens the user of that label, else the one of the last visit, else the first."""
        came_back, visit = self._came_back or {}, self._visit
        self._journeys.update(came_back)
        labels = [] if self._explorer is None else self._explorer.interactions.users
        if label is None and visit is not None and visit.user is None and None in came_back:
            self._open_user(None)
        elif label is None and visit is not None and visit.user in labels:
            super()._open_first(visit.user)
        else:
            super()._open_first(label)
        if self._user in came_back and self._journey.now.edits():
            self.notify("Your edits of this user came back; X takes them off.", markup=False)

    def _ask(self) -> None:
        super()._ask()
        if self._session is not None and self._explorer is not None:
            self._session.keep_visit(Visit(self._run, self._library, self.user_label, self._k))
