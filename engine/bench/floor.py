"""The arithmetic floor of training: what the matrix products alone would cost.

Multiply-adds are counted from the equations and the shapes, not from what the code does, so that
waste (padding, products done twice) counts against the code. Every product of the forward pass
costs twice itself again in the backward pass, for both of its factors.
"""

from torch import Tensor

from engine.errors import SettingsError
from engine.models.baselines.sasrec import SASRecSettings
from engine.models.blocks.transformer import TransformerSettings
from engine.models.registry import Settings
from engine.models.sigma.settings import SigmaSettings

PASSES = 3
"""Forward, and backward to either factor."""


def training_operations(settings: Settings, items: int, lengths: Tensor) -> float:
    """Floating-point operations (a multiply-add counts two) of training on some windows once.

    items: V. lengths: int64 [W], positions with a target of each window.
    Raises SettingsError for a model whose operations are not counted here.
    """
    positions = float(lengths.sum())
    pairs = float((lengths * (lengths + 1) // 2).sum())  # (position, earlier position)
    if isinstance(settings, SigmaSettings) and settings.scorer == "sequence":
        forward = _sigma(settings, items, positions, pairs)
    elif isinstance(settings, SASRecSettings):
        forward = _sasrec(settings, items, positions, pairs)
    else:
        raise SettingsError(
            "the floor is counted for the whole of sigma and for sasrec alone. Use --model sasrec."
        )
    return 2.0 * PASSES * forward


def _sasrec(settings: SASRecSettings, items: int, positions: float, pairs: float) -> float:
    scored = 2 if settings.loss == "bce" else _scored(items, settings.negatives)
    return _transformer(settings, positions, pairs) + positions * settings.dim * scored


def _sigma(settings: SigmaSettings, items: int, positions: float, pairs: float) -> float:
    dim, count = settings.dim, settings.categories
    classification = count * dim
    gru = 6 * dim * dim  # three gates, from the input and from the state
    means = 2 * count * dim  # running sums of the soft interests, their division
    spreads = count * 2 * dim * dim  # (6), but for c_k's half of its first layer
    decoded = count * 2 * dim * dim
    softmaxes = dim * (
        _scored(items, settings.negatives) + count * _scored(items, settings.interest_negatives)
    )
    interests = classification + gru + means + spreads + decoded
    transformers = 3 * _transformer(settings, positions, pairs)  # two encoders and the decoder
    return transformers + positions * (interests + softmaxes)


def _transformer(settings: TransformerSettings, positions: float, pairs: float) -> float:
    dim = settings.dim
    # Queries, keys, values and output, then the two layers of the feed-forward part.
    products = (4 + 2 * settings.feedforward) * dim * dim
    return settings.layers * (positions * products + pairs * 2 * dim)


def _scored(items: int, negatives: int) -> int:
    """Items that a softmax scores at a position."""
    return negatives if 0 < negatives < items else items
