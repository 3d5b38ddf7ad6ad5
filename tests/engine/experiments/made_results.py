"""Results as a run would leave them, without any training."""

from engine.experiments.kept import DataFacts, Result, wanted_settings
from engine.experiments.machine import Machine
from engine.experiments.plan import Cell

OFFICE = DataFacts("office", "f" * 64, 4905, 2420, 53258)
VERSIONS = {"python": "3.13", "sigma-tui": "0.1.0", "torch": "2.13", "numpy": "2.4"}
MACHINE = Machine("A processor", 2, "cpu", None, "float32", "Linux", VERSIONS)


def made_result(
    cell: Cell, test: dict[str, float], *, data: DataFacts = OFFICE, run: str = "", **facts: object
) -> Result:
    """The result of a cell with these metrics."""
    values: dict[str, object] = {
        "run": run or f"{cell.dataset}-{cell.model}-{cell.preset}-{cell.changes}-{cell.seed}",
        "dataset": cell.dataset,
        "model": cell.model,
        "preset": cell.preset,
        "seed": cell.seed,
        "settings": wanted_settings(cell, data.shape),
        "data": data,
        "epochs": 30,
        "best_epoch": 20,
        "seconds": 600.0,
        "seconds_evaluating": 5.0,
        "valid": {"recall@20": 0.2},
        "test": test,
        "users": data.users,
        "missed_by_history": 0,
        "without_categories": None,
        "interests_alive": None,
        "diagnostics": {},
        "machine": MACHINE,
        "command": "sigma-tui reproduce table2",
        "created": "2025-01-01T00:00:00+00:00",
    }
    return Result(**{**values, **facts})  # type: ignore[arg-type]
