"""What comes before the first step of a new training: it is found where items begin."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from test_training import epochs, request

from engine.errors import TrainingError
from engine.models.sigma import beginning as of_sigma
from engine.training import beginning
from engine.training.course import Course
from engine.training.events import Event, read_events
from engine.training.runs import STATE, ask_to_stop, find_run
from engine.training.train import TrainResult, resume, train


def begins(events: list[Event]) -> list[bool]:
    """Of every event ``begin``, whether all was found."""
    return [event["found"] for event in events if event["event"] == "begin"]


def is_finding(run: Path) -> bool:
    """As whoever reads the events sees it."""
    course = Course()
    for event in read_events(run):
        course.tell(event)
    return course.standing.finding


def same(one: TrainResult, other: TrainResult) -> bool:
    """Whether two trainings came to the same bits."""
    first, second = (load_file(run.path / "model.safetensors") for run in (one, other))
    return (
        epochs(one) == epochs(other)
        and first.keys() == second.keys()
        and all(torch.equal(first[name], second[name]) for name in second)
    )


def test_it_is_told_when_it_is_being_found_and_when_it_is(small, tmp_path) -> None:
    seen: list[tuple[Event, bool]] = []

    def hear(event: Event) -> None:
        seen.append((event, is_finding(tmp_path / "run")))

    result = train(request(small, tmp_path, epochs=1), on_event=hear)
    assert [(event["event"], finding) for event, finding in seen[:3]] == [
        ("start", False),
        ("begin", True),
        ("begin", False),
    ]
    events = read_events(result.path)
    assert begins(events) == [False, True] and 0.0 <= events[1]["seconds"] <= events[2]["seconds"]


def test_it_is_told_again_while_it_lasts(small, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(beginning, "SECONDS_BETWEEN_WORDS", 0.0)
    told = begins(read_events(train(request(small, tmp_path, epochs=1)).path))
    assert len(told) > 10 and told == [False] * (len(told) - 1) + [True]


@pytest.mark.parametrize("of", [{"initial": "random"}, {"model": "sasrec"}])
def test_nothing_is_told_where_nothing_has_to_be_found(small, tmp_path, of) -> None:
    assert begins(read_events(train(request(small, tmp_path, epochs=1, **of)).path)) == []


def test_a_stop_is_heard_at_every_piece_and_the_run_goes_on_to_the_same_bits(
    small, tmp_path
) -> None:
    questions: list[bool] = []

    def ask() -> bool:
        questions.append(is_finding(tmp_path / "whole"))
        return False

    whole = train(request(small, tmp_path, "whole", epochs=1), should_stop=ask)
    pieces = sum(questions)
    assert pieces > 20
    for number in (1, pieces // 2, pieces):
        name = f"stopped-{number}"
        left = iter([False] * (number - 1))
        stopped = train(
            request(small, tmp_path, name, epochs=1), should_stop=lambda left=left: next(left, True)
        )
        assert not stopped.finished and not stopped.epochs
        assert begins(read_events(stopped.path)) == [False]
        assert is_finding(stopped.path) and not (stopped.path / STATE).exists()
        assert find_run(tmp_path, name).state == "stopped"
        assert same(resume(stopped.path, library=small.library, device="cpu"), whole)
        assert not is_finding(stopped.path)


def test_it_is_not_found_again_by_a_training_that_goes_on(small, tmp_path) -> None:
    def after_a_step(event: Event) -> None:
        if event["event"] == "begin" and event["found"]:
            ask_to_stop(tmp_path / "run")

    stopped = train(request(small, tmp_path, epochs=1), on_event=after_a_step)
    assert not stopped.finished and (stopped.path / STATE).exists()
    resume(stopped.path, library=small.library, device="cpu")
    assert begins(read_events(stopped.path)) == [False, True]


def test_the_file_that_asks_to_stop_is_seen_meanwhile(small, tmp_path) -> None:
    def ask(event: Event) -> None:
        if event["event"] == "begin":
            ask_to_stop(tmp_path / "run")

    stopped = train(request(small, tmp_path, epochs=1), on_event=ask)
    assert not stopped.finished and begins(read_events(stopped.path)) == [False]
    assert resume(stopped.path, library=small.library, device="cpu").finished


def of_the_machine(*_: object) -> None:
    torch.empty(1 << 50)  # no machine grants it


def of_python(*_: object) -> None:
    raise MemoryError


def of_the_standard_library(*_: object) -> None:
    raise RuntimeError("std::bad_alloc")  # what torch.unique says under `ulimit -v`


@pytest.mark.parametrize("full", [of_the_machine, of_python, of_the_standard_library])
def test_want_of_memory_names_the_way_without(small, tmp_path, monkeypatch, full) -> None:
    monkeypatch.setattr(of_sigma, "item_vectors", full)
    with pytest.raises(TrainingError, match=r"where items begin\. .* --set initial=random"):
        train(request(small, tmp_path))
    end = read_events(tmp_path / "run")[-1]
    assert end["state"] == "failed" and "--set initial=random" in end["reason"]
    assert "batch_positions" not in end["reason"]
    assert train(request(small, tmp_path, "other", initial="random", epochs=1)).finished


def test_another_error_meanwhile_is_told_as_it_is(small, tmp_path, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect of ours")

    monkeypatch.setattr(of_sigma, "item_vectors", broken)
    with pytest.raises(RuntimeError, match="a defect of ours"):
        train(request(small, tmp_path))
