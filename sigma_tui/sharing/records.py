"""An analysis as plain records: what every format writes, in values of Python and nothing else.

Texts are as they are in the data; each writer makes them safe for its own format.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """Where the numbers come from.

    program: name and version. written: ISO time. run, model, preset, epochs: of the training;
    metrics: of its validation. dataset, fingerprint, users, items, interactions: of the data.
    """

    program: str
    written: str
    run: str
    model: str
    preset: str
    epochs: int
    metrics: dict[str, float]
    dataset: str
    fingerprint: str
    users: int
    items: int
    interactions: int


@dataclass(frozen=True)
class SequenceLine:
    """A line of the edited sequence beside the original.

    place: from 1; None for one that was taken out. item: label. category, category_name: learned.
    change: "", "added", "removed", "replaced" or "moved". muted: in place, but the model does not
    see it. was: title of the item that a replaced one stood for.
    """

    place: int | None
    item: str
    title: str
    categories: tuple[str, ...]
    category: str | None
    category_name: str
    change: str
    muted: bool
    was: str | None


@dataclass(frozen=True)
class InterestLine:
    """An interest, strongest first. intensity: of all 1; before: in the original; steered: that
    steering asked for. sigma: see ``Interest.spread``. hard_items: items of the sequence that are
    its own. typical: titles."""

    category: str
    name: str
    intensity: float
    before: float | None
    steered: float | None
    sigma: float | None
    hard_items: int
    typical: tuple[str, ...]


@dataclass(frozen=True)
class TimelineLine:
    """Intensities after an item that the model saw, in the order of ``Reading.letters``. next_rank:
    what really came next had then; None where nothing did, or where it had been there before."""

    place: int
    item: str
    title: str
    intensities: tuple[float, ...]
    next_rank: float | None


@dataclass(frozen=True)
class RecommendationLine:
    """A recommendation. before: its rank for the original sequence, None if it was not listed.
    categories: of the metadata. stability: share of posterior samples in which it is listed.
    why: titles of the items of the sequence that speak for it most, strongest first."""

    rank: int
    before: int | None
    item: str
    title: str
    categories: tuple[str, ...]
    category: str | None
    category_name: str
    score: float
    probability: float
    membership: float | None
    stability: float | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class GoneLine:
    """What was recommended for the original sequence, at rank ``before``, and no longer is."""

    before: int
    item: str
    title: str


@dataclass(frozen=True)
class TargetLine:
    """The item that really came next. kind: says of what. rank: None where it cannot be
    recommended, as it is in the sequence; before: for the original sequence."""

    kind: str
    item: str
    title: str
    rank: float | None
    before: float | None


@dataclass(frozen=True)
class Diversity:
    """Diversity@K of the list and of the original's: by metadata and by learned category.
    without_categories: recommendations without metadata. coverage: share of the catalogue. novelty:
    in bits; see ``Answer``."""

    metadata: float | None
    metadata_before: float | None
    learned: float | None
    learned_before: float | None
    without_categories: int
    coverage: float
    novelty: float | None


@dataclass(frozen=True)
class Reading:
    """One version of the sequence and what the model says of it.

    name: of the scenario; "" for what is on the screen. edits: as ``--edit`` takes them.
    entropy: of the intensities, in bits. letters: of the timeline's columns.
    """

    name: str
    edits: tuple[str, ...]
    sequence: tuple[SequenceLine, ...]
    interests: tuple[InterestLine, ...]
    entropy: float
    entropy_before: float
    letters: tuple[str, ...]
    timeline: tuple[TimelineLine, ...]
    recommendations: tuple[RecommendationLine, ...]
    gone: tuple[GoneLine, ...]
    target: TargetLine | None
    diversity: Diversity


@dataclass(frozen=True)
class Wishes:
    """How the list is made. steering: letter → intensity; hidden: titles; only: the one category
    that is listed, a letter or a name of the metadata."""

    k: int
    steering: dict[str, float]
    diversity_weight: float
    hidden: tuple[str, ...]
    only: str | None


@dataclass(frozen=True)
class Analysis:
    """All that can be shown of one person. user: label; None for a made-up one. command: that
    gives the same again."""

    facts: Facts
    user: str | None
    wishes: Wishes
    now: Reading
    scenarios: tuple[Reading, ...]
    command: str


@dataclass(frozen=True)
class UserLine:
    """A user of the list. entropy: of the intensities, in bits; None without categories."""

    user: str
    length: int
    entropy: float | None
