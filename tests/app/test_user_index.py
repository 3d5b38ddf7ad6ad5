"""Filtering and sorting users equals the plain way of doing it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_tui.beside.user_index import UserIndex

LABELS = st.text("aAbB\nİß七\ud800 ", max_size=5)


@given(st.lists(LABELS, max_size=30), st.text("abß七i ", max_size=3), st.data())
def test_rows_are_those_whose_label_contains_the_text_in_the_order_asked_for(
    labels, wanted, data
) -> None:
    count = len(labels)
    lengths = np.array(
        data.draw(st.lists(st.integers(1, 4), min_size=count, max_size=count)), dtype=np.int64
    )
    entropies = (lengths % 3).astype(np.float32)
    index = UserIndex(labels, lengths, entropies)
    sought = wanted.strip().casefold()
    matching = [user for user, label in enumerate(labels) if sought in label.casefold()]
    keys = {
        "file": lambda user: user,
        "longest": lambda user: -lengths[user],
        "shortest": lambda user: lengths[user],
        "mixed": lambda user: -entropies[user],
        "single": lambda user: entropies[user],
    }
    for order, key in keys.items():
        assert index.rows(wanted, order).tolist() == sorted(matching, key=key), order


@pytest.mark.parametrize("interests", [True, False])
def test_orders_by_entropy_are_there_only_with_interests(interests: bool) -> None:
    entropies = np.zeros(1, dtype=np.float32) if interests else None
    index = UserIndex(["u"], np.ones(1, dtype=np.int64), entropies)
    assert ("mixed" in index.orders) is interests
