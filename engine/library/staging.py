"""From a recognised source to one table of interactions, in SQL.

The table has one row an interaction, in file order (``rowid`` is that order): user and item as the
source names them, time, rating, and title and categories where they are asked for. Rows that cannot
be used go to a second table with line, reason and text.
"""

from dataclasses import dataclass

import duckdb

from engine.errors import SourceError
from engine.library.recognition import Recognition
from engine.library.sources import Source, delimited, json_lines, parquet, sequences, text
from engine.library.watch import Rows, Watch

REJECT_TEXT = 200
"""Characters kept of a refused row."""

RATING = "the rating is not a number"
"""Also what DuckDB means by CAST: it may move the parsing of ratings, of which nothing but the
number is used, into the scan."""

REASONS = (
    "no item",
    "no user",
    RATING,
    "the time is neither a number nor a date",
)
"""Why a row cannot be used; the first that holds is given."""

NO_CATEGORIES = ("(no genres listed)", "")

LABELS = ('"user"', "item")
GUESSES = (*LABELS, "time", "text")
"""What is taken for granted while a source is read, until a row contradicts it: that labels and
times are plain numbers, and that no row is to be refused, whose text would have to be kept."""

DATE = len(REASONS) + 1
"""Marks a row whose time is a date after all, where plain numbers were expected."""

SAMPLE_ROWS = 1000
"""Looked at to guess whether labels are numbers."""

SECONDS = (
    # (from magnitude on, divisor): seconds, milliseconds, microseconds, nanoseconds since 1970
    (1e17, 1e9),
    (1e14, 1e6),
    (1e11, 1e3),
)


MOMENT = "epoch(coalesce(TRY_CAST(time AS TIMESTAMP), TRY_CAST(time AS TIMESTAMPTZ)::TIMESTAMP))"
"""The seconds since 1970 of a date."""


@dataclass(frozen=True)
class Staged:
    """The two tables that a source became.

    rows: user and item (BIGINT if every label is a plain number, else VARCHAR), time, rating, and
    title and categories if ``described``. refused: line, reason, text. time: SQL for the seconds
    since 1970 (INTEGER if they are whole and few enough, else DOUBLE).
    """

    rows: str
    refused: str
    time: str
    described: bool


def stage(
    watch: Watch,
    connection: duckdb.DuckDBPyConnection,
    found: Recognition,
    prefix: str,
    *,
    described: bool,
) -> Staged:
    """Reads a source into the tables ``{prefix}_rows`` and ``{prefix}_refused``.

    described: keep title and categories of every row, if the source has any.
    Raises SourceError if DuckDB cannot read it at all.
    """
    described = described and not {"title", "categories"}.isdisjoint(found.roles)
    reader = _Reader(watch, connection, found, f"{prefix}_rows", f"{prefix}_refused", described)
    try:
        reader.run(f"CREATE TABLE {reader.refused} (line BIGINT, reason VARCHAR, text VARCHAR)")
        if found.format in ("csv", "movielens", "recbole"):
            line, guesses = reader.read_delimited()
        else:
            line, guesses = reader.read_other()
        time = reader.seconds(guesses)
        reader.refuse(line, guesses)
    except duckdb.OutOfMemoryException:
        raise  # no fault of the source's
    except duckdb.Error as error:
        if not found.path.is_file():
            raise SourceError(f"{found.path} has vanished while it was read.") from None
        reason = str(error).splitlines()[0]
        raise SourceError(f"{found.path} cannot be read: {reason}") from None
    return Staged(reader.rows, reader.refused, time, described)


@dataclass(frozen=True)
class _Reader:
    """One source on its way into its tables.

    ``rows`` has more columns meanwhile: why (the number of the reason to refuse the row, from 1, or
    NULL) and, unless guessed away, dated (the time was a date) and text (of a row to refuse).
    """

    watch: Watch
    connection: duckdb.DuckDBPyConnection
    found: Recognition
    rows: str
    refused: str
    described: bool

    def run(self, sql: str) -> Rows:
        return self.watch.run(self.connection, sql)

    def read_delimited(self) -> tuple[str, set[str]]:
        """Reads delimited text; returns SQL for a row's line, and the guesses that held."""
        quote = self.found.quote
        guesses = self._guesses(delimited(self.found, quote, rejects=False))
        while True:
            for table in ("reject_errors", "reject_scans"):
                self.run(f"DROP TABLE IF EXISTS {table}")
            self._read(delimited(self.found, quote, rejects=True), guesses)
            if quote and self._rejected_for_quotes():
                quote = ""  # a lone quote swallows the rest of the file: read it as a character
            elif mistaken := self._mistaken(guesses):
                guesses -= mistaken
            else:
                break
        self.run(
            f"""INSERT INTO {self.refused}
            SELECT DISTINCT ON (line) line,
                CASE error_type::VARCHAR WHEN 'CAST' THEN {text(RATING)}
                    ELSE lower(error_type::VARCHAR) END,
                left(csv_line, {REJECT_TEXT}) FROM reject_errors ORDER BY line"""
        )
        first = int(self.found.header)
        # The scan numbers accepted rows; each refused line before a row moves it down by one.
        self.run(
            f"""CREATE OR REPLACE TABLE gaps AS
            SELECT line - {first} - (row_number() OVER (ORDER BY line) - 1) AS before_row
            FROM (SELECT DISTINCT line FROM reject_errors)"""
        )
        row = f"{self.rows}.rowid + 1"
        line = f"{row} + {first} + (SELECT count(*) FROM gaps WHERE before_row <= {row})"
        return line, guesses

    def _rejected_for_quotes(self) -> bool:
        quoted = "SELECT count(*) FROM reject_errors WHERE error_type = 'UNQUOTED VALUE'"
        return bool(self.run(quoted)[0][0])

    def read_other(self) -> tuple[str, set[str]]:
        """Reads any other format; returns SQL for a row's line, and the guesses that held."""
        if self.found.format == "jsonl":
            source = json_lines(self.watch, self.connection, self.found, self.refused)
        elif self.found.format == "sequences":
            source = sequences(self.watch, self.connection, self.found, self.refused)
        else:
            source = parquet(self.connection, self.found)
        guesses = self._guesses(source)
        self._read(source, guesses)
        if mistaken := self._mistaken(guesses):
            guesses -= mistaken
            self._read(source, guesses)
        for table in source.scratch:
            self.run(f"DROP TABLE {table}")
        self.run(
            f"UPDATE {self.refused} SET text = left(text, {REJECT_TEXT}) "
            f"WHERE length(text) > {REJECT_TEXT}"
        )
        return "line" if source.lines else f"{self.rows}.rowid + 1", guesses

    def _guesses(self, source: Source) -> set[str]:
        """What the first rows let one expect of all; see ``GUESSES``.

        Labels as numbers take half the memory, and grouping and joining by them is several times
        faster. They stay apart, as only canonical numbers ('7', not '07' or '7.0') are plain.
        """
        tests = [f"bool_and(TRY_CAST({c} AS BIGINT)::VARCHAR = {c})" for c in LABELS]
        tests.append("bool_and(TRY_CAST(time AS DOUBLE) IS NOT NULL)")
        sampled = self.run(f"SELECT {', '.join(tests)} FROM ({source.select} LIMIT {SAMPLE_ROWS})")
        return {guess for guess, holds in zip(GUESSES, (*sampled[0], True), strict=True) if holds}

    def _mistaken(self, guesses: set[str]) -> set[str]:
        """Of the guesses, those that a row contradicts, so that all must be read again."""
        full = " AND ".join(f"count({c}) = count(*)" for c in LABELS if c in guesses)
        if self.run(f"SELECT count(why) = 0 AND {full or 'true'} FROM {self.rows}")[0][0]:
            return set()
        tests = [f"count(*) FILTER (why IS NULL AND {c} IS NULL)" for c in LABELS]
        tests += [f"count(*) FILTER (why = {DATE})", f"count(*) FILTER (why < {DATE})"]
        counts = self.run(f"SELECT {', '.join(tests)} FROM {self.rows}")[0]
        return {guess for guess, count in zip(GUESSES, counts, strict=True) if count} & guesses

    def _read(self, source: Source, guesses: set[str]) -> None:
        """Parses labels, times and ratings, and marks the rows that cannot be used."""
        numbers = [f"TRY_CAST({c} AS BIGINT) AS {_number(c)}" for c in LABELS if c in guesses]
        labels = [
            f"CASE WHEN {_number(c)}::VARCHAR = read.{c} THEN {_number(c)} END AS {c}"
            if c in guesses
            else f"read.{c}"
            for c in LABELS
        ]
        dates = self._has_dates(guesses)
        if self.described:
            labels.append("nullif(title, '') AS title")
            labels.append(
                "list_filter(list_transform(categories, lambda label: trim(label)), lambda label: "
                f"label IS NOT NULL AND label NOT IN {NO_CATEGORIES}) AS categories"
            )
        if source.lines:
            labels.append("line")
        if dates:
            labels.append("seconds IS NULL AS dated")
        if "text" not in guesses:
            labels.append(
                "CASE WHEN why IS NOT NULL THEN left(concat_ws(' · ', read.\"user\", read.item, "
                f"read.rating, read.time), {REJECT_TEXT}) END AS text"
            )
        self.run(
            f"""CREATE OR REPLACE TABLE {self.rows} AS
            SELECT {", ".join(labels)}, moment AS time, rated AS rating, why
            FROM (SELECT *, (CASE {self._reasons(guesses)} END)::UTINYINT AS why
            FROM (SELECT *, {f"coalesce(seconds, {MOMENT})" if dates else "seconds"} AS moment
            FROM (SELECT {", ".join(["*", *numbers])}, {self._rated()} AS rated,
                TRY_CAST(time AS DOUBLE) AS seconds FROM ({source.select})))) AS read"""
        )

    def _rated(self) -> str:
        """SQL for the rating as a number; where no comma divides columns, it may be a decimal one.
        Elsewhere it is not looked for, which would cost time at every row."""
        number = "TRY_CAST(rating AS DOUBLE)"
        if self.found.delimiter in ("", ","):
            return number
        # Three digits behind a comma are thousands to half of the world: such a row is refused.
        decimal = "regexp_full_match(rating, '\\s*[+-]?\\d+,\\d{1,2}\\s*')"
        comma = f"CASE WHEN {decimal} THEN TRY_CAST(replace(rating, ',', '.') AS DOUBLE) END"
        return f"coalesce({number}, {comma})"

    def _reasons(self, guesses: set[str]) -> str:
        """The cases in which a row cannot be used, each with its number in ``REASONS``."""
        roles = self.found.roles
        cases = [f"WHEN {_missing('item', guesses)} THEN 1"]
        if "user" in roles:
            cases.append(f"WHEN {_missing(LABELS[0], guesses)} THEN 2")
        if "rating" in roles:
            cases.append("WHEN rated IS NULL OR NOT isfinite(rated) THEN 3")
        if "time" in roles:
            cases.append(f"WHEN moment IS NULL AND {MOMENT} IS NOT NULL THEN {DATE}")
            cases.append("WHEN moment IS NULL OR NOT isfinite(moment) OR abs(moment) > 9e18 THEN 4")
        return " ".join(cases)

    def _has_dates(self, guesses: set[str]) -> bool:
        return "time" in self.found.roles and "time" not in guesses

    def seconds(self, guesses: set[str]) -> str:
        """SQL for the time in seconds since 1970; see ``Staged``."""
        if "time" not in self.found.roles:
            return "time"
        least, most, whole = self.run(
            f"SELECT min(time), max(time), bool_and(time = trunc(time)) FROM {self.rows}"
        )[0]
        if least is None:
            return "time"
        dates = self._has_dates(guesses)
        if least >= 0 and _divisor(least) == _divisor(most):
            divisor = _divisor(least)
        else:
            numbers = "isfinite(time) AND NOT dated" if dates else "isfinite(time)"
            middle = self.run(f"SELECT median(abs(time)) FROM {self.rows} WHERE {numbers}")[0][0]
            divisor = _divisor(middle or 0.0)
        if divisor == 1.0:
            # Numbers of half the bytes sort faster; the library has them as DOUBLE again.
            return "time::INTEGER" if whole and least > -(1 << 31) and most < 1 << 31 else "time"
        seconds = f"time / {divisor}"
        return f"CASE WHEN dated THEN time ELSE {seconds} END" if dates else seconds

    def refuse(self, line: str, guesses: set[str]) -> None:
        """Moves the rows that cannot be used from ``rows`` to ``refused``."""
        if "text" not in guesses:
            reasons = ", ".join(text(reason) for reason in REASONS)
            self.run(
                f"""INSERT INTO {self.refused}
                SELECT {line}, [{reasons}][why], text FROM {self.rows} WHERE why IS NOT NULL"""
            )
            self.run(f"DELETE FROM {self.rows} WHERE why IS NOT NULL")
            self.run(f"ALTER TABLE {self.rows} DROP COLUMN text")


def _missing(column: str, guesses: set[str]) -> str:
    """SQL for whether a row has no label; where it is a number, the text is not looked at."""
    empty = f"({column} IS NULL OR {column} = '')"
    return f"{_number(column)} IS NULL AND {empty}" if column in guesses else empty


def _number(column: str) -> str:
    return column.strip('"') + "_number"


def _divisor(magnitude: float) -> float:
    """What times of a magnitude are divided by to be seconds."""
    return next((by for start, by in SECONDS if magnitude >= start), 1.0)
