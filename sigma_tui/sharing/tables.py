"""An analysis as tables: what CSV, Markdown and HTML have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sigma_tui.sharing.records import Analysis, Facts, Reading, UserLine

Value = str | int | float | tuple[str, ...] | None
Kind = Literal["text", "count", "rank", "number", "share", "probability", "change"]
"""How a column is written for people: two digits of a number or share, four of a probability, a
sign before a change."""
Part = Literal["sequence", "interests", "timeline", "recommendations", "users"]


@dataclass(frozen=True)
class Column:
    """key: for programs. heading: for people. rows: whether it names the rows of the table."""

    key: str
    heading: str
    kind: Kind = "text"
    rows: bool = False


@dataclass(frozen=True)
class Table:
    """key: for programs. title, note: for people. rows: values in the order of columns."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


def shown(value: Value, kind: Kind) -> str:
    """A value as people read it; nothing is a dash."""
    if value is None or value == "" or value == ():
        return "–"
    if isinstance(value, tuple):
        return " · ".join(value)
    if isinstance(value, str):
        return value
    match kind:
        case "share" | "number":
            return f"{value:.2f}"
        case "probability":
            return f"{value:.4f}"
        case "change":
            text = f"{value:+.2f}"
            return "·" if float(text) == 0 else text
    return f"{value:g}" if isinstance(value, float) else f"{value:,}"


def sequence_table(reading: Reading) -> Table:
    """The edited sequence, with what was done to it."""
    return Table(
        "sequence",
        f"Sequence · {sum(line.place is not None for line in reading.sequence)} items",
        (
            Column("place", "#", "count"),
            Column("title", "title", rows=True),
            Column("item", "item"),
            Column("categories", "metadata"),
            Column("category", "cat"),
            Column("category_name", "category"),
            Column("change", "edit"),
            Column("was", "was"),
        ),
        tuple(
            (
                line.place,
                line.title,
                line.item,
                line.categories,
                line.category,
                line.category_name,
                ", ".join(word for word in (line.change, "muted" if line.muted else "") if word),
                line.was,
            )
            for line in reading.sequence
        ),
        "Oldest first. A muted item keeps its place but is not seen by the model."
        if any(line.muted for line in reading.sequence)
        else "Oldest first.",
    )


def interests_table(reading: Reading) -> Table:
    """The interests with what the edits changed."""
    return Table(
        "interests",
        f"Interests · entropy {reading.entropy:.2f} bit",
        (
            Column("category", "cat"),
            Column("category_name", "category", rows=True),
            Column("intensity", "intensity", "share"),
            Column("change", "change", "change"),
            Column("steered", "steered to", "share"),
            Column("sigma", "σ", "number"),
            Column("hard_items", "items", "count"),
            Column("typical", "typical items"),
        ),
        tuple(
            (
                line.category,
                line.name or f"interest {line.category}",
                line.intensity,
                None if line.before is None else line.intensity - line.before,
                line.steered,
                line.sigma,
                line.hard_items,
                line.typical,
            )
            for line in reading.interests
        ),
        "Intensities sum to 1; the change is against the original sequence. σ: how wide the "
        "interest is, the smaller the surer. Items: of the sequence, that belong to it.",
    )


def timeline_table(reading: Reading) -> Table:
    """Intensities after every item."""
    return Table(
        "timeline",
        f"Timeline · after each of {len(reading.timeline)} items",
        (
            Column("place", "#", "count"),
            Column("title", "after", rows=True),
            Column("item", "item"),
            *(Column(f"intensity_{letter}", letter, "share") for letter in reading.letters),
            Column("next_rank", "next", "rank"),
        ),
        tuple(
            (line.place, line.title, line.item, *line.intensities, line.next_rank)
            for line in reading.timeline
        ),
        "How strong each interest was after the item, and the rank that the next one had then.",
    )


def recommendations_table(reading: Reading) -> Table:
    """The list, with where each line stood before."""
    return Table(
        "recommendations",
        f"Recommendations · top {len(reading.recommendations)}",
        (
            Column("rank", "#", "count"),
            Column("before", "was", "count"),
            Column("title", "title", rows=True),
            Column("item", "item"),
            Column("categories", "metadata"),
            Column("category", "cat"),
            Column("category_name", "category"),
            Column("score", "score", "number"),
            Column("probability", "p", "probability"),
            Column("stability", "stable", "share"),
            Column("why", "why"),
        ),
        tuple(
            (
                line.rank,
                line.before,
                line.title,
                line.item,
                line.categories,
                line.category,
                line.category_name,
                line.score,
                line.probability,
                line.stability,
                line.why,
            )
            for line in reading.recommendations
        ),
        "; ".join(said_of_list(reading)),
    )


def said_of_list(reading: Reading) -> list[str]:
    """Diversity, the held-out item and what is gone, in words."""
    diversity, count, said = reading.diversity, len(reading.recommendations), []
    kinds = (
        ("metadata", diversity.metadata, diversity.metadata_before,
         diversity.without_categories < count),
        ("learned category", diversity.learned, diversity.learned_before, True),
    )  # fmt: skip
    for kind, value, was, known in kinds:
        if value is not None and known:
            moved = "" if was is None else shown(value - was, "change")
            said.append(
                f"Diversity@{count} by {kind} {value:.2f}"
                + (f" ({moved})" if moved not in ("", "·") else "")
            )
    if diversity.without_categories and diversity.metadata is not None:
        said.append(f"{diversity.without_categories} of {count} have no metadata categories")
    if diversity.novelty is not None:
        said.append(f"coverage {diversity.coverage:.2g}, novelty {diversity.novelty:.1f} bit")
    target = reading.target
    if target is not None:
        rank = "in the sequence" if target.rank is None else f"#{target.rank:g}"
        before = f" (was #{target.before:g})" if target.before not in (None, target.rank) else ""
        said.append(f"{target.kind}: {target.title} {rank}{before}")
    if reading.gone:
        said.append(
            "gone: " + ", ".join(f"{line.title} (was {line.before})" for line in reading.gone)
        )
    return said


def scenarios_table(readings: Sequence[Reading]) -> Table:
    """What each version recommends, rank by rank side by side."""
    items: dict[str, str] = {}
    for reading in readings:
        items |= {line.item: line.title for line in reading.recommendations}
    ranks = [{line.item: line.rank for line in one.recommendations} for one in readings]
    order = sorted(items, key=lambda item: min(of.get(item, 1_000_000) for of in ranks))
    return Table(
        "scenarios",
        f"Scenarios · {len(readings) - 1}",
        (
            Column("title", "title", rows=True),
            Column("item", "item"),
            *(
                Column(f"rank_{place}", reading.name or "now", "count")
                for place, reading in enumerate(readings)
            ),
        ),
        tuple((items[item], item, *(of.get(item) for of in ranks)) for item in order),
        "The rank of every item that one of them recommends.",
    )


def users_table(users: Iterable[UserLine]) -> Table:
    """Users as they are listed."""
    return Table(
        "users",
        "Users",
        (
            Column("user", "user", rows=True),
            Column("length", "items", "count"),
            Column("entropy", "entropy", "number"),
        ),
        tuple((line.user, line.length, line.entropy) for line in users),
        "Entropy of the intensities, in bits.",
    )


PARTS = {
    "sequence": sequence_table,
    "interests": interests_table,
    "timeline": timeline_table,
    "recommendations": recommendations_table,
}


def tables_of(reading: Reading) -> tuple[Table, ...]:
    """All tables of a reading that have rows, in the order of the model."""
    return tuple(table for part in PARTS.values() if (table := part(reading)).rows)


def facts_of(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Run and data as names with values, for people."""
    known = [
        ("run", facts.run),
        ("model", f"{facts.model}, preset {facts.preset}, {facts.epochs} epochs"),
        *((_metric(name), f"{facts.metrics[name]:.3f} (validation)")
          for name in ("recall@20", "ndcg@20") if name in facts.metrics),
        ("dataset", facts.dataset),
        ("users", f"{facts.users:,}"),
        ("items", f"{facts.items:,}"),
        ("interactions", f"{facts.interactions:,}"),
        ("fingerprint", facts.fingerprint[:12]),
        ("written by", f"{facts.program}, {facts.written}"),
    ]  # fmt: skip
    return tuple(known)


def _metric(name: str) -> str:
    return {"recall@20": "Recall@20", "ndcg@20": "NDCG@20"}[name]


def headline(analysis: Analysis) -> str:
    """Whose analysis this is, in a line."""
    who = "a made-up person" if analysis.user is None else f"user {analysis.user}"
    edits = len(analysis.now.edits)
    done = f", {edits} edit{'s' if edits > 1 else ''}" if edits else ""
    return f"{analysis.facts.dataset} · {who}{done}"


def wishes_of(analysis: Analysis) -> list[str]:
    """What was asked of the list beyond its order by score, in words."""
    wishes, said = analysis.wishes, []
    if wishes.steering:
        wanted = ", ".join(f"{letter} to {value:g}" for letter, value in wishes.steering.items())
        said.append(f"steered: {wanted}")
    if wishes.diversity_weight:
        said.append(f"re-ranked for diversity with weight {wishes.diversity_weight:g}")
    if wishes.only is not None:
        said.append(f"only category {wishes.only} is listed")
    if wishes.hidden:
        said.append(f"hidden: {', '.join(wishes.hidden)}")
    return said
