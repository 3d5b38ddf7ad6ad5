"""A seeded monkey over all screens, with runs and data changing underneath: the app stands.

``SIGMA_TUI_MONKEY=1-40/25000 pytest -m slow tests/faults/test_monkey.py`` lets seeds 1 to 39 do
25,000 words each, in processes of their own. What fails tells its seed and the file with its words;
``python tests/faults/monkey.py FOLDER FILE`` does them again.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from at_rest import growth
from killing import Nursery
from monkey_plan import KEYS, WAYS, plan
from tests_support import ROOT

from engine.library.importing import ImportRequest, import_source
from sigma_tui.keys.actions import ACTIONS

MONKEY = Path(__file__).with_name("monkey.py")
GROWTH = 1.05
"""Of what the app holds at rest: the last third of its rests beside the second one."""


@pytest.fixture
def folder(small, personal, tmp_path: Path) -> Path:
    """What the monkey may play with: two runs of two models on one dataset, and another dataset."""
    good = tmp_path / "good"
    (good / "runs").mkdir(parents=True)
    shutil.copytree(small.run, good / "runs" / "tiny")
    shutil.copytree(personal.run, good / "runs" / "own")
    shutil.copy(small.library, good / "library.duckdb")
    shutil.copy(small.home / "readings.csv", good / "small.csv")
    shutil.copy(small.home / "titles.tsv", good)
    rows = [f"p{n % 9},t{n * n % 23},{n}" for n in range(120)]
    (good / "other.csv").write_text("user,item,timestamp\n" + "\n".join(rows))
    import_source(good / "library.duckdb", ImportRequest(good / "other.csv", "other"))
    return tmp_path


def test_the_plan_has_every_action_but_leaving_and_is_the_same_again() -> None:
    words = list(plan(3, 20_000))
    assert words == list(plan(3, 20_000)) and words != list(plan(4, 20_000))
    pressed = {word.split()[1] for word in words if word.startswith("key")}
    wanted = {key for one in ACTIONS if one.id != "leave" for key in one.key.split(",")}
    assert wanted <= pressed and "q" not in KEYS
    kinds = {word.split()[0] for word in words}
    assert kinds >= {"key", "text", "paste", "click", "drag", "wheel", "size", "other"}
    assert kinds >= {"home", "wait", "check"}


@pytest.mark.thorough
def test_a_short_monkey(nursery: Nursery, folder: Path) -> None:
    """A seed whose few words are of every kind."""
    figures = done(nursery, folder, "plan(211, 300)")
    assert figures["words"] > 300 and figures["undone"] > 5, "there was nothing to undo"


SPOILT = "sigma_tui.screens.editing.EditingScreen.action_redo = lambda screen: None"
EDITS = ("wait", "key 1", "key home", "key enter", "wait", "key 2", "key d", "check", "end")


@pytest.mark.thorough
def test_a_monkey_tells_of_an_app_that_loses_an_edit(nursery: Nursery, folder: Path) -> None:
    with pytest.raises(
        AssertionError, match=r"(?s)redoing all is not what was edited.*key d\ncheck"
    ):
        nursery.run(folder / "home", code=code_of(folder, f"iter({EDITS})", SPOILT))


WAYS_GONE = [
    pytest.param("dataset", marks=pytest.mark.thorough),
    *(pytest.param(one, id=f"{one}-slow", marks=pytest.mark.slow) for one in WAYS),
]


@pytest.mark.parametrize("way", WAYS_GONE)
def test_a_visit_leaves_nothing_in_memory(nursery: Nursery, folder: Path, way: str) -> None:
    """Each screen, nine times; what is made once and kept is made in the first three."""
    rests = done(nursery, folder, f"visits({way!r}, 9)")["rests"]
    print(way, [one["KiB"] for one in rests], growth(rests))
    assert max(growth(rests).values()) < 1.03, rests


def done(nursery: Nursery, folder: Path, words: str) -> dict[str, Any]:
    """Figures of a monkey that has done some words, given as a call of ``monkey_plan``."""
    ended = nursery.run(folder / "home", code=code_of(folder, f"monkey_plan.{words}"))
    assert ended.status == 0, ended.said
    figures: dict[str, Any] = json.loads(ended.said.partition("\n")[0])
    return figures


def code_of(folder: Path, words: str, first: str = "") -> str:
    """A program that does words, given as an expression. first: what it does before."""
    return (
        f"import sys, pathlib; sys.path.insert(0, {str(MONKEY.parent)!r})\n"
        f"import monkey, monkey_plan, sigma_tui.screens.editing\n{first}\n"
        f"sys.exit(monkey.main(pathlib.Path({str(folder)!r}), {words}))"
    )


@pytest.mark.slow
@pytest.mark.timeout(6 * 3600)
def test_many_monkeys(folder: Path) -> None:
    seeds, _, keys = os.environ.get("SIGMA_TUI_MONKEY", "1-41/25000").partition("/")
    first, _, last = seeds.partition("-")
    failed, done = [], 0
    for seed in range(int(first), int(last or int(first) + 1)):
        ended = subprocess.run(
            [sys.executable, str(MONKEY), str(folder), str(seed), keys or "25000"],
            capture_output=True, text=True, check=False,
            # Every word is obeyed, and fewer pictures are painted in between.
            env={"TEXTUAL_FPS": "5", **os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        print(f"seed {seed}: {ended.stdout}", flush=True)
        figures = json.loads(ended.stdout.partition("\n")[0] or '{"words": 0, "rests": []}')
        done += figures["words"]
        grown = growth(figures["rests"])
        print(f"grown: {grown}", flush=True)
        if ended.returncode or max(grown.values(), default=0) > GROWTH:
            kept = shutil.copy(folder / "words.txt", folder / f"words-{seed}.txt")
            failed.append(f"seed {seed}, grown {grown}, words in {kept}:\n{ended.stdout}"
                          f"{ended.stderr[-3000:]}")  # fmt: skip
    print(f"{done:,} words in all")
    assert not failed, "\n".join(failed)
