"""`bench train` and `bench answers` as a person runs them: small, and their JSON is whole."""

import json

import pytest
from typer.testing import CliRunner

from sigma_tui.main import app

SMALL = [
    *("--set", "dim=16", "--set", "interest_negatives=32", "--set", "batch_positions=256"),
    *("--set", "epochs=2"),
]


@pytest.mark.thorough
def test_training_is_set_beside_the_floor() -> None:
    ran = CliRunner().invoke(
        app,
        [
            *("bench", "train", "--items", "100", "--interactions", "2000", "--epochs", "1"),
            *(
                "--steps",
                "2",
                "--until",
                "0.0001",
                "--profile",
                "--device",
                "cpu",
                "--json",
                *SMALL,
            ),
        ],
    )
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["steps"] == 2 < told["steps_of_an_epoch"]
    assert told["times_the_floor"].keys() == told["gflops"].keys() >= {"float32"}
    assert told["until"]["epochs"] == len(told["until"]["curve"]) >= 1
    assert sum(one["host"] for one in told["profile"]["operations"]) > 0


@pytest.mark.thorough
def test_a_dataset_of_the_library_can_be_measured_and_the_table_is_for_people(small) -> None:
    ran = CliRunner().invoke(
        app,
        [
            *("bench", "train", "small", "--library", str(small.library), "--model", "sasrec"),
            *("--epochs", "1", "--device", "cpu", "--set", "dim=16"),
        ],
    )
    assert ran.exit_code == 0, ran.output
    assert "the floor in float32" in ran.stdout and "times it" in ran.stdout


def test_answers_tells_of_every_question() -> None:
    arguments = ["bench", "answers", "--items", "100", "--length", "5", "--repeats", "2"]
    ran = CliRunner().invoke(app, [*arguments, "--json", "--device", "cpu"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert {name for name in told if name.endswith("_ms")} == {
        "appended_ms", "removed_ms", "whole_ms", "influence_ms", "samples_ms",
    }  # fmt: skip
    assert "64 posterior samples" in CliRunner().invoke(app, [*arguments, "--device", "cpu"]).stdout
