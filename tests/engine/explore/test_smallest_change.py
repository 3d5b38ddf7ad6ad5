"""The smallest change, held against trying everything by the explorer's own answers."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import QuestionError
from engine.explore.change import Budget, Change, Searched
from engine.explore.explorer import Explorer
from engine.explore.smallest_change import BATCH
from engine.explore.versions import Version
from engine.library.contents import Catalogue, Interactions
from engine.models.registry import MODELS, build, model_settings
from engine.sequences.sequence_set import SequenceSet

ITEMS, K = 14, 3
PLENTY = Budget(sequences=100_000, seconds=600)


def explorer_of(name: str, seed: int = 0, items: int = ITEMS, max_length: int = 5) -> Explorer:
    """A model with large random weights: no two of its scores are nearly equal."""
    torch.manual_seed(seed)
    users = [[1, 2, 3, 4], [5, 6, 7], [8, 9, 10, 2, 11], [12, 13, 14, 1]]
    interactions = Interactions(
        "random",
        "f",
        [f"u{user}" for user in range(len(users))],
        [f"i{item}" for item in range(1, items + 1)],
        np.concatenate(users).astype(np.int32),
        np.cumsum([0, *map(len, users)]),
    )
    catalogue = Catalogue(
        interactions.item_labels,
        interactions.item_labels,
        [()] * items,
        np.arange(items, 0, -1, dtype=np.int64),
    )
    wanted = {"dim": 16, "max_length": max_length}
    known = {one: value for one, value in wanted.items() if hasattr(MODELS[name].settings(), one)}
    model = build(name, items, model_settings(name, known), len(users))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.6)
                parameter[0] *= "table" not in name
        model.table.embedding.weight[0] = 0
    model.prepare(SequenceSet.of(interactions))
    return Explorer(model, interactions, catalogue)


@pytest.fixture(scope="module", params=list(MODELS))
def any_model(request) -> Explorer:
    return explorer_of(request.param)


def last(search: Iterator[Searched]) -> Searched:
    *_, told = search
    assert told.ended
    return told


def listed(explorer: Explorer, items: list[int]) -> list[int]:
    return [line.item for line in explorer.answer(items, k=K).recommendations]


def removals_that_do_it(explorer: Explorer, items: list[int], item: int) -> list[tuple[int, ...]]:
    """All smallest sets of removals, found by asking about every one of them."""
    now = item in listed(explorer, items)
    for size in range(1, len(items)):
        found = [
            removed
            for removed in combinations(range(len(items)), size)
            if (item in listed(explorer, Change(removed, None, 0).of(items))) != now
        ]
        if found:
            return found
    return []


SEQUENCES = st.lists(st.integers(1, ITEMS), min_size=1, max_size=8)


@given(items=SEQUENCES, item=st.integers(1, ITEMS))
@settings(max_examples=12, deadline=None)
def test_removals_of_every_model_are_those_of_trying_everything(any_model, items, item) -> None:
    told = last(any_model.smallest_change(items, item, k=K, budget=PLENTY))
    assert told.aim == ("out" if item in listed(any_model, items) else "in")
    expected = removals_that_do_it(any_model, items, item)
    found = [change for change in told.found if change.added is None]
    if expected and len(expected[0]) <= 2:
        assert {change.removed for change in found} <= set(expected)
        assert len(found) == min(10, len(expected))
    for change in found:  # whatever was found does it
        after = any_model.answer(change.of(items), k=ITEMS)
        assert [line.item for line in after.recommendations].index(item) + 1 == change.rank
        assert (change.rank <= K) == (told.aim == "in")
        assert not told.is_smallest(change) or change.size == len(expected[0])
    assert bool(expected) >= bool(found)


@given(items=SEQUENCES, item=st.integers(1, ITEMS))
@settings(max_examples=12, deadline=None)
def test_added_items_of_every_model_are_those_of_trying_everything(any_model, items, item) -> None:
    told = last(any_model.smallest_change(items, item, k=K, budget=PLENTY))
    found = {change.added for change in told.found if change.added is not None}
    if told.aim == "out" or item in items:
        assert not found
        return
    expected = {
        other
        for other in range(1, ITEMS + 1)
        if other != item and item in listed(any_model, [*items, other])
    }
    assert found <= expected and len(found) == min(10, len(expected))
    assert "one added item" in told.complete


@pytest.mark.parametrize("name", ["lightgcn", "mind"])  # each item matters a little
def test_beyond_two_removals_three_are_known_to_be_the_fewest(name) -> None:
    sizes, missed = [], 0
    for seed in range(2):
        explorer = explorer_of(name, seed, max_length=9)
        items = [1, 2, 3, 4, 5, 6, 7, 8]
        for item in range(9, ITEMS + 1):
            fewest = len((removals_that_do_it(explorer, items, item) or [()])[0])
            if fewest < 3:
                continue
            told = last(explorer.smallest_change(items, item, k=K, budget=PLENTY))
            found = [change for change in told.found if change.added is None]
            missed += not found
            for change in found:
                assert change.size >= fewest
                assert (item in listed(explorer, change.of(items))) == (told.aim == "in")
                assert told.is_smallest(change) == (change.size == 3)
                sizes.append(change.size - fewest)
    assert sizes and not missed
    assert sizes.count(0) > len(sizes) / 2  # approximate, and mostly right


def test_an_item_of_the_sequence_comes_in_only_by_leaving_it() -> None:
    explorer = explorer_of("sigma")
    told = last(explorer.smallest_change([3, 5, 3, 7], 3, k=ITEMS, budget=PLENTY))
    assert told.rank is None and told.aim == "in"
    assert told.found[0].removed == (0, 2)


def test_an_empty_sequence_wants_an_item_added() -> None:
    explorer = explorer_of("sigma")
    told = last(explorer.smallest_change([], 4, k=K, budget=PLENTY))
    expected = {one for one in range(1, ITEMS + 1) if one != 4 and 4 in listed(explorer, [one])}
    found = {change.added for change in told.found}
    assert found <= expected and len(found) == min(10, len(expected))


def test_the_only_item_cannot_be_taken_out() -> None:
    explorer = explorer_of("sigma")
    told = last(explorer.smallest_change([4], listed(explorer, [4])[0], k=K, budget=PLENTY))
    assert told.found == ()


def test_what_the_model_no_longer_sees_still_may_come_back_into_the_list() -> None:
    """An item that the window has left is excluded as long as the sequence holds it."""
    explorer = explorer_of("sigma", max_length=2)
    items = [1, 2, 3, 4, 5, 6]
    for item in listed(explorer, items):
        told = last(explorer.smallest_change(items, item, k=K, budget=PLENTY))
        expected = removals_that_do_it(explorer, items, item)
        assert {change.removed for change in told.found} <= set(expected)
        assert bool(told.found) == bool(expected)


def test_a_spent_budget_ends_the_search_and_says_what_was_not_tried() -> None:
    explorer = explorer_of("sasrec", items=300, max_length=40)
    items = list(range(1, 31))
    item = listed(explorer, items)[0]
    told = last(explorer.smallest_change(items, 299, k=1, budget=Budget(2 * BATCH, 600)))
    assert told.scored <= 3 * BATCH
    tried = {stage: (done, whole) for stage, done, whole in told.tried}
    assert "one removal" in told.complete
    assert "one added item" not in told.complete
    done, whole = tried["one added item"]
    assert 0 < done < whole == 299
    assert item  # the list was there all the time


def test_time_is_a_budget_too() -> None:
    explorer = explorer_of("sasrec", items=300, max_length=40)
    now = iter(range(10_000))
    told = last(
        explorer.smallest_change(
            list(range(1, 31)), 299, k=1, budget=Budget(10**9, 12.0), clock=lambda: next(now)
        )
    )
    assert told.seconds < 40
    assert not told.complete.issuperset({"one added item", "two removals"})


def test_a_search_that_is_not_asked_on_does_nothing_more(monkeypatch) -> None:
    explorer = explorer_of("sasrec", items=300, max_length=40)
    asked = []
    scores = type(explorer.model).scores
    monkeypatch.setattr(
        type(explorer.model), "scores", lambda *rest: asked.append(1) or scores(*rest)
    )
    search = explorer.smallest_change(list(range(1, 31)), 299, k=1, budget=PLENTY)
    assert not asked
    next(search)
    next(search)
    before = len(asked)
    search.close()
    assert len(asked) == before <= 4


def test_a_change_is_applied_to_the_places_that_the_model_sees() -> None:
    version = Version.of([10, 11, 12, 13]).mute(1)
    assert Change((1, 2), None, 1).applied_to(version).items == (10,)
    assert Change((1, 2), None, 1).applied_to(version).entries[1].muted
    assert Change((), 5, 1).applied_to(version).items == (10, 12, 13, 5)


def test_impossible_questions_are_refused() -> None:
    explorer = explorer_of("sigma")
    with pytest.raises(QuestionError, match="not in the catalogue"):
        explorer.smallest_change([1, 2], ITEMS + 1)
    with pytest.raises(QuestionError, match="hidden"):
        explorer.smallest_change([1, 2], 3, hidden=frozenset({3}))
