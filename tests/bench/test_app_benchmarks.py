"""What is measured is what happens: in the running app and in a terminal of its own."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.bench.measurement import Timing
from engine.errors import SigmaError
from engine.explore.explorer import Explorer
from sigma_tui.app import SigmaApp
from sigma_tui.bench import driven_app, frames, start
from sigma_tui.bench.driven_app import DrivenApp
from sigma_tui.bench.made_run import READER, MadeData, MadeRun, make_run
from sigma_tui.bench.start import PROGRAM, StartTiming
from sigma_tui.bench.terminal import seconds_until_shown
from sigma_tui.bench.whatif import measure_whatif, opened
from sigma_tui.main import app
from sigma_tui.screens.explorer import ExplorerScreen


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeRun:
    data = MadeData(items=300, users=120, history=20, max_length=8)
    return make_run(tmp_path_factory.mktemp("made"), data)


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(driven: DrivenApp, number: int) -> None:
        return None

    monkeypatch.setattr(driven_app.DrivenApp, "rest", at_once)


def called(*words: object) -> dict:
    result = CliRunner().invoke(app, [str(word) for word in (*words, "--json")])
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def test_a_made_run_has_what_was_asked_for(made: MadeRun) -> None:
    explorer = Explorer.load(made.path, made.library, device="cpu")
    assert len(explorer.catalogue.labels) == 300
    assert len(explorer.interactions.users) == 121
    reader = explorer.history(explorer.interactions.users.index(READER))
    assert len(reader) == len(set(reader)) == 20
    assert explorer.max_length == 8
    assert len(set(explorer.catalogue.titles)) > 290


@pytest.mark.thorough
def test_memory_is_looked_at_every_so_many_edits(made: MadeRun, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(made.home))
    for kept in ((), ("--kept",)):
        found = called(
            "bench", "memory", made.path.name, "--edits", 8, "--every", 4, "--device", "cpu",
            "--user", READER, *kept,
        )  # fmt: skip
        looks = found["looks"]
        assert [one["edits"] for one in looks] == [0, 4, 8] and found["kept"] is bool(kept)
        assert all(50 < one["mebibytes"] < 4000 and one["objects"] > 1000 for one in looks)


@pytest.mark.thorough
def test_frames_over_16_ms_are_counted_by_what_is_done(monkeypatch) -> None:
    """One act where nothing is slow but a key of which we see to it."""

    def slowly(screen: ExplorerScreen) -> None:
        end = time.thread_time() + 0.08
        while time.thread_time() < end:
            pass

    monkeypatch.setattr(ExplorerScreen, "action_undo", slowly)
    still, slow = frames.Act("still", (), 0.1), frames.Act("slow", ("u", "u"), 0.3)
    found = frames.measure_frames((still, slow), (120, 36), device="cpu")
    assert [one.name for one in found] == ["still", "slow"] and not found[0].late
    worst = [late for late in found[1].late if "slowly" in late.told]
    assert len(worst) == 2 and all(late.worked and 0.08 <= late.worked < 1 for late in worst)
    assert found[1].seconds > 0.6 > found[1].worked > 0.16


@pytest.mark.thorough
def test_a_minute_of_use_ends_where_it_began(monkeypatch) -> None:
    """Every act's keys, but faster than anybody's, and what is printed of them."""
    hasty = tuple(replace(act, gap=0.1) for act in frames.MINUTE)
    monkeypatch.setattr(frames, "MINUTE", hasty)
    found = called("bench", "frames", "--device", "cpu")
    assert [one["name"] for one in found["acts"]] == [act.name for act in frames.MINUTE]
    assert all(one["pictures"] > 0 for one in found["acts"])


@pytest.mark.thorough
async def test_a_key_is_timed_until_the_picture_that_shows_its_answer(made: MadeRun) -> None:
    screen = ExplorerScreen(made.path, made.library, user=READER, device="cpu")
    pictures = []
    async with DrivenApp(SigmaApp(screen)) as driven:
        await opened(screen, driven)

        def answered() -> bool:
            lines = screen._compositor.render_strips()
            pictures.append("\n".join("".join(part.text for part in line) for line in lines))
            return screen.shown is not None and len(screen.shown.question.items) == 18

        seconds = await driven.press("d", answered)
        assert 0 < seconds < 60
    assert "after each of 18 items" in pictures[-1]
    assert "1 edit" in pictures[-1]


@pytest.mark.thorough
def test_whatif_measures_edits_with_a_made_run_and_with_ones_own(
    small, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = called("bench", "whatif", "--items", 200, "--length", 6, "--edits", 3)
    assert (found["items"], found["longest"], found["shortest"]) == (200, 6, 6)
    assert found["key_to_painted_ms"]["repeats"] == found["engine_ms"]["repeats"] == 3
    assert found["key_to_painted_ms"]["median"] > found["engine_ms"]["median"] > 0
    monkeypatch.setenv("SIGMA_TUI_HOME", str(small.home))
    found = called("bench", "whatif", "tiny", "--user", "u08", "--edits", 3)
    assert found["items"] == 40
    assert found["longest"] - found["shortest"] == 2


@pytest.mark.thorough
def test_a_sequence_too_short_for_the_edits_and_a_missing_run_are_sentences(made: MadeRun) -> None:
    with pytest.raises(SigmaError, match="19 items, too few for 30 edits"):
        measure_whatif(made.path, made.library, user=READER, edits=30, device="cpu")
    with pytest.raises(SigmaError, match="gone"):
        measure_whatif(made.path / "gone", made.library, user=None, edits=3)


@pytest.mark.thorough
def test_lists_are_opened_scrolled_sorted_filtered_and_searched() -> None:
    found = called("bench", "lists", "--rows", 1_000)
    assert found["rows"] == 1_000
    names = [one["name"] for one in found["lists"]]
    assert names == ["users: open", "users: scroll", "users: sort", "users: filter",
                     "items: open", "items: search"]  # fmt: skip
    assert all(one["key_to_painted_ms"]["median"] > 0 for one in found["lists"])


def test_the_programs_first_picture_is_seen_in_a_terminal(tmp_path: Path) -> None:
    seconds = seconds_until_shown(PROGRAM, "Datasets", {"SIGMA_TUI_HOME": str(tmp_path)})
    assert 0 < seconds < 60


def test_a_program_that_ends_without_showing_the_text_is_an_error() -> None:
    with pytest.raises(SigmaError, match="did not show 'never'"):
        seconds_until_shown((sys.executable, "-c", "print('something')"), "never", {})


def test_starts_are_taken_in_turn_after_one_that_warms_up() -> None:
    order: list[str] = []
    told: list[str] = []

    def taking(name: str, seconds: float):
        def take() -> float:
            order.append(name)
            return seconds

        return take

    timing = start._in_turn(
        "a", "b", taking("a", 3.0), taking("b", 2.0), 2, told.append, allowed=2.0
    )
    assert order == ["a", "b"] * 3
    assert told == ["a: warming up", "a: 1 of 2", "a: 2 of 2"]
    assert timing.ratio.values == (1.5, 1.5)


def test_start_prints_each_start_beside_its_least(monkeypatch: pytest.MonkeyPatch) -> None:
    timing = StartTiming("help", "imports", Timing.of([0.06]), Timing.of([0.05]), 2.0)
    monkeypatch.setattr(start, "measure_start", lambda repeats, tell: [timing])
    found = called("bench", "start", "--repeats", 1)["starts"]
    assert found[0]["ratio"]["median"] == 1.2
    assert {"name", "least", "seconds", "least_seconds", "ratio", "allowed"} == set(found[0])
    plain = CliRunner().invoke(app, ["bench", "start"]).output
    assert "1.20" in plain
    assert "imports" in plain


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("words", "step"),
    [
        (("whatif", "--items", "200", "--length", "6", "--edits", "3"), "edit 2 of 3 …"),
        (("memory", "--edits", "4", "--every", "4"), "edit 3 of 4 …"),
        (("lists", "--rows", "1000"), "users: filter, 3 of 9 …"),
        (("start", "--repeats", "1"), "sigma-tui --help: 1 of 1 …"),
    ],
)
def test_a_benchmark_of_the_app_says_on_the_terminal_how_far_it_is(
    words: tuple[str, ...], step: str, tmp_path: Path
) -> None:
    """Although the app, while it runs, takes what is written to the standard streams."""
    home = {"SIGMA_TUI_HOME": str(tmp_path)}
    assert seconds_until_shown((*PROGRAM, "bench", *words), step, home) < 100


@pytest.mark.parametrize("name", ["whatif", "lists", "start", "frames"])
def test_every_benchmark_says_in_its_help_what_it_does(name: str) -> None:
    result = CliRunner().invoke(app, ["bench", name, "--help"])
    assert result.exit_code == 0
    assert f"Example: sigma-tui bench {name}" in result.output
