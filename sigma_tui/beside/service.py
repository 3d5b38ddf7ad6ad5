"""A thread that owns what is loaded: it answers the newest question, and does errands meanwhile.

A question that comes while another is worked on waits alone: a newer one takes its place, and an
answer that is out of date when it is ready is dropped. An errand is long work in short steps, such
as a search; between two steps questions are answered first. The thread speaks to the screen through
callbacks, which must be safe to call from it.
"""

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from engine.errors import SigmaError
from sigma_tui.beside.lasting import lasting, release
from sigma_tui.beside.newest import Newest

Question = TypeVar("Question")
Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class Failed:
    """Loading or an answer failed; message is for the person. fatal: nothing can be asked."""

    message: str
    fatal: bool


@dataclass(eq=False)
class Errand:
    """Work that is under way in steps. begin: makes the steps, from what is loaded. tell: called
    from the thread with what each step gives, and with ``Failed`` if one fails."""

    begin: Callable[[Any], Iterator[Any]]
    tell: Callable[[Any], None]
    steps: Iterator[Any] | None = None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Nothing more is told; the step under way is the last."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._cancelled.is_set()


class Service(ABC, Generic[Question, Loaded]):
    """Loads in its own thread and answers questions there.

    tell: called from the thread with what was loaded, with answers, and with ``Failed``.
    turn: is held while what is loaded is asked; whoever else asks it takes turns with this thread.
    """

    def __init__(self, tell: Callable[[Any], None]) -> None:
        self._tell = tell
        self._questions: Newest[Question] = Newest()
        self._errands: deque[Errand] = deque()
        self.turn = threading.Lock()
        # A daemon: leaving the app must not wait for a forward pass or a slow import.
        self._thread = threading.Thread(target=self._serve, name="inference", daemon=True)

    @abstractmethod
    def load(self) -> Loaded:
        """Called in the thread, first."""

    @abstractmethod
    def answer(self, loaded: Loaded, number: int, question: Question) -> object:
        """Called in the thread with the newest question and its number."""

    def start(self) -> None:
        """Begins to load."""
        self._thread.start()

    def ask(self, question: Question) -> int:
        """Asks; the answer comes through ``tell``. Returns the question's number."""
        return self._questions.ask(question)

    def run(self, begin: Callable[[Loaded], Iterator[Any]], tell: Callable[[Any], None]) -> Errand:
        """Puts an errand in; it takes turns with those under way. begin, tell: see ``Errand``."""
        errand = Errand(begin, tell)
        self._errands.append(errand)
        self._questions.wake()
        return errand

    def close(self) -> None:
        """Ends the thread after what it is doing; nothing is told any more."""
        self._questions.close()
        release()

    def _serve(self) -> None:
        try:
            with lasting():
                loaded = self.load()
            self._say(loaded)
        except SigmaError as error:
            self._say(Failed(str(error), fatal=True))
            return
        except Exception as error:  # the thread's last line of defence: the app must live on
            self._say(Failed(f"the model cannot be loaded: {error!r}", fatal=True))
            return
        while (taken := self._questions.take(lambda: self._step(loaded))) is not None:
            number, question = taken
            try:
                with self.turn:
                    told = self.answer(loaded, number, question)
            except SigmaError as error:
                told = Failed(str(error), fatal=False)
            except Exception as error:  # as above
                told = Failed(f"the model failed on this sequence: {error!r}", fatal=False)
            if not self._questions.outdated(number):
                self._tell(told)

    def _step(self, loaded: Loaded) -> bool:
        """One step of the next errand. Returns whether there was anything to do."""
        if not self._errands:
            return False
        errand = self._errands[0]
        try:
            if errand.steps is None:
                errand.steps = errand.begin(loaded)
            with self.turn:
                told = _NOTHING if errand.cancelled else next(errand.steps, _NOTHING)
        except SigmaError as error:
            told = Failed(str(error), fatal=False)
        except Exception as error:  # as above
            told = Failed(f"this failed: {error!r}", fatal=False)
        self._errands.popleft()
        if told is not _NOTHING and not isinstance(told, Failed):
            self._errands.append(errand)  # the others have their turn
        if told is not _NOTHING and not errand.cancelled and not self._questions.closed:
            errand.tell(told)
        return True

    def _say(self, told: object) -> None:
        if not self._questions.closed:
            self._tell(told)


_NOTHING = object()
