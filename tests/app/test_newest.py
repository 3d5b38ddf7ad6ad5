"""Of several questions the newest is answered."""

import threading
from collections.abc import Callable

from sigma_tui.beside.newest import Finder, Newest


def test_a_newer_question_takes_the_place_of_one_that_waits() -> None:
    questions: Newest[str] = Newest()
    first, second = questions.ask("a"), questions.ask("b")
    assert questions.take() == (second, "b")
    assert questions.outdated(first)
    assert not questions.outdated(second)


def test_closing_ends_the_wait_and_makes_everything_out_of_date() -> None:
    questions: Newest[str] = Newest()
    number = questions.ask("a")
    taken = []
    waiting = threading.Thread(target=lambda: taken.extend([questions.take(), questions.take()]))
    waiting.start()
    questions.close()
    waiting.join(timeout=20)
    assert not waiting.is_alive()
    assert taken[-1] is None
    assert questions.outdated(number)


def test_a_search_learns_that_it_is_out_of_date_and_its_result_is_dropped() -> None:
    begun, told = threading.Event(), threading.Event()
    heard = []

    def find(question: str, outdated: Callable[[], bool]) -> str:
        begun.set()
        while question == "slow" and not outdated():
            pass
        return question.upper()

    def tell(question: str, found: str) -> None:
        heard.append((question, found))
        told.set()

    finder = Finder(find, tell)
    finder.ask("slow")
    assert begun.wait(20)
    finder.ask("quick")
    assert told.wait(20)
    assert heard == [("quick", "QUICK")]
    finder.close()


def test_who_never_asks_or_too_late_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    never = Finder(lambda question, _outdated: question, lambda _question, _found: None)
    late = Finder(lambda question, _outdated: question, lambda _question, _found: None)
    late.close()
    late.ask("late")
    assert set(threading.enumerate()) == before
    never.close()
