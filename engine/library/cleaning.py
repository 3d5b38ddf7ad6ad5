"""The rules of an import, one after the other, each with what it leaves."""

from dataclasses import dataclass

import duckdb

from engine.errors import SourceError
from engine.library.library import Rule
from engine.library.request import ImportRequest
from engine.library.rules import drop_repeats, keep_core, keep_rated, tally
from engine.library.staging import Staged
from engine.library.watch import Watch


@dataclass(frozen=True)
class Cleaned:
    """What the rules did, but for the number of repeats, which is counted last.

    duplicates: what happened to repeats of an item by a user. dropped: repeats removed by it.
    lost: repeats among what the k-core removed.
    """

    rated: Rule | None
    duplicates: Rule
    dropped: int
    core: Rule | None
    lost: int

    @property
    def left(self) -> int:
        """Interactions after the last rule."""
        return (self.core or self.duplicates).after.interactions

    def rules(self, kept: int) -> tuple[Rule, ...]:
        """The rules in order. kept: repeats in what is left."""
        repeats = self.dropped + self.lost + kept
        text = f"{repeats:,} repeats of an item by a user: {self.duplicates.text}"
        duplicates = Rule(text, self.duplicates.before, self.duplicates.after)
        return tuple(rule for rule in (self.rated, duplicates, self.core) if rule is not None)


def clean(
    watch: Watch, connection: duckdb.DuckDBPyConnection, staged: Staged, request: ImportRequest
) -> Cleaned:
    """Removes from the staged rows what the request's rules do not let through."""
    watch.step("counting users and items", 0.04)
    counts = tally(watch, connection, staged.rows)
    rated = core = None
    if request.min_rating is not None:
        watch.step("keeping positive ratings", 0.0)
        rated = keep_rated(watch, connection, staged.rows, request.min_rating, counts)
        counts = rated.after
    before, dropped, lost = counts, 0, 0
    if request.duplicates != "keep":
        watch.step("looking for repeats", 0.0)
        time = staged.time if request.order == "time" else None
        dropped = drop_repeats(watch, connection, staged.rows, time, request.duplicates)
        counts = tally(watch, connection, staged.rows)
    said = {"keep": "all kept", "first": "the first kept", "last": "the last kept"}
    duplicates = Rule(said[request.duplicates], before, counts)
    if request.k_core is not None:
        watch.step(f"reducing to the {request.k_core}-core", 0.06)
        core, lost = keep_core(watch, connection, staged.rows, request.k_core, counts)
    return Cleaned(rated, duplicates, dropped, core, lost)


def require_some(
    watch: Watch,
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    request: ImportRequest,
    cleaned: Cleaned,
) -> None:
    """Raises SourceError, with the rule that emptied it, if nothing is left of a source."""
    if cleaned.left:
        return
    refused = watch.run(connection, f"SELECT count(*) FROM {staged.refused}")[0][0]
    emptied = next(
        (rule for rule in (cleaned.rated, cleaned.core) if rule and _empties(rule)), None
    )
    why = f"after the rule '{emptied.text}'" if emptied else "that could be read"
    raise SourceError(
        f"{request.source} has no interactions left {why} ({refused:,} rows were rejected). Loosen "
        "the rules, or check which column has which role."
    )


def _empties(rule: Rule) -> bool:
    return bool(rule.before.interactions) and not rule.after.interactions
