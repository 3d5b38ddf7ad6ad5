"""Whether the first line of delimited text names its columns."""

import pytest

from engine.library.delimited import cells_of, is_header


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("kundennr;filmtitel;sterne;gesehen_am\nK-1;Heat (1995);4,5;2015-03-10 03:56:45", True),
        ("who;what;seen\nann;Heat;2015-03-10\nbob;Up;2016-01-02", True),
        ("wer;was\nK-0017;Heat\nK-0018;Up", True),
        ("a;b;c\nann;Heat;7", True),
        ("user;what\nann;Heat\nbob;Up", True),
        ("K-0017;Heat;4,5\nK-0018;Up;3,0", False),
        ("ann;Heat;2015-03-10\nbob;Up;2016-01-02", False),
        ("ann;Heat;10.03.2015 12:01\nbob;Up;11.03.2015 09:00", False),
        ("ann;Heat\nbob;Up\nann;Alien 3", False),
        ("ann;Heat", False),
        ("1;2;3\n4;5;6", False),
    ],
)
def test_a_header_is_told_by_its_names_or_by_what_stands_below_it(text: str, named: bool) -> None:
    lines = text.split("\n")
    assert is_header(cells_of(lines[0], ";"), lines, ";") is named
