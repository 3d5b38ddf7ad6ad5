"""What a more diverse list costs: relevance and diversity over the weights of the slider."""

from dataclasses import dataclass

STEPS = 20
WEIGHTS = tuple((step / STEPS) ** 2 for step in range(STEPS + 1))
"""γ at each stop of the slider, in units of the scores: finer where little changes much."""


@dataclass(frozen=True)
class TradeOff:
    """One list. weight: γ. relevance: its items' probability together, as a share of that of the
    most probable list. diversity: Diversity@K (15) by the categories that it is re-ranked by."""

    weight: float
    relevance: float
    diversity: float
