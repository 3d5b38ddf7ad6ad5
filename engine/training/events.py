"""The events of a run as they lie on disk: read whole, or what came since. Nothing imports torch.

``progress.py`` writes them; docs/files.md has their keys.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Event = dict[str, Any]
"""One JSON object with the key ``event``: start, begin, step, epoch or end."""

EVENTS = "events.jsonl"
EVENTS_READ = 64 << 20
"""Bytes of a run's events that are read at most."""
READ_AT_ONCE = 4 << 20
"""Bytes that ``events_since`` reads at most; the rest comes with the next call."""
STEP = b'{"event": "step"'
"""How the line of a step begins. A long training has a hundred times as many of them as of all
others, and most readers want none or the last."""


def read_events(run: Path, *, steps: bool = True) -> list[Event]:
    """A run's events, oldest first; a line cut off by a crash is left out.

    steps: whether those of single steps are wanted.
    """
    try:
        with (run / EVENTS).open("rb") as file:
            lines = file.read(EVENTS_READ).splitlines()
    except FileNotFoundError:
        return []
    return _parsed(lines if steps else (line for line in lines if not line.startswith(STEP)))


def events_size(run: Path) -> int:
    """Bytes of a run's events so far."""
    path = run / EVENTS
    return path.stat().st_size if path.exists() else 0


def events_since(run: Path, start: int, *, steps: bool = True) -> tuple[list[Event], int]:
    """The events of the whole lines after some bytes, and where the last of them ends.

    steps: False leaves out steps, but for one that is the last line: where the training stands.
    """
    if events_size(run) <= start:
        return [], start
    with (run / EVENTS).open("rb") as file:
        file.seek(start)
        read = file.read(READ_AT_ONCE)
    end = read.rfind(b"\n") + 1
    if not end and len(read) == READ_AT_ONCE:  # no event is that long: damage, which is left out
        return [], start + len(read)
    lines = read[:end].splitlines()
    if not steps:
        lines = [line for line in lines[:-1] if not line.startswith(STEP)] + lines[-1:]
    return _parsed(lines), start + end


def _parsed(lines: Iterable[bytes]) -> list[Event]:
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):  # torn by a crash, or made to harm
            continue
        if isinstance(event, dict):
            events.append(event)
    return events
