"""How a search decides, with trainings that follow a script."""

import pytest
from filelock import FileLock
from scripted import lines_of, script_trainings

from engine.errors import LibraryError, RunError, SettingsError, TrainingError
from engine.library.importing import ImportRequest, import_source
from engine.tuning.study import KEPT, KILLS, STARTING_TRIALS, Study
from engine.tuning.tune import TuneRequest, tune
from engine.tuning.tuned import tuned


def request(small, tmp_path, **changes) -> TuneRequest:
    return TuneRequest(
        **{"library": small.library, "runs": tmp_path / "runs", "studies": tmp_path / "studies",
           "dataset": "small", "device": "cpu", "trials": 6, **changes}
    )  # fmt: skip


def by_dropout(settings: dict) -> list[tuple[float, int]]:
    """The less dropout the better, epoch by epoch; everything lives."""
    return [(0.1 * epoch * (1 - settings["dropout"]), 99) for epoch in (1, 2, 3)]


def test_the_first_trial_is_the_preset_and_fixed_settings_stay(
    small, tmp_path, monkeypatch
) -> None:
    requests = script_trainings(monkeypatch, by_dropout)
    fixed = {"epochs": "3", "dim": 16, "learning_rate": "0.00212345"}
    result = tune(request(small, tmp_path, preset="fast", settings=fixed, trials=14, seed=3))
    preset = requests[0].settings
    assert (preset["patience"], preset["categories"], preset["temperature"]) == (4, 4, 0.1)
    for one in requests:
        settings = one.settings
        assert (settings["epochs"], settings["dim"], settings["seed"]) == (3, 16, 3)
        assert settings["learning_rate"] == 0.00212345
    assert len({str(one.settings) for one in requests}) > STARTING_TRIALS
    assert result.trials[0].preset and result.trials[0].changes == {}
    assert not any(trial.preset for trial in result.trials[1:])
    best = result.best()[0]
    assert best.recall >= result.trials[0].recall
    assert best.recall == max(trial.recall for trial in result.trials if trial.state == "done")
    command = result.plan.command(best.drawn)
    assert command.startswith("sigma-tui train small --model sigma --preset fast --set dim=16 ")
    assert "--set seed=3" in command and f"--set dropout={best.changes['dropout']}" in command


def test_the_sampler_learns_what_is_good(small, tmp_path, monkeypatch) -> None:
    requests = script_trainings(monkeypatch, lambda s: [(1 - s["dropout"], 99)])
    fixed = {"dim": 16, "heads": 1, "layers": 1}
    result = tune(request(small, tmp_path, model="sasrec", settings=fixed, trials=40))
    drops = [one.settings["dropout"] for one in requests]
    assert sum(drops[-10:]) / 10 < 0.5 * sum(drops[1:11]) / 10
    assert result.importances and max(result.importances, key=result.importances.get) == "dropout"


def test_trials_worse_than_half_of_the_others_are_stopped_early_but_never_the_preset(
    small, tmp_path, monkeypatch
) -> None:
    def script(settings: dict) -> list[tuple[float, int]]:
        good = len(requests) in (2, 3, 4, 5)
        return [(0.2 if good else 0.1, 99)] * 8

    requests: list = []
    requests = script_trainings(monkeypatch, script)
    result = tune(request(small, tmp_path, settings={"epochs": 8}, trials=8))
    assert [trial.state for trial in result.trials] == 5 * ["done"] + 3 * ["pruned"]
    assert [trial.epochs for trial in result.trials] == 5 * [8] + 3 * [2]
    # The preset is as bad; had it come late it would not have been stopped.
    study = Study(result.path)
    study.optuna.enqueue_trial(study.plan.start, user_attrs={"preset": True})
    again = tune(request(small, tmp_path, settings={"epochs": 8}, trials=9))
    assert (again.trials[-1].state, again.trials[-1].epochs) == ("done", 8)


def test_dead_interests_never_win(small, tmp_path, monkeypatch) -> None:
    def script(settings: dict) -> list[tuple[float, int]]:
        alive = settings["categories"] / 2
        number = len(requests)
        # The third has the highest Recall, at an epoch with one interest too few.
        return [(0.1, 99), (0.5, int(alive) - 1)] if number == 3 else [(0.1 + number / 100, alive)]

    requests: list = []
    requests = script_trainings(monkeypatch, script)
    result = tune(request(small, tmp_path, settings={"categories": 8}))
    dead = result.trials[2]
    assert (dead.recall, dead.alive, dead.state, dead.eligible) == (0.5, 3, "done", False)
    assert dead.number not in [trial.number for trial in result.best(99)]
    assert result.best()[0].number == 6
    told = {trial.number + 1: trial.value for trial in Study(result.path).optuna.trials}
    assert told[3] == pytest.approx(0.5 * 3 / 4)  # and the search turns away from it
    assert not (tmp_path / "runs" / dead.run).exists()

    def all_dead(settings: dict) -> list[tuple[float, int]]:
        return [(0.4, 0)]

    script_trainings(monkeypatch, all_dead)
    nothing = request(small, tmp_path, settings={"categories": 6}, trials=2)
    assert tune(nothing).best() == []


def test_only_the_runs_of_the_best_trials_are_kept(small, tmp_path, monkeypatch) -> None:
    script_trainings(monkeypatch, by_dropout)
    result = tune(request(small, tmp_path, trials=9))
    kept = {path.name for path in (tmp_path / "runs").iterdir()}
    assert kept == {trial.run for trial in result.best(KEPT)}
    assert len(kept) == KEPT


def test_failed_trials_count_as_bad_and_the_search_goes_on(small, tmp_path, monkeypatch) -> None:
    def script(settings: dict) -> list[tuple[float, int]]:
        return [] if len(requests) in (2, 4) else [(0.2, 99)]

    requests: list = []
    requests = script_trainings(monkeypatch, script)
    result = tune(request(small, tmp_path, trials=5))
    states = [trial.state for trial in result.trials]
    assert states == ["done", "failed", "done", "failed", "done"]
    assert result.trials[1].reason == "the loss is not a number"


def test_a_preset_that_cannot_be_trained_is_an_error_and_tried_again(
    small, tmp_path, monkeypatch
) -> None:
    script_trainings(monkeypatch, lambda settings: [])
    with pytest.raises(TrainingError, match="not a number"):
        tune(request(small, tmp_path))
    script_trainings(monkeypatch, by_dropout)
    result = tune(request(small, tmp_path))
    assert [trial.preset for trial in result.trials][:3] == [True, True, False]


def test_the_same_request_goes_on_and_another_is_another_study(
    small, tmp_path, monkeypatch
) -> None:
    requests = script_trainings(monkeypatch, by_dropout)
    first = tune(request(small, tmp_path, trials=3))
    more = tune(request(small, tmp_path, trials=5))
    assert len(requests) == 5 and more.path == first.path
    assert more.trials[:3] == first.trials
    assert tune(request(small, tmp_path, trials=5)).trials == more.trials and len(requests) == 5
    other = tune(request(small, tmp_path, trials=3, settings={"dropout": 0.4}))
    assert other.path != first.path and len(requests) == 8
    again = tune(request(small, tmp_path / "anew", trials=5))
    assert [trial.drawn for trial in again.trials] == [trial.drawn for trial in more.trials]


def test_a_trial_that_was_stopped_on_demand_goes_on_as_another(
    small, tmp_path, monkeypatch
) -> None:
    asked = iter([False] * 3 + [True] * 99)
    script_trainings(monkeypatch, by_dropout)
    stopped = tune(request(small, tmp_path), should_stop=lambda: next(asked))
    assert not stopped.finished
    assert [trial.state for trial in stopped.trials] == ["interrupted"]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [stopped.trials[0].run]
    resumed = []

    def resume(path, *, on_event, should_stop, **_rest):
        resumed.append(path.name)
        return script_result(path, on_event)

    def script_result(path, on_event):
        from scripted import result_of

        on_event({"event": "epoch", "epoch": 9, "valid": {"recall@20": 0.3, "ndcg@20": 0.1}})
        return result_of(path, True)

    monkeypatch.setattr("engine.tuning.trial.resume", resume)
    result = tune(request(small, tmp_path, trials=3))
    assert resumed == [stopped.trials[0].run]
    assert [trial.state for trial in result.trials] == ["interrupted", "done", "done", "done"]
    assert result.trials[1].preset and result.trials[1].drawn == stopped.trials[0].drawn
    reported = Study(result.path).optuna.trials[1].intermediate_values
    assert set(reported) >= {1, 9}  # what was reached before is known to the pruner again


def test_what_kills_its_process_again_and_again_is_given_up(small, tmp_path, monkeypatch) -> None:
    script_trainings(monkeypatch, by_dropout)
    path = tune(request(small, tmp_path, trials=1)).path
    for _ in range(KILLS):
        study = Study(path)
        assert study.next() is not None  # a process that is killed now leaves it under way
        study.reclaim()
    states = [trial.state for trial in Study(path).trials()]
    assert states == ["done", *(KILLS - 1) * ["interrupted"], "failed"]
    assert tune(request(small, tmp_path, trials=3)).trials[-1].state == "done"


def test_two_searches_of_one_study_at_once_are_refused(small, tmp_path, monkeypatch) -> None:
    script_trainings(monkeypatch, by_dropout)
    path = tune(request(small, tmp_path, trials=1)).path
    with FileLock(path / "study.lock"), pytest.raises(RunError, match="another process"):
        tune(request(small, tmp_path, trials=2))


def test_tuned_settings_are_those_of_the_best_trial_of_all_studies(
    small, tmp_path, monkeypatch
) -> None:
    def found(model: str = "sigma"):
        return tuned(tmp_path / "studies", small.library, "small", model)

    with pytest.raises(SettingsError, match=r"sigma-tui tune small --model sigma"):
        found()
    script_trainings(monkeypatch, by_dropout)
    tune(request(small, tmp_path, trials=4, settings={"dropout": 0.9}))
    better = tune(request(small, tmp_path, trials=4, preset="fast"))
    best = better.best()[0]
    assert found().trial == best and found().preset == "fast"
    assert found().settings["dropout"] == better.plan.settings(best.drawn)["dropout"]
    assert found().settings["epochs"] == 20 and "seed" not in found().settings
    with pytest.raises(SettingsError, match="sasrec"):
        found("sasrec")
    other = tmp_path / "readings.csv"
    readings = (small.home / "readings.csv").read_text()
    other.write_text(readings + "\nu00,i01,9999999")
    import_source(tmp_path / "other.duckdb", ImportRequest(other, "small"))
    with pytest.raises(SettingsError, match="as it is now"):  # of the same name, with other content
        tuned(tmp_path / "studies", tmp_path / "other.duckdb", "small", "sigma")


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"dataset": "smal"}, LibraryError, "Did you mean 'small'"),
        ({"preset": "good"}, SettingsError, "no preset 'good'"),
        ({"settings": {"dropuot": 1}}, SettingsError, "Did you mean 'dropout'"),
        ({"device": "cuda:7"}, TrainingError, "not usable|no device"),
    ],
)
def test_impossible_requests_are_sentences_and_begin_nothing(
    small, tmp_path, changes, error, said
) -> None:
    with pytest.raises(error, match=said):
        tune(request(small, tmp_path, **changes))
    assert not (tmp_path / "studies").exists()


def test_a_damaged_study_is_a_sentence(small, tmp_path, monkeypatch) -> None:
    script_trainings(monkeypatch, by_dropout)
    path = tune(request(small, tmp_path, trials=1)).path
    assert len(lines_of(path / "journal.jsonl")) > 10
    (path / "study.json").write_text("{}")
    with pytest.raises(RunError, match="Remove the directory"):
        tune(request(small, tmp_path, trials=2))
