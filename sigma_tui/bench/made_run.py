"""A run over made data: an untrained SIGMA and a catalogue of any size, for benchmarks.

Speed does not depend on what the weights are, so nothing is trained. Everything else is real: the
dataset goes through the import, the checkpoint is written and read like any other.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import torch

from engine.library.importing import ImportRequest, import_source
from engine.library.library import Library
from engine.models.registry import build, model_settings
from engine.training.checkpoint import save_checkpoint
from engine.training.runs import MODEL, create_run

RUN = "made"
"""Name of the dataset and of the run."""
READER = "reader"
"""Label of the user whose sequence has the wanted length."""
SYLLABLES = (
    "ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "wen", "dar", "gol", "han", "jus", "pel",
    "xi",
)  # fmt: skip
GENRES = ("Drama", "War", "Comedy", "Noir", "Space", "Family")


@dataclass(frozen=True)
class MadeData:
    """How much to make.

    items: V. users: besides the reader; each has three items or more. history: items of the reader,
    the last one held out. max_length: items that the model sees.
    """

    items: int
    users: int
    history: int
    max_length: int


@dataclass(frozen=True)
class MadeRun:
    """Where it is. path: the run's directory. library: the file."""

    path: Path
    library: Path

    @property
    def home(self) -> Path:
        """The folder that ``SIGMA_TUI_HOME`` may name."""
        return self.library.parent


@contextmanager
def temporary_run(made: MadeData) -> Iterator[MadeRun]:
    """A made run for as long as the context lasts. Raises SettingsError as ``make_run``."""
    with tempfile.TemporaryDirectory(prefix="sigma-tui-bench-") as folder:
        yield make_run(Path(folder), made)


def make_run(folder: Path, made: MadeData) -> MadeRun:
    """Makes a library and a run in an empty folder, which can then be ``SIGMA_TUI_HOME``.

    Raises SettingsError for a length that no model takes, LibraryError or RunError if the folder is
    not empty.
    """
    library = folder / "library.duckdb"
    settings = model_settings("sigma", {"max_length": made.max_length})
    readings, titles = folder / "readings.parquet", folder / "titles.parquet"
    _write(readings, _readings(made))
    _write(titles, _titles(made))
    summary = import_source(library, ImportRequest(readings, RUN, items=titles)).summary
    readings.unlink()
    titles.unlink()
    with Library.open(library) as opened:
        labels = opened.interactions(RUN).item_labels
    path = create_run(
        folder / "runs",
        RUN,
        {
            "model": "sigma",
            "dataset": RUN,
            "fingerprint": summary.fingerprint,
            "preset": "none",
            "created": summary.imported_at,
            "settings": {"model": asdict(settings), "training": {}},
        },
    )
    torch.manual_seed(0)
    save_checkpoint(
        path / MODEL,
        build("sigma", made.items, settings, 0),
        model_name="sigma",
        settings=settings,
        item_labels=labels,
        dataset=RUN,
        fingerprint=summary.fingerprint,
        metrics={},
        epoch=1,
    )
    return MadeRun(path, library)


def _write(path: Path, query: str) -> None:
    with duckdb.connect() as connection:
        target = str(path).replace("'", "''")
        connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")


def _readings(made: MadeData) -> str:
    """The reader's items, then those of all others, each item at least once."""
    rows = max(made.items, 3 * made.users)
    return f"""
        SELECT '{READER}' AS "user", 'i' || (row * 7919 % {made.items}) AS item, row AS timestamp
        FROM range({made.history}) AS numbers(row)
        UNION ALL
        SELECT 'user ' || (row % {made.users}),
            'i' || (CASE WHEN row < {made.items} THEN row ELSE hash(row) % {made.items} END), row
        FROM range({rows}) AS numbers(row)"""


def _titles(made: MadeData) -> str:
    """Titles of two to five words of three syllables, with a year; one genre each."""
    syllable = "$SYLLABLES[1 + (hash(row * {a} + word * {b}) % 16)::INTEGER]"
    word = " || ".join(syllable.format(a=a, b=b) for a, b in ((31, 7), (37, 11), (41, 13)))
    return f"""
        SELECT 'i' || row AS item,
            list_aggregate(list_transform(range(2 + (hash(row) % 4)::INTEGER), lambda word: {word}),
                'string_agg', ' ') || ' (' || (1950 + row % 75) || ')' AS title,
            {[*GENRES]}[1 + (row % {len(GENRES)})::INTEGER] AS genres
        FROM range({made.items}) AS numbers(row)""".replace("$SYLLABLES", str([*SYLLABLES]))
