"""Data as text on a screen."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sigma_tui.look.text import visible


def test_letters_marks_and_emoji_stay() -> None:
    for text in ("Amélie", "七人の侍", "👩‍👩‍👧", "e\u0301", "[REC]", "مرحبا"):
        assert visible(text) == text


def test_what_could_act_on_a_terminal_is_made_visible() -> None:
    assert visible("\x1b[31m\x00\n\x7f") == "␛[31m␀␊␡"
    assert visible("a\u202eb\u200b") == "a·b·"
    assert visible("\x9b31m") == "\ufffd31m"


@given(st.text())
def test_nothing_that_acts_is_left(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    for character in shown:
        assert unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
        assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(st.text())
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)
