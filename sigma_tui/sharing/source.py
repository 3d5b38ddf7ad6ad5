"""What the explorer can share, made when somebody asks for it and not before."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.segment import Segment

from engine.explore.versions import Version
from sigma_tui.beside.user_index import ListedUsers
from sigma_tui.sharing.analyse import analyse, facts_of
from sigma_tui.sharing.formats import Format, Shared, analysis_text, proposed_path, users_text
from sigma_tui.sharing.picture import picture_of
from sigma_tui.sharing.records import Analysis, UserLine
from sigma_tui.sharing.subject import Subject

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer


@dataclass(frozen=True)
class Picture:
    """A screen as it was painted. width: in cells."""

    lines: tuple[Sequence[Segment], ...]
    width: int


class Source:
    """Makes texts for one state of the explorer; from one thread, which is not the screen's.

    run: the run's directory. turn: see ``analyse``. picture: reads the screen, in its own thread;
    scenarios: reads the named versions, in the other.
    """

    def __init__(
        self,
        explorer: "Explorer",
        subject: Subject,
        run: Path,
        turn: AbstractContextManager[object],
        users: ListedUsers,
        picture: Callable[[], Picture],
        scenarios: Callable[[], tuple[tuple[str, Version], ...]],
    ) -> None:
        self._explorer, self._subject, self._run, self._turn = explorer, subject, run, turn
        self._users, self._read_screen, self._scenarios = users, picture, scenarios
        self._analysis: Analysis | None = None
        self._picture: Picture | None = None

    def take_picture(self) -> None:
        """Reads the screen, before its picture is asked for. Called in the screen's thread."""
        if self._picture is None:
            self._picture = self._read_screen()

    def text(self, shared: Shared, format: Format) -> str:
        """What is shared, in a format that ``formats_of`` names. Raises SigmaError."""
        if shared == "screen":
            assert self._picture is not None
            return picture_of(self._picture.lines, self._picture.width, "sigma-tui")
        if shared == "users":
            return users_text(_lines(self._users), format)
        if self._analysis is None:
            subject = replace(self._subject, scenarios=self._scenarios())
            facts = facts_of(self._explorer, self._run)
            self._analysis = analyse(self._explorer, subject, facts, self._turn)
        return analysis_text(self._analysis, shared, format)

    def path(self, shared: Shared, format: Format) -> Path:
        """Where it would be written, if nobody says otherwise."""
        user = None if shared == "users" else self._subject.asked.user or "new person"
        return proposed_path(self._explorer.interactions.name, user, shared, format)


def _lines(users: ListedUsers) -> Iterator[UserLine]:
    index = users.index
    for row in users.rows.tolist():
        entropy = None if index.entropies is None else float(index.entropies[row])
        yield UserLine(index.labels[row], int(index.lengths[row]), entropy)
