"""What a bundle holds, as told by its first file, and what a bundle may hold at all.

A bundle is a zip whose files are stored as they are, so that it unpacks to no more than it is, and
whose names are those of FILES: no path in it is ever followed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.errors import RunError
from engine.explore.own_names import NAMES
from engine.library.library import Counts, Rule
from engine.library.moving import FILES as DATA
from engine.training.events import EVENTS
from engine.training.note import NOTE
from engine.training.runs import MODEL, RUN

MANIFEST = "bundle.json"
FORMAT, VERSION = "sigma-tui bundle", 1
SUFFIX = ".sigma.zip"
NEEDED = (RUN, MODEL, EVENTS, *DATA)
"""Files of every bundle, beside its manifest."""
FILES = (*NEEDED, NAMES, NOTE)
"""Files that a bundle may have."""
LARGEST = 1 << 20
"""Bytes of a manifest that are read."""
PIECE_BYTES = 1 << 20

_OPTIONS: Mapping[str, type | tuple[type, ...]] = {
    "source": str,
    "items": str,
    "format": str,
    "encoding": str,
    "min_rating": (int, float),
    "k_core": int,
    "duplicates": str,
    "order": str,
}
"""Choices of an import that travel with a dataset; paths do so without their folders."""

_UNTOLD: Mapping[str, object] = {
    "source": "a bundle",
    "table": None,
    "query": None,
    "format": "unknown",
    "encoding": None,
    "roles": {},
    "items": None,
    "item_roles": {},
    "min_rating": None,
    "k_core": None,
    "duplicates": "keep",
    "order": "file order",
}
"""The choices of an import where nothing is told of them."""


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds.

    run, dataset: their names where they were packed. fingerprint: of the data. options, rules: of
    its import. digests: SHA-256 of each file, by name.
    """

    run: str
    dataset: str
    fingerprint: str
    options: Mapping[str, object]
    rules: tuple[Rule, ...]
    digests: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As it is kept."""
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=2)

    @classmethod
    def read(cls, text: str | bytes, source: Path) -> "Manifest":
        """Reads what ``text`` gave. Raises RunError for what is none of ours, or of a newer
        version."""
        try:
            told = json.loads(text)
            if told["format"] != FORMAT:
                raise ValueError("it has another format")
            if told["version"] != VERSION:
                raise RunError(
                    f"{source} is a bundle of format {str(told['version'])[:20]}, this program "
                    f"reads format {VERSION}. Update sigma-tui."
                )
            return cls(
                str(told["run"]),
                str(told["dataset"]),
                str(told["fingerprint"]),
                travelling(told["options"]),
                tuple(
                    Rule(str(rule["text"]), _counts(rule["before"]), _counts(rule["after"]))
                    for rule in told["rules"]
                ),
                {str(name): str(digest) for name, digest in told["digests"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise RunError(
                f"{source} is not a bundle of sigma-tui ({str(error)[:200]}). Make one with "
                "`sigma-tui runs pack RUN`."
            ) from None


def travelling(options: Mapping[str, Any]) -> dict[str, object]:
    """The options of a dataset that others may know, whatever kind of values the others have."""
    kept = dict(_UNTOLD)
    for name, kind in _OPTIONS.items():
        value = options.get(name)
        if isinstance(value, kind) and not isinstance(value, bool):
            kept[name] = Path(str(value)).name if name in ("source", "items") else value
    for name in ("roles", "item_roles"):
        value = options.get(name)
        if isinstance(value, dict):
            kept[name] = {str(role): str(column) for role, column in value.items()}
    return kept


def digest_of(path: Path) -> str:
    """SHA-256 of a file. Raises OSError."""
    whole = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            whole.update(piece)
    return whole.hexdigest()


def _counts(told: Mapping[str, Any]) -> Counts:
    return Counts(int(told["users"]), int(told["items"]), int(told["interactions"]))
