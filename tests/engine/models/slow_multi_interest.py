"""MIND and ComiRec once more, written from the papers alone: one prefix, one interest, one item and
one round at a time."""

import math

import torch
from torch import Tensor


def squash(z: Tensor) -> Tensor:
    """|z|² / (1 + |z|²) · z / |z|."""
    size = z.norm()
    return z * 0 if size == 0 else size**2 / (1 + size**2) * z / size


def routed(
    votes: list[list[Tensor]], logits: list[list[float]], rounds: int
) -> tuple[list[Tensor], list[list[Tensor]]]:
    """Capsules and couplings of one prefix. votes, logits: [K][n], of the interests that it has.

    What an item gives an interest is a number without a gradient.
    """
    count, items = len(votes), len(votes[0])
    b = [[torch.tensor(logits[k][j], dtype=torch.float64) for j in range(items)]
         for k in range(count)]  # fmt: skip
    for _ in range(rounds):
        c = [[torch.zeros(())] * items for _ in range(count)]
        for j in range(items):
            total = sum(b[k][j].exp() for k in range(count))
            for k in range(count):
                c[k][j] = b[k][j].exp() / total
        u = [squash(sum(c[k][j] * votes[k][j] for j in range(items))) for k in range(count)]
        for k in range(count):
            for j in range(items):
                b[k][j] = b[k][j] + (votes[k][j] @ u[k]).detach()
    return u, c


def number_of_interests(items: int, most: int) -> int:
    """K′ = max(1, min(K, log₂ n)), rounded down (MIND, eq. 9)."""
    return max(1, min(most, math.floor(math.log2(items))))


def label_aware(vectors: list[Tensor], target: Tensor, power: int) -> Tensor:
    """MIND, eq. 10, for an odd power."""
    weights = [((v @ target) ** power).exp() for v in vectors]
    return sum(w * v for w, v in zip(weights, vectors, strict=True)) / sum(weights)


def best_fit(vectors: list[Tensor], target: Tensor) -> Tensor:
    """ComiRec, eq. 5."""
    return max(vectors, key=lambda v: float(v.detach() @ target.detach()))


def mind_interests(
    items: list[Tensor],
    transformation: Tensor,
    layers: list[tuple[Tensor, Tensor]],
    logits: Tensor,
    rounds: int,
    most: int,
) -> list[Tensor]:
    """User vectors of one prefix. layers: weight and bias of each ReLU layer."""
    count = number_of_interests(len(items), most)
    votes = [[transformation @ e for e in items] for _ in range(count)]
    start = [[float(logits[k, j]) for j in range(len(items))] for k in range(count)]
    capsules, _ = routed(votes, start, rounds)
    vectors = []
    for v in capsules:
        for weight, bias in layers:
            v = (weight @ v + bias).clamp(min=0)
        vectors.append(v)
    return vectors


def dr_interests(
    items: list[Tensor], transformation: Tensor, count: int, rounds: int
) -> list[Tensor]:
    """ComiRec-DR's interests of one prefix. transformation: [L, D, K·D], rows multiply from the
    left."""
    dim = len(items[0])
    votes = [
        [e @ transformation[j, :, k * dim : (k + 1) * dim] for j, e in enumerate(items)]
        for k in range(count)
    ]
    capsules, _ = routed(votes, [[0.0] * len(items) for _ in range(count)], rounds)
    return capsules


def sa_interests(
    items: list[Tensor], positions: Tensor, first: Tensor, second: Tensor
) -> list[Tensor]:
    """ComiRec-SA's interests of one prefix. first: [d_a, D]; second: [K, d_a]."""
    vectors = []
    for row in second:
        weights = [(row @ (first @ (e + positions[j])).tanh()).exp() for j, e in enumerate(items)]
        vectors.append(sum(w * e for w, e in zip(weights, items, strict=True)) / sum(weights))
    return vectors


def surprise(query: Tensor, table: Tensor, target: int) -> Tensor:
    """−log softmax(query · e)_target over items 1..V."""
    scores = [query @ e for e in table[1:]]
    return sum(s.exp() for s in scores).log() - scores[target - 1]


def surprise_of_maximum(queries: list[Tensor], table: Tensor, target: int) -> Tensor:
    """The same where an item's score is its best query's."""
    scores = [
        max((q @ e for q in queries), key=lambda score: float(score.detach())) for e in table[1:]
    ]
    return sum(s.exp() for s in scores).log() - scores[target - 1]
