"""What the demo's model learned, held against the truth of its world."""

from dataclasses import dataclass

import numpy as np

from engine.errors import QuestionError
from engine.evaluation.agreement import (
    adjusted_rand_index,
    mapped_intensities,
    normalised_mutual_information,
    spearman,
)
from engine.explore.explorer import Explorer
from engine.simulation.readers import World
from engine.simulation.sources import book_label


@dataclass(frozen=True)
class Agreement:
    """nmi, ari: of the learned category of each book with its true interest. intensities: mean over
    readers of the rank correlation between learned intensities, mapped to true interests, and the
    mean true mixture. chance: the same correlation with readers mixed up."""

    nmi: float
    ari: float
    intensities: float
    chance: float


def agreement_with_truth(explorer: Explorer, world: World) -> Agreement:
    """Compares a model's categories and intensities with the world that its data came from.

    Raises QuestionError for a model without interests.
    """
    membership, intensities = explorer.membership, explorer.intensities()
    if membership is None or intensities is None:
        raise QuestionError(f"run {explorer.run_name!r} has no interests to compare.")
    numbers = {book_label(index): index for index in range(len(world.books))}
    truth = np.array([world.true_interest(numbers[label]) for label in explorer.catalogue.labels])
    learned = membership[1:].argmax(axis=1)
    mapped = mapped_intensities(intensities, learned, truth, len(world.interest_names))
    readers = {reader.label: reader for reader in world.readers}
    true = np.array(
        [np.mean(readers[user].mixtures[:-1], axis=0) for user in explorer.interactions.users]
    )
    mixed_up = np.roll(true, 1, axis=0)
    return Agreement(
        nmi=normalised_mutual_information(learned, truth),
        ari=adjusted_rand_index(learned, truth),
        intensities=float(np.mean([spearman(a, b) for a, b in zip(mapped, true, strict=True)])),
        chance=float(np.mean([spearman(a, b) for a, b in zip(mapped, mixed_up, strict=True)])),
    )
