"""One process of several that train a run together: what torchrun starts (see launch.py).

torchrun --standalone --nproc-per-node N -m engine.training.worker RUN LIBRARY DEVICE
"""

import os
import signal
import sys
from pathlib import Path

from engine.errors import SigmaError
from engine.training.train import train_here


def main(run: str, library: str, device: str) -> int:
    """Trains until the end or SIGTERM; the exit status is 1 for an error, said by the leader."""
    asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal asked
        asked = True

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started the processes stops them
    if device == "cuda":
        device = f"cuda:{os.environ['LOCAL_RANK']}"
    try:
        train_here(Path(run), library=Path(library), device=device, should_stop=lambda: asked)
    except SigmaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
