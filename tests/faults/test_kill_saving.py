"""kill -9 at random moments of exports, and of keeping the session, edits, settings and scenarios.

With ``-m slow`` two hundred times each.
"""

import json
import re
from pathlib import Path

import pytest
from killing import SLOW, Nursery, moments, rests

from engine.explore.scenarios import KeptScenarios
from engine.library.library import Library
from sigma_tui.kept.session import Session
from sigma_tui.kept.settings import read_settings


@pytest.mark.parametrize(
    ("over", "kills"),
    [
        pytest.param(True, 2, id="over"),
        pytest.param(True, 200, marks=SLOW, id="over-200"),
        pytest.param(False, 200, marks=SLOW, id="new-200"),
    ],
)
def test_an_export_is_whole_or_as_before(
    nursery: Nursery, small, tmp_path: Path, kills: int, over: bool
) -> None:
    report = tmp_path / "report.html"
    words = ("export", "tiny", "--user", "u03", "--device", "cpu", "--output", str(report))
    words += ("--replace",) if over else ()
    whole = nursery.well(small.home, *words)
    expected = undated(report.read_text("utf-8"))
    kept = 0
    for moment in moments(whole, kills, seed=10):
        report.write_text("mine") if over else report.unlink(missing_ok=True)
        nursery.run(small.home, *words, **moment)
        now = report.read_text("utf-8") if report.exists() else None
        kept += now in (None, "mine")
        assert now == ("mine" if over else None) or undated(now or "") == expected
    report.unlink(missing_ok=True)
    nursery.well(small.home, *words)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    print(f"{kills} kills, {kept} times the file was as before")


def undated(report: str) -> str:
    """A report without the moment at which it was written."""
    return re.sub(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", "", report)


KEEPS = """
import os, sys
from pathlib import Path
from types import SimpleNamespace
from engine.explore.scenarios import KeptScenarios
from engine.explore.versions import Journey, Version
from engine.library.library import Library
from sigma_tui.kept.session import Session, Visit
from sigma_tui.kept.settings_file import SettingsFile

home = Path(os.environ["SIGMA_TUI_HOME"])
library = Path(os.environ["LIBRARY"])
with Library.open(library) as opened:
    data = opened.interactions("small")
journey = Journey.start([int(item) for item in data.items[: data.offsets[1]]])
scenarios = KeptScenarios(home / "scenarios", data, "u00", journey.now.original)
told = os.open(home / "told", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.write(told, b"0")
for number in range(1, 7):
    session = Session(home / "state", home / "settings.toml")
    session.keep_visit(Visit(Path(f"run-{number}"), library, "u00", 10))
    journey = journey.to(journey.now.mute(number % 3))
    session.keep_edits(SimpleNamespace(interactions=data), "u00", journey)
    session.close()
    scenarios.keep(f"scenario {number}", journey.now)
    SettingsFile(home / "settings.toml").write("k", 10 + number)
    os.pwrite(told, b"%d" % number, 0)
"""
"""Keeps everything six times, and tells after each time that it has."""


@pytest.mark.parametrize("kills", [2, pytest.param(200, marks=SLOW)])
def test_what_was_kept_is_there(nursery: Nursery, small, tmp_path: Path, kills: int) -> None:
    """Whatever was said to be kept is, at most one step further; and every file is a whole one."""
    how = {"code": KEEPS, "env": {"LIBRARY": str(small.library)}}
    (tmp_path / "whole").mkdir()
    whole = nursery.well(tmp_path / "whole", **how)
    with Library.open(small.library) as library:
        data = library.interactions("small")
    original = [int(item) for item in data.items[: data.offsets[1]]]
    for number, moment in enumerate(moments(whole, kills, seed=11)):
        home = tmp_path / str(number)
        home.mkdir()
        nursery.run(home, **how, **moment)
        told = int((home / "told").read_text() or 0) if (home / "told").exists() else 0
        possible = (told, told + 1)
        last = Session(home / "state", home / "settings.toml").last
        assert (int(last.run.name.partition("-")[2]) if last else 0) in possible
        settings, wrong = read_settings(home / "settings.toml")
        assert not wrong
        assert (settings.k - 10) in possible
        kept = KeptScenarios(home / "scenarios", data, "u00", original).read()
        assert len(kept) in possible
        journeys = [json.loads(path.read_text()) for path in home.rglob("edits-*/*/*.json")]
        assert [len(one["versions"]) - 1 for one in journeys] in ([told], [told + 1], [][told:])
        nursery.well(home, **how)
        assert rests(home) == []
