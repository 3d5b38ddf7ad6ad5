"""One process of several that run the same cells side by side; see together.py.

python -m engine.experiments.worker

The first line on stdin says what to run, as JSON. When stdin ends, the process that started this
one wants a stop, or is gone. Events go to stdout, one JSON object a line.
"""

import json
import sys
import threading
from pathlib import Path

from engine.errors import SigmaError
from engine.experiments.datasets import datasets_in
from engine.experiments.plan import Cell
from engine.experiments.runner import Place, run_cells
from engine.training.events import Event


def main() -> int:
    """Runs cells until all are done or stdin ends; the exit status is 1 for an error, said."""
    asked = json.loads(sys.stdin.readline())
    ended = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    cells = [
        Cell(**{**cell, "changes": tuple((name, value) for name, value in cell["changes"])})
        for cell in asked["cells"]
    ]
    library = Path(asked["library"])
    try:
        outcomes = run_cells(
            cells,
            datasets_in(library, dict.fromkeys(cell.dataset for cell in cells)),
            Place(library, Path(asked["root"]), asked["device"], asked["command"]),
            budget=asked["budget"],
            tell=_tell,
            should_stop=ended.is_set,
        )
    except SigmaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    places = {cell: number for number, cell in enumerate(cells)}
    for outcome in outcomes:
        _tell(
            {
                "event": "outcome",
                "cell": places[outcome.cell],
                "run": outcome.run,
                "state": outcome.state,
                "reason": outcome.reason,
            }
        )
    return 0


def _tell(event: Event) -> None:
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    sys.exit(main())
