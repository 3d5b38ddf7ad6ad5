"""Another process that removes, brings back and spoils what the app has open."""

import multiprocessing
import os
import shutil
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from engine.errors import SigmaError
from engine.home import Home
from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from engine.training.runs import remove_run

HELD = 0.3
"""Seconds that it keeps the library to itself."""


class Meddler:
    """A process of its own, begun before the app is. good: a folder with ``runs`` and sources as
    they are brought back."""

    def __init__(self, home: Home, good: Path) -> None:
        context = multiprocessing.get_context("fork")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, home, good), daemon=True)
        self._process.start()
        self.told = 0

    def tell(self, words: str) -> None:
        """Asks for something; it is done meanwhile."""
        self.told += 1
        self._ours.send(words)

    def troubles(self) -> list[str]:
        """Waits until all is done; what went wrong but for a sentence."""
        found = []
        for _ in range(self.told):
            if not self._ours.poll(60):
                raise AssertionError("another process waits for what the app holds")
            trouble = self._ours.recv()
            if trouble:
                found.append(trouble)
        self.told = 0
        return found

    def end(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.join()


def _serve(asked: Connection, home: Home, good: Path) -> None:
    while True:
        try:
            words = asked.recv()
        except EOFError:
            return
        trouble = ""
        try:
            what, name = words.split()
            _meddle(home, good, what, name)
        except (SigmaError, FileNotFoundError):
            pass  # it is not there, or somebody has it
        except Exception:
            trouble = f"other {words}: {traceback.format_exc()}"
        asked.send(trouble)


def _meddle(home: Home, good: Path, what: str, name: str) -> None:
    run = home.runs / name
    if what == "remove-run":
        remove_run(home.runs, name)
    elif what == "bring-run":
        scratch = home.runs.with_name(f"coming-{name}")
        shutil.copytree(good / "runs" / name, scratch)
        shutil.rmtree(run, ignore_errors=True)
        scratch.rename(run)
    elif what == "cut-run":
        path = run / "model.safetensors"
        os.truncate(path, path.stat().st_size // 2)
    elif what == "spoil-run":
        for file in ("run.json", "events.jsonl", "note.txt"):
            (run / file).write_bytes(b'{"version": [\xff\x00')
    elif what == "remove-data":
        with Library.open(home.library, write=True) as library:
            library.remove(name)
    elif what == "bring-data":
        import_source(home.library, _request(good, name, name))
    elif what == "change-data":
        import_source(home.library, _request(good, "other", name))
    elif what == "hold-library":
        with Library.open(home.library, write=True):
            time.sleep(HELD)
    else:
        raise ValueError(what)


def _request(good: Path, source: str, name: str) -> ImportRequest:
    """What was imported as ``small`` has titles."""
    titles = good / "titles.tsv" if source == "small" else None
    return ImportRequest(good / f"{source}.csv", name, items=titles, replace=True)
