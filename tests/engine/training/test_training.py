"""Training: exact resume, early stop, states, and what is refused."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.errors import RunError, SettingsError, TrainingError
from engine.library.importing import ImportRequest, import_source
from engine.training.events import read_events
from engine.training.runs import find_run, list_runs, remove_run
from engine.training.train import TrainRequest, TrainResult, resume, train

ROOT = Path(__file__).parents[3]
TINY = {"dim": 16, "epochs": 3, "batch_positions": 60, "interest_negatives": 16}


def request(small, runs: Path, name: str = "run", **settings: object) -> TrainRequest:
    model = str(settings.pop("model", "sigma"))
    values = {**TINY, **settings}
    if model != "sigma":
        values.pop("interest_negatives")
    return TrainRequest(
        library=small.library, runs=runs, dataset="small", name=name, model=model,
        settings=values, device="cpu",
    )  # fmt: skip


def epochs(result: TrainResult) -> list[tuple[object, ...]]:
    return [
        (event["epoch"], event["losses"], event["valid"], event["diagnostics"])
        for event in read_events(result.path)
        if event["event"] == "epoch"
    ]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "of",
    [
        {"model": "sigma"},
        {"model": "sigma", "weight_average": 0.9, "cosine": 10.0},
        {"model": "sasrec"},
        {"model": "sasrec", "loss": "bce"},
        {"model": "bprmf", "loss": "bpr"},
        {"model": "lightgcn", "loss": "bpr"},
        {"model": "lightgcn", "loss": "softmax"},
        {"model": "svae"},
        {"model": "acvae"},
    ],
    ids=lambda of: "-".join(map(str, of.values())),
)
@pytest.mark.parametrize("stop_after", [1, 5, 11])
def test_a_stopped_training_goes_on_to_the_same_result(small, tmp_path, of, stop_after) -> None:
    whole = train(request(small, tmp_path, "whole", **of))
    steps = iter(range(1, 1000))
    stopped = train(
        request(small, tmp_path, "parts", **of),
        should_stop=lambda: next(steps) == stop_after,
    )
    assert not stopped.finished
    assert find_run(tmp_path, "parts").state == "stopped"
    went_on = resume(stopped.path, library=small.library, device="cpu")
    assert went_on.finished
    assert epochs(went_on) == epochs(whole)
    weights, expected = (load_file(run.path / "model.safetensors") for run in (went_on, whole))
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


@pytest.mark.thorough
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(small, tmp_path) -> None:
    first = train(request(small, tmp_path, "a"))
    again = train(request(small, tmp_path, "b"))
    other = train(request(small, tmp_path, "c", seed=1))
    assert epochs(first) == epochs(again)
    assert epochs(first) != epochs(other)


def test_every_epoch_tells_losses_diagnostics_and_speed(small, tmp_path) -> None:
    heard: list[dict[str, object]] = []
    result = train(request(small, tmp_path), on_event=heard.append)
    events = read_events(result.path)
    assert events == json.loads(json.dumps(heard))
    assert [event["event"] for event in events if event["event"] != "step"] == [
        "start", "begin", "begin", "epoch", "epoch", "epoch", "end",
    ]  # fmt: skip
    epoch = next(event for event in events if event["event"] == "epoch")
    assert {"reconstruction", "mixture_kl", "interest_reconstruction", "interest_kl",
            "orthogonality", "loss"} == set(epoch["losses"])  # fmt: skip
    assert {"nats_per_interest", "active_units", "membership_entropy", "balance_entropy",
            "interest_cosine", "interests_alive"} <= set(epoch["diagnostics"])  # fmt: skip
    assert epoch["sequences_per_second"] > 0
    assert result.best_epoch == find_run(tmp_path, "run").best_epoch


def test_the_average_of_the_weights_is_what_is_validated_and_kept(small, tmp_path) -> None:
    last = train(request(small, tmp_path, "last", epochs=1, weight_average=0.0))
    averaged = train(request(small, tmp_path, "averaged", epochs=1, weight_average=0.9))
    assert epochs(last)[0][1] == epochs(averaged)[0][1]  # the same steps
    assert epochs(last)[0][3] != epochs(averaged)[0][3]
    weights = [load_file(run.path / "model.safetensors") for run in (last, averaged)]
    assert not torch.equal(*(part["table.embedding.weight"] for part in weights))


def test_training_stops_early_when_validation_no_longer_improves(small, tmp_path) -> None:
    result = train(request(small, tmp_path, epochs=200, patience=2, learning_rate=0.01))
    assert result.finished
    assert result.epochs == result.best_epoch + 2 < 200


def test_a_loss_that_is_not_a_number_is_a_sentence_and_the_run_failed(small, tmp_path) -> None:
    with pytest.raises(TrainingError, match="learning_rate"):
        train(request(small, tmp_path, learning_rate=10.0, gradient_clip=1e9, epochs=50))
    assert find_run(tmp_path, "run").state == "failed"


def test_names_are_taken_once_and_free_names_are_counted(small, tmp_path) -> None:
    train(request(small, tmp_path, epochs=1))
    with pytest.raises(RunError, match="already"):
        train(request(small, tmp_path, epochs=1))
    with pytest.raises(RunError, match="name"):
        train(request(small, tmp_path, "../out", epochs=1))
    named = TrainRequest(small.library, tmp_path, "small", settings={**TINY, "epochs": 1},
                         device="cpu")  # fmt: skip
    assert train(named).run == "small-sigma-1"
    assert {run.name for run in list_runs(tmp_path)} == {"run", "small-sigma-1"}
    remove_run(tmp_path, "run")
    with pytest.raises(RunError, match="no run 'run'"):
        find_run(tmp_path, "run")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"dropuot": 0.1}, "Did you mean 'dropout'"),
        ({"dropout": "much"}, "is a number"),
        ({"dim": 10**9}, "between"),
        ({"dim": 30, "heads": 4}, "heads"),
        ({"positions": "left"}, "one of right, rotary"),
    ],
)
def test_impossible_settings_are_a_sentence_and_leave_no_run(small, tmp_path, settings, said):
    with pytest.raises(SettingsError, match=said):
        train(request(small, tmp_path, **settings))
    assert list_runs(tmp_path) == []


def test_a_dataset_that_changed_meanwhile_is_not_resumed(tmp_path) -> None:
    library = tmp_path / "library.duckdb"
    source = tmp_path / "r.csv"
    for changed in (False, True):
        source.write_text(
            "user,item,time\n"
            + "".join(f"u{u},i{(u + t) % 9},{t}\n" for u in range(9) for t in range(6))
            + ("u0,i8,9\n" if changed else "")
        )
        import_source(library, ImportRequest(source, "it", replace=changed))
        if not changed:
            run = train(
                TrainRequest(library, tmp_path / "runs", "it", settings=TINY, device="cpu"),
                should_stop=lambda: True,
            )
    with pytest.raises(RunError, match="has changed"):
        resume(run.path, library=library, device="cpu")


CHILD = """
import sys
from sigma_tui.main import run
sys.argv = ["sigma-tui", "train", "small", "--name", "child", "--epochs", "400",
            "--set", "dim=16", "--set", "batch_positions=60", "--set", "patience=1000", "--library",
            {library!r}, "--device", "cpu"]
run()
"""


def start_child(small, home: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(library=str(small.library))],
        stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "SIGMA_TUI_HOME": str(home), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith("epoch   2"):
            break
    return child


@pytest.mark.thorough
def test_ctrl_c_keeps_everything_and_says_how_to_go_on(small, tmp_path) -> None:
    child = start_child(small, tmp_path)
    assert find_run(tmp_path / "runs", "child").state == "training"
    with pytest.raises(RunError, match="being trained"):
        remove_run(tmp_path / "runs", "child")
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "sigma-tui train --resume child" in said
    assert "Traceback" not in said
    run = find_run(tmp_path / "runs", "child")
    assert run.state == "stopped"
    assert run.epochs >= 2


def test_data_with_nothing_to_hold_out_leaves_no_run(tmp_path) -> None:
    source = tmp_path / "r.csv"
    source.write_text("user,item\na,x\na,y\nb,x\n")
    import_source(tmp_path / "library.duckdb", ImportRequest(source, "short"))
    with pytest.raises(TrainingError, match="three items"):
        train(TrainRequest(tmp_path / "library.duckdb", tmp_path / "runs", "short", device="cpu"))
    assert list_runs(tmp_path / "runs") == []
