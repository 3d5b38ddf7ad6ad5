"""How well learned categories agree with a known truth: NMI, ARI, rank correlation."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Labels = Sequence[int] | npt.NDArray[np.integer]


def contingency(first: Labels, second: Labels) -> npt.NDArray[np.float64]:
    """How often each pair of labels occurs together: [labels of first, labels of second]."""
    _, rows = np.unique(np.asarray(first), return_inverse=True)
    _, columns = np.unique(np.asarray(second), return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1.0)
    return table


def normalised_mutual_information(first: Labels, second: Labels) -> float:
    """NMI, mutual information over the mean of both entropies: 0 for chance, 1 for equal."""
    return shared_information(contingency(first, second))


def shared_information(table: npt.NDArray[np.float64]) -> float:
    """NMI of two labellings from how often each pair occurs: float [labels, other labels]."""
    joint = table / table.sum()
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    present = joint > 0
    information = (joint[present] * np.log(joint[present] / np.outer(rows, columns)[present])).sum()
    entropy = 0.5 * (_entropy(rows) + _entropy(columns))
    return float(information / entropy) if entropy > 0 else 1.0


def adjusted_rand_index(first: Labels, second: Labels) -> float:
    """ARI (Hubert & Arabie 1985): pairs treated alike, 0 for chance, 1 for equal."""
    table = contingency(first, second)
    pairs = _pairs(table).sum()
    rows, columns = _pairs(table.sum(axis=1)).sum(), _pairs(table.sum(axis=0)).sum()
    expected = rows * columns / math.comb(int(table.sum()), 2)
    greatest = 0.5 * (rows + columns)
    return float((pairs - expected) / (greatest - expected)) if greatest != expected else 1.0


def spearman(first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]) -> float:
    """Rank correlation of two vectors, ties sharing their mean rank; 0 if one is constant."""
    a, b = _ranks(first), _ranks(second)
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0


def mapped_intensities(
    intensities: npt.NDArray[np.floating], learned: Labels, truth: Labels, interests: int
) -> npt.NDArray[np.float64]:
    """Learned intensities in terms of the true interests.

    Each learned category is spread over the true interests of its items: P(interest | category).

    intensities: [U, K]; learned, truth: category and interest of each item; interests: G.
    Returns [U, G].
    """
    table = np.zeros((intensities.shape[1], interests))
    np.add.at(table, (np.asarray(learned), np.asarray(truth)), 1.0)
    table /= np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    mapped: npt.NDArray[np.float64] = intensities.astype(np.float64) @ table
    return mapped


def _entropy(probability: npt.NDArray[np.float64]) -> float:
    positive = probability[probability > 0]
    return float(-(positive * np.log(positive)).sum())


def _pairs(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return counts * (counts - 1) / 2


def _ranks(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    mean: npt.NDArray[np.float64] = last - (counts - 1) / 2
    return mean[inverse]
