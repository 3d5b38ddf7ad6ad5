"""What the app remembers: where one was, the edits of every user, sizes of panes.

All of it lies in the state directory and is written in a thread of its own shortly after it
changes, each file whole or not at all. What is read is checked value by value; what is not
understood is taken for nothing.

session.json            the runs that were visited, the last one first, and the sizes of panes
edits-1/DATA/USER.json  undone, present and earlier versions of one user's sequence
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App

from engine.explore.kept_journeys import journey_as_plain, journey_from_plain
from engine.explore.versions import Journey, shown_part
from engine.own_files import make_private
from sigma_tui.kept.pane_sizes import LARGEST, SMALLEST, PaneSizes
from sigma_tui.kept.saver import Saver
from sigma_tui.kept.settings import LONGEST_LIST, SHORTEST_LIST

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

FORMAT, VERSION = "sigma-tui session", 1
MOST_VISITS = 100
LARGEST_FILE = 16 << 20
"""Bytes that are read; a larger file is none of ours."""


@dataclass(frozen=True)
class Visit:
    """How a run was left. run: its directory. library: the file. user: source label, None for a new
    person. k: length of the list."""

    run: Path
    library: Path
    user: str | None
    k: int


class Session:
    """Remembers for one app.

    state: the directory. settings: the file that settings are kept in. restore: whether runs open
    as they were left. tell: is given a sentence, from a thread, when something cannot be written.
    """

    def __init__(self, state: Path, settings: Path, *, restore: bool = True) -> None:
        self.restore = restore
        self.tell: Callable[[str], None] = lambda _sentence: None
        self._state = state
        self._settings = settings
        self._saver = Saver(lambda sentence: self.tell(sentence))
        known = _read(state / "session.json")
        self._foreign = known is None
        self.visits = _visits(known or {})
        self.pane_sizes = PaneSizes(_sizes(known or {}))

    @property
    def last(self) -> Visit | None:
        """The run that was visited last."""
        return next(iter(self.visits.values()), None)

    def visit(self, run: Path) -> Visit | None:
        """How a run was left; None if it was not visited or nothing is to come back."""
        return self.visits.get(str(run)) if self.restore else None

    def keep_visit(self, visit: Visit) -> None:
        """Remembers where one is."""
        key = str(visit.run)
        self.visits = {key: visit} | {at: one for at, one in self.visits.items() if at != key}
        self.keep_place()

    def keep_place(self) -> None:
        """Remembers visits and sizes of panes as they are now."""
        if self._foreign:
            return  # written by a newer program, which must find it as it left it
        visits = list(self.visits.values())[:MOST_VISITS]
        plain = {
            "format": FORMAT,
            "version": VERSION,
            "visits": [
                {"run": str(one.run), "library": str(one.library), "user": one.user, "k": one.k}
                for one in visits
            ],
            "sizes": {screen: dict(shares) for screen, shares in self.pane_sizes.shares.items()},
        }
        self._saver.save("place", lambda: _write(self._state / "session.json", plain))

    def keep_edits(self, explorer: "Explorer", user: str | None, journey: Journey) -> None:
        """Remembers the edits of a user of the explorer's dataset."""
        if not (journey.past or journey.future):
            return  # nothing was ever edited
        data = explorer.interactions
        path = self._edits(data.fingerprint) / f"{_hashed(json.dumps(user))}.json"

        def save() -> None:
            head = {"format": FORMAT, "version": VERSION, "dataset": data.name, "user": user}
            _write(path, {**head, "fingerprint": data.fingerprint, **journey_as_plain(journey)})

        self._saver.save(path, save)

    def edits(self, explorer: "Explorer") -> dict[int | None, Journey]:
        """The edits of every user of the explorer's dataset, by number; None is a new person.

        Reads files and takes its time: for another thread than the screen's.
        """
        data = explorer.interactions
        paths = sorted(self._edits(data.fingerprint).glob("*.json")) if self.restore else []
        numbers = {label: user for user, label in enumerate(data.users)} if paths else {}
        found: dict[int | None, Journey] = {}
        for path in paths:
            plain = _read(path)
            if not plain or plain.get("fingerprint") != data.fingerprint:
                continue
            label = plain.get("user")
            user = numbers.get(label) if isinstance(label, str) else None
            if label is not None and user is None:
                continue
            original, _ = shown_part(() if user is None else explorer.history(user))
            journey = journey_from_plain(plain, original=original, items=len(data.item_labels))
            if journey is not None:
                found[user] = journey
        return found

    def keep_setting(self, name: str, value: object) -> None:
        """Writes a setting into its file."""

        def save() -> None:
            from sigma_tui.kept.settings_file import (
                SettingsFile,  # it loads tomlkit, a start does not
            )

            SettingsFile(self._settings).write(name, value)

        self._saver.save(("setting", name), save)

    def close(self) -> None:
        """Writes what waits to be written."""
        self._saver.close()

    def _edits(self, fingerprint: str) -> Path:
        return self._state / f"edits-{VERSION}" / _hashed(fingerprint)


def session_of(app: App[Any]) -> Session | None:
    """The session of an app; None for one that remembers nothing."""
    session = getattr(app, "session", None)
    return session if isinstance(session, Session) else None


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _write(path: Path, value: dict[str, Any]) -> None:
    from engine.training.runs import write_json

    make_private(path.parent)
    write_json(path, value)


def _read(path: Path) -> dict[str, Any] | None:
    """What a file of ours holds: empty if there is none or it is damaged, None if a newer program
    wrote it."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return {}
        held = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        return {}
    version = held.get("version")
    if isinstance(version, int) and version > VERSION:
        return None
    return held if version == VERSION else {}


def _visits(held: dict[str, Any]) -> dict[str, Visit]:
    listed = held.get("visits")
    visits: dict[str, Visit] = {}
    for one in listed[:MOST_VISITS] if isinstance(listed, list) else []:
        if not isinstance(one, dict):
            continue
        run, library, user, k = one.get("run"), one.get("library"), one.get("user"), one.get("k")
        if not isinstance(run, str) or not isinstance(library, str) or "\0" in run + library:
            continue
        if isinstance(k, int) and (user is None or isinstance(user, str)):
            within = max(SHORTEST_LIST, min(LONGEST_LIST, k))
            visits.setdefault(run, Visit(Path(run), Path(library), user, within))
    return visits


def _sizes(held: dict[str, Any]) -> dict[str, dict[str, float]]:
    sizes: dict[str, dict[str, float]] = {}
    listed = held.get("sizes")
    for screen, shares in listed.items() if isinstance(listed, dict) else ():
        if not isinstance(shares, dict):
            continue
        sizes[screen] = {
            name: float(share)
            for name, share in shares.items()
            if _is_side(name) and isinstance(share, int | float) and SMALLEST <= share <= LARGEST
        }
    return sizes


def _is_side(name: str) -> bool:
    """Whether a name is ``PANE.width`` or ``PANE.height``; it is used as a selector."""
    return bool(re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_-]*\.(width|height)", name))
