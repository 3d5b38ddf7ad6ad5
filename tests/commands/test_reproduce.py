"""`sigma-tui reproduce`, on a small dataset and small settings."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.errors import LibraryError, QuestionError, SettingsError
from engine.experiments.kept import kept_results
from engine.explore.explorer import Explorer
from engine.training.presets import PRESETS
from sigma_tui.main import app

TINY = {"dim": 16, "epochs": 1}


@pytest.fixture
def runs(small, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs go; every preset is a tiny one."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    for model, own in (("sasrec", {}), ("sigma", {"interest_negatives": 16})):
        for preset, more in (("paper", {"windows": "last"}), ("best", {})):
            monkeypatch.setitem(PRESETS[model], preset, {**TINY, **own, **more})
    return tmp_path / "runs" / "experiments"


@pytest.fixture
def call(runs, small):
    def called(*words: object):
        given = ["reproduce", *map(str, words), "--library", str(small.library)]
        return CliRunner().invoke(app, given)

    return called


SMALL = ("--datasets", "small", "--seeds", "0,1", "--device", "cpu")


def test_a_table_is_run_printed_kept_and_not_run_again(call, runs) -> None:
    first = call("table2", *SMALL, "--models", "sasrec", "--json")
    assert first.exit_code == 0, first.output
    told = json.loads(first.stdout)
    assert told["experiment"] == "table2"
    assert [cell["state"] for cell in told["cells"]] == ["finished"] * 4
    assert len(told["numbers"]) == 2 * 4
    number = told["numbers"][0]
    assert number["protocol"] == "paper" and number["seeds"] == [0, 1] and number["paper"] is None
    results = kept_results(runs)
    assert len(results) == 4
    assert results[0].command == (
        "sigma-tui reproduce table2 --protocol both --datasets small --models sasrec --seeds 0,1"
    )
    again = json.loads(call("table2", *SMALL, "--models", "sasrec", "--json").stdout)
    assert [cell["state"] for cell in again["cells"]] == ["kept"] * 4
    assert again["numbers"] == told["numbers"]

    printed = call("table2", *SMALL, "--budget", 0).output
    assert "small, paper protocol" in printed and "small, fair protocol" in printed
    assert "±" in printed and "not run" in printed
    written = call("table2", *SMALL, "--budget", 0, "--markdown", "--protocol", "fair").output
    assert "| sasrec | 0, 1 |" in written and "paper protocol" not in written
    rows = list(csv.DictReader(io.StringIO(call("table2", *SMALL, "--budget", 0, "--csv").stdout)))
    assert {row["row"] for row in rows if row["mean"]} == {"sasrec"}

    report = call("report", "--output", runs.parent.parent / "docs" / "results.md")
    assert report.exit_code == 0, report.output
    text = (runs.parent.parent / "docs" / "results.md").read_text("utf-8")
    assert text.startswith("# Results") and "not run" in text


def test_variants_of_sigma_are_run_explored_and_drawn(call, runs, small, tmp_path) -> None:
    alone = call("table4", *SMALL, "--seeds", "0", "--protocol", "fair", "--json")
    assert [cell["state"] for cell in json.loads(alone.stdout)["cells"]] == ["finished"] * 2
    settings = {result.settings["model"]["scorer"] for result in kept_results(runs)}
    assert settings == {"sequence", "interests"}
    run = next(
        one.run for one in kept_results(runs) if one.settings["model"]["scorer"] != "sequence"
    )
    explorer = Explorer.load(runs / run, small.library, device="cpu")
    answer = explorer.answer(explorer.history(3)[:-1], k=5, diversity_weight=1.0)
    assert len(answer.recommendations) == 5
    assert sum(interest.intensity for interest in answer.interests) == pytest.approx(1)
    with pytest.raises(QuestionError, match="no posterior"):
        explorer.stability(explorer.history(3), [1])
    figure = call("figure2", *SMALL, "--seeds", "0", "--protocol", "fair", "--svg",
                  tmp_path / "figure.svg")  # fmt: skip
    assert figure.exit_code == 0, figure.output
    assert figure.output.count("●") == 8
    assert (tmp_path / "figure.svg").read_text("utf-8").count("<circle") == 8
    results = kept_results(runs)
    assert len(results) == 2 + 3  # K = 4 is SIGMA itself, and was there


def test_a_budget_that_is_over_says_how_to_go_on(call, runs) -> None:
    result = call("table2", *SMALL, "--models", "sasrec", "--budget", 1e-9)
    assert result.exit_code == 0
    assert "4 of 4 trainings are left" in result.output
    assert kept_results(runs) == []


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["table2", "--datasets", "office"], LibraryError, "lacks Office Products"),
        (["table2", *SMALL, "--models", "gru4rec"], SettingsError, "no model 'gru4rec'"),
        (["table2", *SMALL, "--seeds", "one"], SettingsError, "list of numbers"),
        (["table2", *SMALL, "--models", ","], SettingsError, "names nothing"),
    ],
)
def test_errors_are_sentences(call, words, error, said) -> None:
    result = call(*words)
    assert isinstance(result.exception, error), result.output
    assert said in str(result.exception)


@pytest.mark.parametrize(
    "words",
    [
        ["table9"],
        ["table2", "--json", "--csv"],
        ["table2", "--svg", "x.svg"],
        ["table2", "--output", "x.md"],
        ["report", "--budget", "1"],
    ],
)
def test_options_that_do_not_belong_together_are_wrong_usage(call, words) -> None:
    assert call(*words).exit_code == 2
