"""Which runs are trials of a study, by their names alone. Light: nothing here imports torch."""

from pathlib import Path

DESCRIPTION = "study.json"


def is_trial(studies: Path, run: str) -> bool:
    """Whether a run is called like a trial of one of the studies. studies: their directory."""
    study, dash, _number = run.rpartition("-")
    return bool(dash) and (studies / study / DESCRIPTION).is_file()
