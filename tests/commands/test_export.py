"""`export`, and edits on the command line: the same as on the screen."""

import json
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.errors import SigmaError
from engine.explore.explorer import Explorer
from engine.explore.scenarios import KeptScenarios
from engine.explore.versions import Version
from engine.home import Home
from sigma_tui.main import app
from sigma_tui.sharing.command import equivalent_command
from sigma_tui.sharing.subject import Subject
from sigma_tui.typed.asking import Asked


@pytest.fixture(autouse=True)
def home(small, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(small.home))
    return small.home


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def recommended(*words: object) -> dict:
    result = call("recommend", "tiny", *words, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def test_the_command_of_any_edits_gives_what_the_screen_shows(small) -> None:
    explorer = Explorer.load(small.run, small.library, device="cpu")
    history = explorer.history(explorer.interactions.users.index("u08"))
    labels = explorer.catalogue.labels
    start = Version.of(history[:-1])
    for version in (
        start,
        start.remove(1).mute(0).move(3, 1).swap(2, 9).insert(4, 11).insert(8, 3),
        start.until(3),
        Version.of(start.items).remove(0).until(2),
    ):
        asked = Asked("u08", version, history[-1])
        wishes = {"hidden": frozenset({5}), "diversity_weight": 0.5, "only": "Comedy"}
        wishes |= {"steering": {0: 0.3}}
        subject = Subject(asked, "tiny", k=7, **wishes)
        words = shlex.split(equivalent_command(subject, labels))[3:]
        answer = explorer.answer(version.items, k=7, target=asked.target, **wishes)
        told = recommended(*words)
        assert [line["item"] for line in told["items"]] == [
            labels[line.item - 1] for line in answer.recommendations
        ]
        assert told["sequence"] == [labels[item - 1] for item in version.items]
        assert told["held_out"]["rank"] == answer.target_rank
        assert told["held_out"]["item"] == labels[asked.target - 1]


def test_the_whole_analysis_is_written_and_read_again_as_scenarios(tmp_path: Path) -> None:
    words = ("export", "tiny", "--user", "u08", "--edit", "remove=2", "--edit", "until=4")
    for ending in ("html", "md", "csv", "json"):
        result = call(*words, "--output", tmp_path / f"r.{ending}")
        assert result.exit_code == 0, (result.output, result.exception)
    first = json.loads((tmp_path / "r.json").read_text())
    assert first["now"]["edits"] == ["until=5", "remove=2"]
    assert first["command"] == "sigma-tui recommend tiny --user u08 --edit until=5 --edit remove=2"
    wanted = {"scenarios": [{"name": "as before", "edits": first["now"]["edits"]}]}
    (tmp_path / "s.json").write_text(json.dumps(wanted))
    scenario = ("export", "tiny", "--user", "u08", "--scenarios", tmp_path / "s.json")
    assert call(*scenario, "--output", tmp_path / "two.json").exit_code == 0
    second = json.loads((tmp_path / "two.json").read_text())
    assert second["scenarios"][0]["recommendations"] == first["now"]["recommendations"]
    (tmp_path / "two.json").rename(tmp_path / "s.json")  # an export is a file of scenarios too
    assert call(*scenario, "--output", tmp_path / "three.json").exit_code == 0
    third = json.loads((tmp_path / "three.json").read_text())
    assert third["scenarios"] == second["scenarios"]


def test_scenarios_kept_in_the_app_are_set_beside(small, tmp_path: Path) -> None:
    explorer = Explorer.load(small.run, small.library, device="cpu")
    history = explorer.history(explorer.interactions.users.index("u08"))[:-1]
    version = Version.of(history).remove(2)
    kept = KeptScenarios(Home.locate().scenarios, explorer.interactions, "u08", history)
    kept.keep("without <b>it</b>", version)
    path = tmp_path / "r.json"
    assert call("export", "tiny", "--user", "u08", "--kept", "--output", path).exit_code == 0
    scenarios = json.loads(path.read_text())["scenarios"]
    assert [(one["name"], one["edits"]) for one in scenarios] == [
        ("without <b>it</b>", ["remove=3"])
    ]
    kept.remove("without <b>it</b>")


def test_a_part_alone_and_the_built_in_demo_can_be_exported(tmp_path: Path) -> None:
    words = ("export", "demo", "--user", "reader 0042", "--part", "recommendations", "--k", 5)
    result = call(*words, "--output", tmp_path / "r.csv")
    assert result.exit_code == 0, (result.output, result.exception)
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 6


def test_nothing_is_written_over_unless_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("mine")
    words = ("export", "tiny", "--user", "u08", "--output", path)
    refused = call(*words)
    assert isinstance(refused.exception, SigmaError)
    assert "--replace writes over it" in str(refused.exception)
    assert path.read_text() == "mine"
    assert call(*words, "--replace").exit_code == 0
    assert json.loads(path.read_text())["user"] == "u08"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--edit", "drop=1"], "is not an edit: write add=ITEM"),
        (["--edit", "remove=x"], "places are numbers from 1"),
        (["--edit", "remove=0"], "no place 0"),
        (["--edit", "remove=99"], "no place 99"),
        (["--edit", "move=1"], "not spelled move=PLACE,PLACE"),
        (["--edit", "replace=1,i99"], "no item 'i99'"),
        (["--hide", "i99"], "no item 'i99'"),
        (["--scenarios", "nowhere.json"], "cannot be read"),
        (["--scenarios", "pyproject.toml"], "holds no scenarios"),
    ],
)
def test_errors_are_sentences(tmp_path: Path, words, expected) -> None:
    result = call("export", "tiny", "--user", "u08", "--output", tmp_path / "r.md", *words)
    assert isinstance(result.exception, SigmaError), result.output
    assert expected in str(result.exception)
    assert not (tmp_path / "r.md").exists()


def test_a_name_that_tells_no_format_is_wrong_usage(tmp_path: Path) -> None:
    for words in (("r.pdf",), ("r.html", "--part", "sequence"), ("r.svg",)):
        result = call("export", "tiny", "--user", "u08", "--output", *words)
        assert result.exit_code == 2
        assert "ends in one of" in " ".join(result.output.split())
