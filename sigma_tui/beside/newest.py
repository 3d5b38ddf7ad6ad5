"""Questions of which only the newest matters, answered beside the screen."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

Question = TypeVar("Question")
Found = TypeVar("Found")


class Newest(Generic[Question]):
    """Room for one question, numbered from 1: a newer one takes the place of one that waits.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._waiting: tuple[int, Question] | None = None
        self._number = 0
        self._closed = False
        self._woken = False

    @property
    def closed(self) -> bool:
        """Whether nothing is asked any more."""
        return self._closed

    def ask(self, question: Question) -> int:
        """Puts a question in; returns its number."""
        with self._change:
            self._number += 1
            self._waiting = (self._number, question)
            self._change.notify()
            return self._number

    def take(self, meanwhile: Callable[[], bool] = lambda: False) -> tuple[int, Question] | None:
        """Waits for a question and takes it out; None when closed.

        meanwhile: done again and again while there is no question, as long as it returns that there
        was something to do; asked again after ``wake``.
        """
        while True:
            with self._change:
                self._woken = False
                if self._waiting is not None or self._closed:
                    taken, self._waiting = self._waiting, None
                    return None if self._closed else taken
            if meanwhile():
                continue
            with self._change:
                while self._waiting is None and not self._closed and not self._woken:
                    self._change.wait()

    def wake(self) -> None:
        """There may be something to do meanwhile."""
        with self._change:
            self._woken = True
            self._change.notify_all()

    def outdated(self, number: int) -> bool:
        """Whether a newer question was asked, or nothing is asked any more."""
        return number != self._number or self._closed

    def close(self) -> None:
        """Ends the wait of ``take`` for good."""
        with self._change:
            self._closed = True
            self._change.notify_all()


class Finder(Generic[Question, Found]):
    """Looks for something in a thread of its own, for the newest question only.

    find: called in the thread with a question and a function that tells whether it is out of date,
    so that the search may be given up. tell: called from the thread with the newest question and
    what was found.
    """

    def __init__(
        self,
        find: Callable[[Question, Callable[[], bool]], Found],
        tell: Callable[[Question, Found], None],
    ) -> None:
        self._find, self._tell = find, tell
        self._questions: Newest[Question] = Newest()
        # A daemon: leaving the app must not wait for a search.
        self._thread = threading.Thread(target=self._serve, name="finder", daemon=True)
        self._begun = False

    def ask(self, question: Question) -> None:
        """Asks; what is found comes through ``tell``, unless a newer question is asked before.

        Called from one thread only. The first question starts the thread: whoever never asks, or
        only after closing, leaves none behind.
        """
        self._questions.ask(question)
        if not self._begun and not self._questions.closed:
            self._begun = True
            self._thread.start()

    def close(self) -> None:
        """Ends the thread; nothing is told any more."""
        self._questions.close()

    def _serve(self) -> None:
        while (taken := self._questions.take()) is not None:
            number, question = taken
            found = self._find(question, partial(self._questions.outdated, number))
            if not self._questions.outdated(number):
                self._tell(question, found)
