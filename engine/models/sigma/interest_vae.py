"""MIE-VAE (paper 3.2): the interests of every prefix, and recommendations from them alone.

SIGMA adds the VAE of the sequence to it. Alone it is the paper's ablation, the setting
``scorer = interests``: trained by its own losses, α·(L_rec^MIE + γ·KL^MIE) + λ·L_orth, it takes the
best 40 items of each interest as a pool and the best 40 of the pool. An item scores by its best
interest, max_k ẑ_k · e_v, so whatever is among the first 40 of all items is among the first 40 of
that interest, hence in the pool: up to 40 the pool changes no list, and scores need not know of it
(a test compares).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from engine.models.blocks.gaussian import sample, standard_divergence
from engine.models.blocks.item_table import ItemTable
from engine.models.protocol import InterestRecommender
from engine.models.sigma.beginning import begin_together
from engine.models.sigma.diagnostics import interest_diagnostics
from engine.models.sigma.interest_decoder import InterestDecoder
from engine.models.sigma.interests import InterestExtractor, Interests
from engine.models.sigma.settings import SigmaSettings
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet

ROWS_SCORED = 64
"""Sequences whose interests are found at a time to score them: every prefix has K interests."""


class InterestVAE(InterestRecommender):
    """MIE-VAE over V items, complete in itself."""

    def __init__(self, items: int, settings: SigmaSettings) -> None:
        super().__init__(items, settings.max_length)
        self.settings = settings
        self.categories = settings.categories
        drawn = [settings.interest_negatives]
        if settings.scorer == "sequence":
            drawn.append(settings.negatives)
        sampled = all(0 < count < items for count in drawn)
        self.table = ItemTable(items, settings.dim, sampled=sampled, cosine=settings.cosine)
        self.interest_extractor = InterestExtractor(
            settings.dim, settings.categories, settings.temperature, settings.interest_log_var
        )
        self.interest_decoder = InterestDecoder(settings.dim)
        # Items enter the interests at the scale of the posterior, whose entries are near 1, so that
        # prior and posterior can meet; cosines and the decoders' scores are not touched by it.
        self.interest_scale = math.sqrt(settings.dim)

    def begin(self, training: SequenceSet, tick: Callable[[], None] = lambda: None) -> None:
        """See ``Recommender.begin``; here items and categories."""
        if self.settings.initial == "cooccurrence":
            begin_together(self.table, self.interest_extractor.categories, training, tick)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """(7, 8, 9) and (4); see ``Recommender.losses``."""
        settings = self.settings
        interests = self.interests_of(batch.items).at(batch.rows)
        reconstruction = self.interest_decoder.reconstruction(
            sample(interests.mu, interests.log_var),
            batch.wanted,
            self.table,
            settings.interest_negatives,
            settings.chunk_elements,
        )
        divergence = standard_divergence(interests.mu, interests.log_var).sum(dim=-1).mean()
        orthogonality = self.interest_extractor.categories.orthogonality()
        loss = (
            settings.interest_weight
            * (reconstruction + settings.interest_prior_weight * divergence)
            + settings.orthogonality_weight * orthogonality
        )
        return {
            "loss": loss,
            "reconstruction": reconstruction.detach(),
            "interest_kl": divergence.detach(),
            "orthogonality": orthogonality.detach(),
        }

    def scores(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``Recommender.scores``: max_k ẑ_k · e_v with z_k = μ_k."""
        found = []
        chunks = torch.split(items, ROWS_SCORED), torch.split(lengths, ROWS_SCORED)
        for some, length in zip(*chunks, strict=True):
            rows = torch.arange(len(some), device=items.device)
            mu = self.interests_of(some).mu[rows, length - 1]  # [B, K, D]
            found.append(self.table.best_scores(self.interest_decoder(mu)))
        return torch.cat(found)

    def interests_of(self, items: Tensor) -> Interests:
        """The interests of every prefix. items: int64 [B, T], 0 on the right is padding."""
        return self._interests(self.table(items), items)

    def membership(self) -> Tensor:
        """See ``InterestRecommender.membership``."""
        categories = self.interest_extractor.categories
        items = categories.logits(self.table.weight[1:]).softmax(dim=-1)
        return torch.cat((torch.zeros_like(items[:1]), items))

    def category_vectors(self) -> Tensor:
        """See ``InterestRecommender.category_vectors``."""
        return self.interest_extractor.categories.vectors.detach()

    @torch.no_grad()
    def diagnostics(self, batch: Batch) -> dict[str, Tensor]:
        """Whether the interests live; see diagnostics.py."""
        interests = self.interests_of(batch.items)
        return interest_diagnostics(interests, None, batch.valid, self.membership()[1:])

    def _interests(self, embedded: Tensor, items: Tensor) -> Interests:
        found: Interests = self.interest_extractor(embedded * self.interest_scale, items > 0)
        return found
