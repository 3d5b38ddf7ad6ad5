"""What the shape of a dataset decides: a rule for data that nobody has tuned anything on.

Presets ``best`` and ``fast`` take all of it; ``paper`` takes only what the paper itself makes
depend on the data, and what keeps a very large catalogue feasible. docs/model.md says what the rule
was made from and how it fares on other data.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """What of a dataset decides settings: users, items, and the mean length of a sequence."""

    users: int
    items: int
    mean_length: float


LARGE_CATALOGUE = 100_000
"""Items from which softmaxes are sampled: scores of the whole catalogue at every position would
cost more than all the rest together."""

SAMPLED = {"negatives": 4096, "interest_negatives": 1024}
"""Items drawn for the softmaxes of a large catalogue."""

WIDE_CATALOGUE = 8_000
"""Items from which a wider model learns more."""

WIDE = {"dim": 256, "interest_negatives": 256}
"""Settings of a wide catalogue."""

WIDE_OF_MODEL: Mapping[str, Mapping[str, object]] = {"sigma": {"cosine": 14.0}}
"""What a model takes besides from a wide catalogue."""

WIDE_IN_A_HURRY = {"negatives": 1024}
"""What ``fast`` takes besides: a softmax over a sample is nearly as accurate, and on a processor a
fraction of the time."""

VALIDATION_SCORES = 2_000_000_000
"""Scores of an epoch's validation at most, users times items: some ten seconds on two cores."""

LONG_HISTORY = 15.0
"""Mean length from which data looks like MovieLens rather than Amazon: the paper takes K = 8 for
the one and K = 4 for the other (section 4.1.4)."""

SHORT_SEQUENCES = {"cosine": 12.0, "hidden_items": 0.2}
"""Where sequences are short an item has few examples: what is learnt from them is bounded by
cosines, and no single item may decide what comes next."""

LONG_OF_MODEL: Mapping[str, Mapping[str, object]] = {
    "sasrec": {
        "dim": 256,
        "cosine": 8.0,
        "hidden_items": 0.3,
        "dropout": 0.25,
        "learning_rate": 1.5e-3,
    }
}
"""What a model takes where sequences are long. SIGMA learns the same with and without it, and is
several times as fast without."""

TOGETHER_OF_MODEL: Mapping[str, Mapping[str, object]] = {"sigma": {"initial": "cooccurrence"}}
"""Where a model's items can begin beside those that they are read with: categories that tell people
more, in fewer epochs. Vectors of a large catalogue would take minutes."""

AVERAGED = {"weight_average": 0.98, "patience": 5}
"""An average of fifty steps validates better than the last weights, and so smoothly that five
epochs without a better one say enough."""

FEW_USERS = 2_000
"""Users below which validation is so noisy that five epochs without a better one say little."""

PATIENT = {"patience": 15}
"""What few users ask for."""

FEW_INTERACTIONS = 100_000
"""Interactions below which batches are halved, so that an epoch has steps enough."""


@dataclass(frozen=True)
class Choice:
    """Settings that the rule chose together. because: what of the data decided, for people."""

    because: str
    values: Mapping[str, object]


def required(shape: Shape) -> list[Choice]:
    """What every preset takes from the data."""
    length = f"sequences are {shape.mean_length:.0f} items long on average"
    choices = [
        Choice(f"{length}, {LONG_HISTORY:.0f} or more", {"categories": 8})
        if shape.mean_length >= LONG_HISTORY
        else Choice(f"{length}, less than {LONG_HISTORY:.0f}", {"categories": 4})
    ]
    if shape.items >= LARGE_CATALOGUE:
        choices.append(Choice(f"a large catalogue, {shape.items:,} items", SAMPLED))
    if shape.users * shape.items > VALIDATION_SCORES:
        users = max(1000, VALIDATION_SCORES // shape.items)
        choices.append(
            Choice(
                f"{shape.users:,} users times {shape.items:,} items would take long to validate",
                {"validation_users": users},
            )
        )
    return choices


def advised(shape: Shape, model: str, preset: str) -> list[Choice]:
    """What ``best`` and ``fast`` take besides."""
    choices = []
    short = shape.mean_length < LONG_HISTORY
    if short:
        choices.append(Choice("short sequences, few examples of an item", SHORT_SEQUENCES))
    elif model in LONG_OF_MODEL:
        choices.append(Choice("long sequences, many examples of an item", LONG_OF_MODEL[model]))
    if WIDE_CATALOGUE <= shape.items < LARGE_CATALOGUE:
        wide = f"a wide catalogue, {shape.items:,} items"
        choices.append(Choice(wide, WIDE))
        if preset == "fast":
            choices.append(Choice(f"{wide}, in a hurry", WIDE_IN_A_HURRY))
        if short and model in WIDE_OF_MODEL:  # theirs is a length of cosines
            choices.append(Choice(f"{wide}, short sequences", WIDE_OF_MODEL[model]))
    if shape.items < LARGE_CATALOGUE and model in TOGETHER_OF_MODEL:
        because = "items that are read together begin together"
        choices.append(Choice(because, TOGETHER_OF_MODEL[model]))
    if shape.items < LARGE_CATALOGUE:  # of more rows an average would cost more than a step
        choices.append(Choice("the average of the last weights validates better", AVERAGED))
        if shape.users < FEW_USERS:
            few = f"few users, {shape.users:,}, so validation is noisy"
            choices.append(Choice(few, PATIENT))
    if shape.users * shape.mean_length < FEW_INTERACTIONS:
        choices.append(
            Choice(
                f"few interactions, {shape.users * shape.mean_length:,.0f}",
                {"batch_positions": 1280},
            )
        )
    return choices
