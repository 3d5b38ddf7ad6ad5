"""The course of a training from its events, and the events as they lie on disk."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from engine.training.course import LONGEST_CURVE, Course, Curve
from engine.training.events import EVENTS, events_since, events_size, read_events

START = {"event": "start", "device": "cpu", "processes": 1, "epochs": 10, "patience": 3}


def epoch(number: int, recall: float, *, alive: float = 4.0) -> dict[str, object]:
    return {
        "event": "epoch",
        "epoch": number,
        "losses": {"loss": 5.0 - number, "reconstruction": 4.0 - number},
        "diagnostics": {"interests_alive": alive},
        "valid": {"recall@20": recall, "ndcg@20": recall / 2},
        "best": True,
        "seconds": 3.0,
        "seconds_validating": 1.0,
        "sequences_per_second": 100.0,
        "memory": 1 << 30,
    }


def step(number: int, of: int = 4, *, at: int = 1) -> dict[str, object]:
    return {
        "event": "step", "epoch": at, "step": number, "steps": of, "loss": 2.5,
        "sequences_per_second": 50.0, "memory": 5,
    }  # fmt: skip


def course(*events: dict[str, object]) -> Course:
    told = Course()
    for event in events:
        told.tell(event)
    return told


def test_it_tells_the_best_epoch_and_how_long_a_better_one_is_waited_for() -> None:
    standing = course(
        START, epoch(1, 0.1), epoch(2, 0.3, alive=3.0), epoch(3, 0.2), step(1, at=4)
    ).standing
    assert (standing.best_epoch, standing.best["recall@20"], standing.alive) == (2, 0.3, 3)
    assert (standing.trained, standing.waited, standing.epoch) == (3, 1, 4)
    # Four seconds an epoch: two more without a better one, or seven; a quarter of one is done.
    assert standing.seconds_left == (4 * 1.75, 4 * 6.75)
    assert standing.memory == 5 and standing.speed == 50.0
    assert standing.curves["valid", "recall@20"] == ((1, 0.1), (2, 0.3), (3, 0.2))


def test_nothing_is_known_of_the_time_before_the_first_epoch_has_ended() -> None:
    assert course(START, step(1)).standing.seconds_left is None


BEGIN = {"event": "begin", "found": False, "seconds": 0.5}


def test_where_items_begin_is_being_found_until_it_is_or_a_step_or_a_start_comes() -> None:
    assert not course(START).standing.finding
    assert course(START, BEGIN, BEGIN).standing.finding
    assert course(START, BEGIN, {"event": "end", "state": "stopped"}).standing.finding  # then
    for after in ({**BEGIN, "found": True}, step(1), epoch(1, 0.1), START):
        assert not course(START, BEGIN, after).standing.finding


def test_a_training_that_broke_off_is_told_from_one_that_ended() -> None:
    assert course(START, step(1)).standing.broken_off
    ended = course(START, {"event": "end", "state": "failed", "reason": "no memory"}).standing
    assert not ended.broken_off and (ended.state, ended.reason) == ("failed", "no memory")
    assert course(START, {"event": "end", "state": "stopped"}, START).standing.broken_off
    assert not Course().standing.broken_off


def test_an_epoch_that_is_trained_again_takes_its_own_place() -> None:
    standing = course(
        START, epoch(1, 0.1), epoch(2, 0.2), START, epoch(2, 0.15), epoch(3, 0.12)
    ).standing
    assert standing.curves["valid", "recall@20"] == ((1, 0.1), (2, 0.15), (3, 0.12))
    assert standing.best_epoch == 2


@pytest.mark.parametrize(
    "damage",
    [
        {"event": "epoch"},
        {"event": "epoch", "epoch": "x"},
        {"event": "step", "epoch": 1},
        {"event": "start"},
        {"event": "begin"},
        {"event": ["step"]},
        {},
        {**epoch(5, 0.1), "valid": None},
    ],
)
def test_a_damaged_event_changes_nothing(damage) -> None:
    told = course(START, epoch(1, 0.1))
    before = told.standing
    told.tell(damage)
    assert told.standing == before


def test_a_curve_stays_small_however_long_and_keeps_its_ends() -> None:
    curve = Curve()
    for number in range(1, 100_001):
        curve.add(number, float(number))
        assert len(curve.points()) <= LONGEST_CURVE + 1
    points = curve.points()
    assert points[0] == (1, 1.0) and points[-1] == (100_000, 100_000.0)
    gaps = {after[0] - before[0] for before, after in pairwise(points[:-1])}
    assert len(gaps) == 1


def write(run: Path, *lines: bytes) -> None:
    with (run / EVENTS).open("ab") as file:
        file.write(b"".join(lines))


def line(event: dict[str, object]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def test_increments_are_whole_lines_and_of_steps_the_last_alone(tmp_path) -> None:
    assert events_since(tmp_path, 0) == ([], 0) and read_events(tmp_path) == []
    write(tmp_path, line(START), line(step(1)), line(step(2)), line(step(3))[:20])
    events, seen = events_since(tmp_path, 0, steps=False)
    assert [event["event"] for event in events] == ["start", "step"]
    assert events[1]["step"] == 2
    assert seen == events_size(tmp_path) - 20
    write(tmp_path, line(step(3))[20:], b"not json\n", b"[1]\n", line(epoch(1, 0.5)))
    events, seen = events_since(tmp_path, seen)
    assert [event["event"] for event in events] == ["step", "epoch"]
    assert events_since(tmp_path, seen) == ([], seen)
    assert [event["event"] for event in read_events(tmp_path, steps=False)] == ["start", "epoch"]
    assert len(read_events(tmp_path)) == 5


def test_a_line_without_end_is_left_out_and_never_read_again(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("engine.training.events.READ_AT_ONCE", 64)
    write(tmp_path, b"x" * 100)
    assert events_since(tmp_path, 0) == ([], 64)
    write(tmp_path, b"\n", b'{"event": "end"}\n')
    events, seen = events_since(tmp_path, 64)
    assert events == [{"event": "end"}] and seen == events_size(tmp_path)
