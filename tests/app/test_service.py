"""The thread that answers questions, and does errands between them."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from engine.errors import QuestionError
from sigma_tui.beside.service import Failed, Service


class Doubling(Service[int, str]):
    """Loads a word and answers with the question's double."""

    def load(self) -> str:
        return "loaded"

    def answer(self, loaded: str, number: int, question: int) -> object:
        if question < 0:
            raise QuestionError("there is nothing below zero")
        return 2 * question


@pytest.fixture
def heard() -> list[object]:
    return []


@pytest.fixture
def service(heard) -> Iterator[Doubling]:
    service = Doubling(heard.append)
    service.start()
    until(lambda: heard == ["loaded"])
    heard.clear()
    yield service
    service.close()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.001)


def test_an_errand_is_done_step_by_step(service) -> None:
    steps: list[object] = []
    service.run(lambda loaded: iter([loaded, 1, 2]), steps.append)
    until(lambda: steps == ["loaded", 1, 2])


def test_a_question_is_answered_between_two_steps(service, heard) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def begin(_loaded: str) -> Iterator[str]:
        reached.set()
        go_on.wait(20)
        yield "first"
        assert heard == [42]  # before the second step
        yield "second"

    steps: list[object] = []
    service.run(begin, steps.append)
    assert reached.wait(20)
    service.ask(21)
    go_on.set()
    until(lambda: steps == ["first", "second"])


def test_a_cancelled_errand_tells_nothing_more_and_lets_the_next_one_begin(service) -> None:
    steps: list[object] = []
    other: list[object] = []

    def endless(_loaded: str) -> Iterator[int]:
        yield from iter(int, 1)

    errand = service.run(endless, steps.append)
    until(lambda: steps)
    errand.cancel()
    # Asked for afterwards: when it is told, the step that was under way has been told as well.
    service.run(lambda loaded: iter([loaded]), other.append)
    until(lambda: other == ["loaded"])
    count = len(steps)
    time.sleep(0.02)
    assert len(steps) == count


def test_an_errand_that_fails_says_so_and_the_thread_lives_on(service, heard) -> None:
    def broken(_loaded: str) -> Iterator[int]:
        yield 1
        raise QuestionError("no")

    steps: list[object] = []
    service.run(broken, steps.append)
    until(lambda: steps == [1, Failed("no", fatal=False)])
    steps.clear()
    service.run(lambda _loaded: 1 / 0, steps.append)
    until(lambda: steps)
    assert "ZeroDivisionError" in steps[0].message
    service.ask(-1)
    until(lambda: heard == [Failed("there is nothing below zero", fatal=False)])
    service.ask(4)
    until(lambda: heard[-1] == 8)


def test_a_closed_service_ends_in_the_middle_of_an_errand(service) -> None:
    service.run(lambda _loaded: iter(int, 1), lambda _told: None)
    time.sleep(0.01)
    service.close()
    service._thread.join(20)
    assert not service._thread.is_alive()
