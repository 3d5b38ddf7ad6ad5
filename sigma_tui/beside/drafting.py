"""The one draft of an import: a thread that owns it and answers the newest request.

A request that comes while another is worked on takes its place, and what is out of date is neither
finished nor told. The thread speaks to the screen through one callback, which must be safe to call
from it.
"""

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import SigmaError
from sigma_tui.beside.newest import Newest

if TYPE_CHECKING:
    from engine.library.draft import Draft, Kept, Look
    from engine.library.request import ImportRequest
    from engine.library.watch import Progress


@dataclass(frozen=True)
class Looked:
    """What a request's files are."""

    number: int
    look: "Look"


@dataclass(frozen=True)
class Counted:
    """What the rules keep."""

    number: int
    kept: "Kept"


@dataclass(frozen=True)
class Going:
    """How far the work is."""

    number: int
    progress: "Progress"


@dataclass(frozen=True)
class Refused:
    """Why a request cannot be looked at or counted, for the person."""

    number: int
    message: str


Told = Looked | Counted | Going | Refused


class DraftService:
    """Drafts an import in a thread of its own.

    library: the file that would be imported into. tell: called from the thread with everything
    that happens.
    """

    def __init__(self, library: Path, tell: Callable[[Told], None]) -> None:
        self._library, self._tell = library, tell
        self._requests: Newest[ImportRequest | None] = Newest()
        # No daemon: the end of the interpreter would catch it inside of DuckDB, which aborts the
        # process. Leaving the app waits for it a tenth of a second, as any work is given up.
        threading.Thread(target=self._serve, name="draft").start()

    def ask(self, request: "ImportRequest") -> int:
        """Asks; answers come through ``tell``. Returns the request's number."""
        return self._requests.ask(request)

    def release(self) -> int:
        """Gives up what is being done, and gives back memory and disk, until the next request."""
        return self._requests.ask(None)

    def close(self) -> None:
        """Ends the thread after the step it is at; nothing is told any more."""
        self._requests.close()

    def _serve(self) -> None:
        draft: Draft | None = None
        try:
            while (taken := self._requests.take()) is not None:
                number, request = taken
                if request is None:
                    if draft is not None:
                        draft.close()
                        draft = None
                    continue
                try:
                    draft = draft or _open(self._library)
                    self._work(draft, number, request)
                except CancelledError:
                    continue
                except SigmaError as error:
                    self._say(Refused(number, str(error)))
                except OSError as error:  # such as a name that is too long for any file
                    reason = error.strerror or str(error)
                    self._say(Refused(number, f"the file cannot be looked at: {reason}."))
                except Exception as error:  # the thread's last line of defence
                    self._say(Refused(number, f"the file cannot be looked at: {error!r}"))
        finally:
            if draft is not None:
                draft.close()

    def _work(self, draft: "Draft", number: int, request: "ImportRequest") -> None:
        outdated = partial(self._requests.outdated, number)

        def going(progress: "Progress") -> None:
            self._say(Going(number, progress))

        look = draft.look(request, going, outdated)
        self._say(Looked(number, look))
        if look.found is not None and not look.missing:
            self._say(Counted(number, draft.keep(request, look, going, outdated)))

    def _say(self, told: Told) -> None:
        if not self._requests.outdated(told.number):
            self._tell(told)


def _open(library: Path) -> "Draft":
    """In the thread, as what reads files takes a while to be imported."""
    from engine.library.draft import Draft

    return Draft(library)
