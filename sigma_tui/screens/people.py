"""What every screen with a list of users can do: walk, sort, filter and open them."""

from textual import on

from engine.explore.versions import Journey, shown_part
from sigma_tui.screens.editing import EditingScreen
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.sequence_pane import SequencePane
from sigma_tui.widgets.users_pane import UsersPane


class PeopleScreen(EditingScreen):
    """Opens one user of a ``UsersPane`` at a time and remembers the edits of each."""

    def __init__(self) -> None:
        super().__init__()
        self._user: int | None = None
        self._journeys: dict[int | None, Journey] = {}
        self._held_out: int | None = None

    @property
    def user_label(self) -> str | None:
        """The present user's source label; None for a new one."""
        if self._explorer is None or self._user is None:
            return None
        return self._explorer.interactions.users[self._user]

    def action_pane(self, pane: str) -> None:
        """Goes to a pane."""
        raise NotImplementedError

    def _open_user(self, user: int | None) -> None:
        if self._explorer is None:
            return
        self._journeys[self._user] = self._journey  # edits wait for the person's return
        self._user = user
        history = () if user is None else self._explorer.history(user)
        shown, self._held_out = shown_part(history)
        self._journey = self._journeys.get(user) or Journey.start(shown)
        if user is not None:
            self.query_one(UsersPane).point_at(user)
        now = self._journey.now
        self.query_one(SequencePane).show_version(now, len(now.entries) - 1)
        self._ask()

    @on(LineList.Moved, "#users-lines")
    def _user_moved(self, message: LineList.Moved) -> None:
        user = self.query_one(UsersPane).user_at(message.index)
        if user is not None and user != self._user:
            self._open_user(user)

    @on(LineList.Chosen, "#users-lines")
    def _user_chosen(self, message: LineList.Chosen) -> None:
        user = self.query_one(UsersPane).user_at(message.index)
        if user is not None and user != self._user:
            self._open_user(user)
        self.action_pane("sequence")

    @on(UsersPane.Filtered)
    def _filtered(self) -> None:
        """Enter opens the first one that was found; without any the filter keeps the focus."""
        users = self.query_one(UsersPane)
        if users.lines.count:
            users.lines.focus()
            user = users.user_at(users.lines.cursor)
            if user is not None and user != self._user:
                self._open_user(user)

    def action_filter(self) -> None:
        """Goes to the filter of the users."""
        self.action_pane("users")
        self.call_after_refresh(self.query_one(UsersPane).filter.focus)

    def action_sort(self) -> None:
        """The next order of the users."""
        self.query_one(UsersPane).sort_next()

    def action_next_user(self) -> None:
        """The next user of the list as it is sorted and filtered."""
        self.query_one(UsersPane).lines.action_step(1)

    def action_previous_user(self) -> None:
        """The user before."""
        self.query_one(UsersPane).lines.action_step(-1)

    def action_new_user(self) -> None:
        """A person of whom nothing is known yet."""
        self._open_user(None)
        self.action_pane("sequence")
