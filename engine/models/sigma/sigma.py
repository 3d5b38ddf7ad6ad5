"""SIGMA: both VAEs, trained together (paper 3.4).

L = L_rec + β·KL_mixture + α·(L_rec^MIE + γ·KL^MIE) + λ·L_orth

The dataflow of one pass: items → embeddings → interests (MIE-VAE) and input → posterior → z →
decoder → scores (SGM-VAE); the interests are the prior of z.
"""

import torch
from torch import Tensor

from engine.models.blocks.gaussian import sample
from engine.models.blocks.rows import take_rows
from engine.models.blocks.transformer import SequenceInput, transformer_of
from engine.models.protocol import HasPosterior
from engine.models.sigma.diagnostics import interest_diagnostics
from engine.models.sigma.gaussian import interest_terms
from engine.models.sigma.interest_vae import InterestVAE
from engine.models.sigma.interests import Interests
from engine.models.sigma.memory import Memory
from engine.models.sigma.posterior import SequencePosterior
from engine.models.sigma.prior import log_joint, mixture_divergence, standard_prior_divergence
from engine.models.sigma.settings import SigmaSettings
from engine.sequences.batch import Batch


class Sigma(HasPosterior, InterestVAE):
    """The complete model over V items: MIE-VAE, which it extends, and SGM-VAE. See the settings for
    every choice."""

    def __init__(self, items: int, settings: SigmaSettings) -> None:
        super().__init__(items, settings)
        self.input = SequenceInput(
            settings.dim,
            settings.max_length,
            settings.positions,
            settings.dropout,
            settings.hidden_items,
        )
        self.posterior = SequencePosterior(settings)
        self.decoder = transformer_of(settings)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """All parts of the joint loss; see ``Recommender.losses``."""
        settings, rows = self.settings, batch.rows
        embedded = self.table(batch.items)
        interests = self._interests(embedded, batch.items).at(rows)
        mu, log_var = self.posterior(self.input(embedded, batch.lengths))
        z = sample(mu, log_var)
        reconstruction = self.table.cross_entropy(
            take_rows(self.decoder(z), rows),
            batch.wanted,
            settings.negatives,
            settings.chunk_elements,
        )  # (13, 14)
        z, mu, log_var = take_rows(z, rows), take_rows(mu, rows), take_rows(log_var, rows)
        drawn, interest_kl, density = interest_terms(z, interests.mu, interests.log_var)
        if settings.prior == "mixture":
            divergence = mixture_divergence(z, mu, log_var, log_joint(interests.intensity, density))
        else:
            divergence = standard_prior_divergence(mu, log_var)
        interest_reconstruction = self.interest_decoder.reconstruction(
            drawn,
            batch.wanted,
            self.table,
            settings.interest_negatives,
            settings.chunk_elements,
        )
        orthogonality = self.interest_extractor.categories.orthogonality()
        loss = (
            reconstruction
            + settings.prior_weight * divergence
            + settings.interest_weight
            * (interest_reconstruction + settings.interest_prior_weight * interest_kl)
            + settings.orthogonality_weight * orthogonality
        )
        return {
            "loss": loss,
            "reconstruction": reconstruction.detach(),
            "mixture_kl": divergence.detach(),
            "interest_reconstruction": interest_reconstruction.detach(),
            "interest_kl": interest_kl.detach(),
            "orthogonality": orthogonality.detach(),
        }

    def queries(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``ScoresByProduct.queries``; z_t = μ_t at inference (paper 3.4)."""
        mu = self.posterior.mu_encoder(self.input(self.table(items), lengths))
        return self.decoder.last(mu, lengths)

    def sampled_queries(self, items: Tensor, lengths: Tensor, samples: int) -> Tensor:
        """See ``HasPosterior``; z ~ N(μ, σ²) at every position (11)."""
        mu, log_var = self.posterior_of(items, lengths)
        z = sample(mu.expand(samples, -1, -1), log_var.expand(samples, -1, -1))
        return self.decoder.last(z, lengths.expand(samples))

    def posterior_of(self, items: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """μ and log σ² of every prefix, each [B, T, D]. items: int64 [B, T]; lengths: [B]."""
        mu, log_var = self.posterior(self.input(self.table(items), lengths))
        return mu, log_var

    @property
    def reads_on(self) -> bool:
        """Whether what was read of a prefix stays true when items follow; see memory.py."""
        return self.settings.positions == "rotary"

    def read(self, items: Tensor, past: Memory | None = None) -> Memory:
        """Reads items of one sequence, after those of a memory if there is one.

        items: int64 [n], n ≥ 1, on the model's device; with the past at most ``max_length`` in all.
        In evaluation, with ``reads_on``; equal to one pass over the whole sequence.
        """
        embedded = self.table(items[None])
        x = self.input(embedded, torch.tensor([len(items)], device=items.device))
        mu, posterior = self.posterior.mu_encoder.onward(x, past.posterior if past else None)
        outputs, decoder = self.decoder.onward(mu, past.decoder if past else None)
        seen = self.interest_extractor.read(embedded[0] * self.interest_scale, past)
        new = Memory(items, posterior, decoder, mu[0], outputs[0], *seen)
        return new if past is None else past.then(new)

    def interests_after(self, memory: Memory) -> Interests:
        """The interests after the last item read: [1, 1, K, ·]; see ``interests_of``."""
        return self.interest_extractor.after(memory)

    @torch.no_grad()
    def diagnostics(self, batch: Batch) -> dict[str, Tensor]:
        """Whether the interests live; see diagnostics.py."""
        interests = self.interests_of(batch.items)
        mu, _ = self.posterior_of(batch.items, batch.lengths)
        return interest_diagnostics(interests, mu, batch.valid, self.membership()[1:])
