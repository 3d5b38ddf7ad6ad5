"""Title search as a person types."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.explore import search
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


WORD = st.text("abc ", max_size=6)


@given(st.lists(WORD, min_size=1, max_size=40), st.text("abc", min_size=1, max_size=3), st.data())
def test_beginnings_then_insides_each_by_popularity_over_all_blocks(titles, wanted, data) -> None:
    popularity = np.array(
        data.draw(st.lists(st.integers(0, 5), min_size=len(titles), max_size=len(titles)))
    )
    folded = [title.strip().lower() for title in titles]
    order = np.argsort(-popularity, kind="stable").tolist()
    begin = [index + 1 for index in order if folded[index].startswith(wanted)]
    inside = [index + 1 for index in order if wanted in folded[index][1:]]
    inside = [item for item in inside if item not in begin]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "BLOCK", 7)
        found = TitleSearch(titles, popularity).find(wanted, 5)
    assert found[: len(begin + inside)] == (begin + inside)[:5]


def test_a_typing_error_is_forgiven_in_a_catalogue_too_large_to_compare_all() -> None:
    titles = [f"{first}{second} story" for first in FIRST for second in SECOND]
    assert len(titles) > search.COMPARED
    titles.append("Twelve Angry Men")
    large = TitleSearch(titles, np.arange(len(titles)))
    for text in ("twelv angri men", "angry twelve", "tweleve angrey man"):
        assert large.find(text, 3)[0] == len(titles), text


FIRST = [f"{a}{b}" for a in "bcdfghjklmnp" for b in "aeiou"]
SECOND = [f"{a}{b}" for a in "qrstvwxz" for b in "aeiou"]


def test_a_search_that_is_out_of_date_gives_nothing() -> None:
    assert SEARCH.find("alien", 3, stale=lambda: True) == []


def test_letters_beyond_the_basic_plane_and_lone_surrogates_are_searched() -> None:
    odd = TitleSearch(["𝔄𝔩𝔦𝔢𝔫", "a\ud800b", "x"], np.array([3, 2, 1]))
    assert odd.find("𝔄𝔩𝔦𝔢")[0] == 1
    assert len(odd.find("a\ud800")) <= 3
