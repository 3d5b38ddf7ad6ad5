"""What a file says reaches the terminal as text: in sentences about errors too."""

from pathlib import Path

import pytest
from tests_support import said

WORDS = "\x1b]52;c;AAAA\x07\x1b[2J\x9b31m\u202e"


@pytest.mark.parametrize(
    ("header", "words"),
    [(f"{WORDS}a,{WORDS}b", []), ("user,item", ["--items", f"{WORDS}.csv"])],
)
def test_an_error_that_quotes_a_file_commands_no_terminal(tmp_path: Path, header, words) -> None:
    source = tmp_path / f"r{WORDS}.csv"
    source.write_text(f"{header}\n1,2\n", encoding="utf-8")
    told = said("data", "import", str(source), "--name", "x", *words)
    assert told.returncode == 1 and told.stderr.startswith("error: ")
    shown = told.stdout + told.stderr
    assert all(mark not in shown for mark in "\x1b\x07\x9b\u202e"), ascii(shown)
    assert "␛]52" in shown and "Traceback" not in shown
