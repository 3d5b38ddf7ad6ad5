"""Title search as a person types."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.explore.search import TitleSearch

TITLES = [
    "Alien (1979)",
    "Aliens (1986)",
    "Toy Story (1995)",
    "The Toy (1982)",
    "[REC]",
    "七人の侍",
]
SEARCH = TitleSearch(TITLES, np.array([50, 80, 90, 5, 1, 2]))


def found(text: str) -> list[str]:
    return [TITLES[item - 1] for item in SEARCH.find(text, 3)]


def test_a_beginning_comes_first_and_popular_titles_before_others() -> None:
    assert found("alien")[:2] == ["Aliens (1986)", "Alien (1979)"]
    assert found("toy")[:2] == ["Toy Story (1995)", "The Toy (1982)"]


def test_typing_errors_and_word_order_are_forgiven() -> None:
    assert found("alein")[0] in ("Alien (1979)", "Aliens (1986)")
    assert found("story toy")[0] == "Toy Story (1995)"


def test_brackets_and_other_scripts_are_found() -> None:
    assert found("rec")[0] == "[REC]"
    assert found("七人")[0] == "七人の侍"


def test_nothing_typed_shows_the_most_popular() -> None:
    assert found("") == ["Toy Story (1995)", "Aliens (1986)", "Alien (1979)"]


@given(st.text(max_size=60))
def test_any_text_gives_distinct_known_items(text: str) -> None:
    items = SEARCH.find(text, 4)
    assert len(items) == len(set(items)) <= 4
    assert all(1 <= item <= len(TITLES) for item in items)
