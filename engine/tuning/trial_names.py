"""Which runs are trials of a study, by their names alone. Light: nothing here imports torch."""

from pathlib import Path

from engine.training.runs import RunSummary

DESCRIPTION = "study.json"


def is_trial(studies: Path, run: str) -> bool:
    """Whether a run is called like a trial of one of the studies. studies: their directory."""
    study, dash, _number = run.rpartition("-")
    return bool(dash) and (studies / study / DESCRIPTION).is_file()


def of_use(studies: Path, runs: list[RunSummary]) -> list[RunSummary]:
    """Runs without those trials that have no epoch and are not being trained: the search goes on
    with them, and nobody else can use them. studies: as above."""
    return [
        run
        for run in runs
        if run.epochs or run.state == "training" or not is_trial(studies, run.name)
    ]
