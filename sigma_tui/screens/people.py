"""What every screen with a list of users can do: walk, sort, filter and open them."""

from textual import on

from engine.explore.versions import Journey, shown_part
from sigma_tui.beside.user_index import SURVEYED, Order
from sigma_tui.kept.session import session_of
from sigma_tui.look.text import visible
from sigma_tui.screens.choose import Choice, ChooseScreen
from sigma_tui.screens.editing import EditingScreen
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.sequence_pane import SequencePane
from sigma_tui.widgets.users_pane import UsersPane

ORDERS: dict[Order, tuple[str, str]] = {
    "file": ("as in the file", ""),
    "longest": ("longest", "many items first"),
    "shortest": ("shortest", "few items first"),
    "mixed": ("mixed tastes", "highest entropy first"),
    "single": ("one taste", "lowest entropy first"),
    "diverse": ("diverse lists", "highest Diversity@10; asks about all"),
    "alike": ("lists of one kind", "lowest Diversity@10; asks about all"),
    "best": ("best cases", "held-out item near the top; asks all"),
    "worst": ("worst cases", "held-out item far down; asks all"),
}
"""Of every order: its name, and what it means."""


class PeopleScreen(EditingScreen):
    """Opens one user of a ``UsersPane`` at a time and remembers the edits of each.

    journeys: edits so far by user; another screen over the same data may share them.
    """

    _surveys = False  # whether all users may be asked about

    def __init__(self, journeys: dict[int | None, Journey] | None = None) -> None:
        super().__init__()
        self._user: int | None = None
        self._journeys = {} if journeys is None else journeys
        self._held_out: int | None = None

    @property
    def user_label(self) -> str | None:
        """The present user's source label; None for a new one."""
        if self._explorer is None or self._user is None:
            return None
        return self._explorer.interactions.users[self._user]

    def _open_first(self, label: str | None) -> None:
        """Opens the user of that label; without one, or if there is none, the first of the list."""
        first = self.query_one(UsersPane).user_at(0)
        if label is not None and self._explorer is not None:
            try:
                first = self._explorer.interactions.users.index(label)
            except ValueError:
                self.notify(
                    f"There is no user {visible(label)} in this dataset.",
                    severity="warning",
                    markup=False,
                )
        self._open_user(first)

    def _open_user(self, user: int | None) -> None:
        if self._explorer is None:
            return
        self._user = user
        history = () if user is None else self._explorer.history(user)
        shown, self._held_out = shown_part(history)
        self._journey = self._journeys.get(user) or Journey.start(shown)
        if user is not None:
            self.query_one(UsersPane).point_at(user)
        now = self._journey.now
        self.query_one(SequencePane).show_version(now, len(now.entries) - 1)
        self._ask()

    def _after_edit(self, cursor: int | None = None) -> None:
        self._journeys[self._user] = self._journey  # edits wait for the person's return
        session = session_of(self.app)
        if session is not None and self._explorer is not None:
            session.keep_edits(self._explorer, self.user_label, self._journey)
        super()._after_edit(cursor)

    def _follow_edits(self) -> None:
        """Takes over what another screen with the same journeys did to the present user."""
        journey = self._journeys.get(self._user)
        if self._explorer is not None and journey is not None and journey != self._journey:
            self._journey = journey
            self._after_edit()

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
        self._go_to_pane("sequence")

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
        self._go_to_pane("users")
        self.call_after_refresh(self.query_one(UsersPane).filter.focus)

    def action_sort(self) -> None:
        """Choose an order of the users."""
        users = self.query_one(UsersPane)
        orders = [one for one in users.orders if self._surveys or one not in SURVEYED]
        choices = [Choice(order, *ORDERS[order]) for order in orders]

        def chosen(choice: Choice[Order] | None) -> None:
            if choice is not None:
                users.sort_by(choice.value)
                self._survey()

        self.app.push_screen(ChooseScreen("Sort the users", choices, users.order), chosen)

    def _survey(self) -> None:
        """Asks about all users, if the order needs it."""

    def action_random_user(self) -> None:
        """Any other user of the list."""
        users = self.query_one(UsersPane)
        row = users.random_row()
        user = None if row is None else users.user_at(row)
        if user is not None:
            self._open_user(user)

    def action_next_user(self) -> None:
        """The next user of the list as it is sorted and filtered."""
        self.query_one(UsersPane).lines.action_step(1)

    def action_previous_user(self) -> None:
        """The user before."""
        self.query_one(UsersPane).lines.action_step(-1)

    def action_new_user(self) -> None:
        """A person of whom nothing is known yet."""
        self._open_user(None)
        self._go_to_pane("sequence")
