"""A journey that is written comes back equal; anything else comes back as nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.explore import kept_journeys
from engine.explore.kept_journeys import journey_as_plain, journey_from_plain
from engine.explore.versions import Journey, shown_part

ORIGINAL = (5, 3, 9, 3, 7)
ITEMS = 20


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    journey = Journey.start(ORIGINAL)
    for _ in range(draw(st.integers(0, 12))):
        now = journey.now
        last = len(now.entries) - 1
        place = draw(st.integers(0, max(0, last)))
        item = draw(st.integers(1, ITEMS))
        kind = draw(st.sampled_from(["insert", "undo", "redo", "reset", *EDITS]))
        if kind == "insert":
            journey = journey.to(now.insert(draw(st.integers(0, last + 1)), item))
        elif kind in EDITS:
            if last >= 0:
                journey = journey.to(EDITS[kind](now, place, item, draw(st.integers(0, last))))
        else:
            journey = getattr(journey, kind)()
    return journey


EDITS = {
    "remove": lambda now, place, _item, _to: now.remove(place),
    "mute": lambda now, place, _item, _to: now.mute(place),
    "swap": lambda now, place, item, _to: now.swap(place, item),
    "move": lambda now, place, _item, to: now.move(place, to),
    "until": lambda now, place, _item, _to: now.until(place),
}


@given(journeys())
def test_what_is_written_comes_back_through_json(journey: Journey) -> None:
    plain = json.loads(json.dumps(journey_as_plain(journey)))
    assert journey_from_plain(plain, original=ORIGINAL, items=ITEMS) == journey


def test_a_thousand_edits_of_a_long_sequence_are_small() -> None:
    journey = Journey.start(range(1, 201))
    for place in range(1000):
        journey = journey.to(journey.now.swap(place % 200, place % 200 + 300 + place))
    assert len(json.dumps(journey_as_plain(journey))) < 50_000


def plain_journey() -> dict:
    journey = Journey.start(ORIGINAL)
    journey = journey.to(journey.now.remove(1))
    return json.loads(json.dumps(journey_as_plain(journey.to(journey.now.insert(4, 11)))))


@pytest.mark.parametrize(
    "damage",
    [
        {"original": [5, 3, 9, 3]},  # the history is another one by now
        {"original": None},
        {"versions": None},
        {"versions": [], "now": 0},
        {"now": 3},
        {"now": -1},
        {"now": True},
        {"now": "0"},
        {"versions": [[0, 0, [], False]] * 3 + ["x"]},
        {"versions": [[6, 0, [], False]]},
        {"versions": [[3, 3, [], False]]},
        {"versions": [[0, 0, [[21, None, False]], False]], "now": 0},  # no such item
        {"versions": [[0, 0, [[0, None, False]], False]], "now": 0},  # padding
        {"versions": [[0, 0, [[1, 5, False]], False]], "now": 0},  # no such place
        {"versions": [[0, 0, [[1, 2, False], [1, 2, False]], False]], "now": 0},  # twice
        {"versions": [[0, 0, [[1, None, 1]], False]], "now": 0},
        {"versions": [[0, 0, [[1.0, None, False]], False]], "now": 0},
        {"versions": [[0, 5, [], 0]], "now": 0},
    ],
)
def test_what_is_no_journey_of_this_sequence_is_nothing(damage: dict) -> None:
    plain = plain_journey()
    assert journey_from_plain(plain, original=ORIGINAL, items=ITEMS) is not None
    assert journey_from_plain({**plain, **damage}, original=ORIGINAL, items=ITEMS) is None


@pytest.mark.parametrize("plain", [None, [], "x", 3, {}])
def test_other_values_are_nothing(plain: object) -> None:
    assert journey_from_plain(plain, original=ORIGINAL, items=ITEMS) is None


def test_a_small_file_cannot_ask_for_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_journeys, "MOST_ENTRIES", 1_000)
    original = tuple(range(1, 11))
    plain = {"original": list(original), "versions": [[10, 0, [], False]] * 200, "now": 0}
    assert journey_from_plain(plain, original=original, items=ITEMS) is None


def test_the_last_item_is_held_out_unless_it_is_the_only_one() -> None:
    assert shown_part([4, 5, 6]) == ((4, 5), 6)
    assert shown_part([4]) == ((4,), None)
    assert shown_part([]) == ((), None)
