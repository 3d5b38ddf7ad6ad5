"""`doctor` tells what is there, and advises where something stands in the way."""

import json
from dataclasses import replace

import pytest
from tests_support import said

from sigma_tui.commands.shared.advice import Machine, advice

FINE = Machine(
    gpu_seen=True, driver_seen=True, cuda_built=True, cuda_works=True, disk_free=50 << 30,
    encoding="utf-8", term="xterm-256color", no_color=False, columns=120, lines=36,
    library_trouble="",
)  # fmt: skip


def test_where_nothing_stands_in_the_way_nothing_is_advised() -> None:
    assert advice(FINE) == []
    without = replace(FINE, gpu_seen=False, driver_seen=False, cuda_built=False, cuda_works=False)
    assert advice(without) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"driver_seen": False, "cuda_works": False}, "no driver is loaded"),
        ({"cuda_built": False, "cuda_works": False}, "built for the CPU alone"),
        ({"cuda_works": False}, "older than torch needs"),
        ({"disk_free": 1 << 30}, "Only 1.0 GiB are free"),
        ({"encoding": "ANSI_X3.4-1968"}, "LC_ALL=C.UTF-8"),
        ({"encoding": "no such"}, "LC_ALL=C.UTF-8"),
        ({"term": "dumb"}, "the commands work all the same"),
        ({"no_color": True}, "by their letters"),
        ({"columns": 200, "lines": 10}, "200x10 cells"),
        ({"columns": 70, "lines": 60}, "70x60 cells"),
        ({"library_trouble": "it is locked."}, "it is locked."),
    ],
)
def test_each_trouble_has_its_advice(found: dict[str, object], words: str) -> None:
    (told,) = advice(replace(FINE, **found))
    assert words in told


@pytest.mark.thorough
def test_the_command_finds_a_damaged_library_and_a_narrow_encoding(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (tmp_path / "library.duckdb").write_bytes(b"not a database" * 1000)
    told = said("doctor", "--json")
    assert told.returncode == 0
    found = json.loads(told.stdout)
    assert found["torch"] and found["library"] in found["advice"][0]
    assert any("LC_ALL=C.UTF-8" in one for one in found["advice"])
