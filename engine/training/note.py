"""A person's note on a run, kept with it."""

from pathlib import Path

from engine.errors import RunError
from engine.scratch import written_whole

NOTE = "note.txt"
LONGEST = 2_000
"""Characters of a note at most."""


def read_note(run: Path) -> str:
    """The note; empty if there is none."""
    try:
        with (run / NOTE).open(encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST).strip()
    except OSError:
        return ""


def write_note(run: Path, text: str) -> None:
    """Keeps a note in place of the one before; an empty one removes it.

    Raises RunError if it cannot be written.
    """
    text = text.strip()[:LONGEST]
    try:
        if not text:
            (run / NOTE).unlink(missing_ok=True)
            return
        with written_whole(run / NOTE) as file:
            file.write(f"{text}\n".encode("utf-8", "replace"))
    except OSError as error:
        raise RunError(f"the note of run {run.name!r} cannot be kept: {error}.") from None
