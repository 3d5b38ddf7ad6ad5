"""The command `tune`, and the preset that it makes."""

import json
import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.errors import SettingsError
from engine.training.runs import find_run
from engine.tuning.study import Study
from engine.tuning.tune import Progress
from sigma_tui.commands.tune_progress import PlainProgress
from sigma_tui.main import app

TINY = ("--set", "dim=16", "--set", "epochs=1", "--set", "batch_positions=60")
WORDS = ("tune", "small", "--model", "sasrec", "--device", "cpu", *TINY, "--trials", "3")


@pytest.fixture
def home(small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own that borrows the library of the small world."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    (tmp_path / "library.duckdb").write_bytes(small.library.read_bytes())
    return tmp_path


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_tune_prints_the_best_trials_and_tuned_trains_them(home) -> None:
    with pytest.raises(SettingsError, match="sigma-tui tune small --model sasrec"):
        raise call("train", "small", "--model", "sasrec", "--preset", "tuned").exception
    shown = call(*WORDS)
    assert shown.exit_code == 0, shown.output
    assert "sasrec on small: the best of 3 trials" in shown.output
    assert "none: the preset itself" in shown.output
    assert "--preset tuned" in shown.output
    assert len([line for line in shown.stderr.splitlines() if line.startswith("trial ")]) == 3

    result = json.loads(call(*WORDS, "--json").stdout)
    assert set(result) == {"study", "dataset", "model", "preset", "fixed", "finished", "seconds",
                           "best", "command", "trials", "importances"}  # fmt: skip
    assert result["fixed"] == {"batch_positions": 60, "dim": 16, "epochs": 1}
    best = result["best"]
    assert set(best) == {"trial", "state", "eligible", "run", "valid", "best_epoch", "epochs",
                         "seconds", "interests_alive", "changes", "reason"}  # fmt: skip
    assert best["valid"]["recall@20"] == max(one["valid"]["recall@20"] for one in result["trials"])
    assert f"sigma-tui explore {best['run']}" in shown.output

    words = ("--name", "again", "--device", "cpu", "--json")
    for tuned in (("train", "small", "--model", "sasrec", "--preset", "tuned"),
                  tuple(result["command"].split()[1:])):  # fmt: skip
        trained = call(*tuned, *words)
        assert trained.exit_code == 0, trained.output
        assert json.loads(trained.stdout)["valid"] == pytest.approx(
            find_run(home / "runs", best["run"]).valid
        )
        run = find_run(home / "runs", "again")
        assert run.preset == tuned[tuned.index("--preset") + 1]
        settings = run.settings["model"] | run.settings["training"]
        assert settings.items() >= best["changes"].items()
        call("runs", "remove", "again", "--yes")


def test_an_end_must_be_said_and_a_dataset_must_exist(home) -> None:
    assert call("tune", "small").exit_code == 2
    assert "no dataset 'smal'" in str(call("tune", "smal", "--budget", "1").exception)
    assert "Example: sigma-tui tune" in call("tune", "--help").output


def test_ctrl_c_keeps_the_state_and_is_status_130(home, monkeypatch) -> None:
    pressed = []

    def interrupt(_shown: PlainProgress, progress: Progress) -> None:
        if not pressed and progress.trials and progress.trials[-1].epochs >= 2:
            pressed.append("Ctrl-C")
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(PlainProgress, "show", interrupt)
    words = ("--set", "dim=16", "--set", "epochs=100000", "--set", "patience=100000")
    stopped = call("tune", "small", "--model", "sasrec", "--budget", "10", "--json", *words)
    assert stopped.exit_code == 130
    assert "The same command goes on." in stopped.stderr
    result = json.loads(stopped.stdout)
    assert (result["finished"], result["best"]) == (False, None)
    (trial,) = result["trials"]
    assert trial["state"] == "interrupted" and trial["epochs"] >= 2
    following = Study(home / "state" / "tuning" / result["study"]).next()
    assert following is not None and following.user_attrs["run"] == trial["run"]
