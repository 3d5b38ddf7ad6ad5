"""ACVAE (Xie, Liu, Zhang, Lu, Wang & Ding, WWW 2021): a posterior without a density.

"Adversarial and Contrastive Variational Autoencoder for Sequential Recommendation". The posterior
of the latent vector is whatever a network makes of noise; an adversary learns how far it is from
the prior, and a critic ties it to its own sequence. The equations are numbered here, in the order
of the dataflow; s is softplus, −s(−y) and −s(y) are the logarithms of a logistic and of 1 minus it:

(1) h_t = GRU(e(v_1), …, e(v_t))
(2) z_t = posterior(h_1, …, h_t, ε), a convolution over the last states, see ``ImplicitPosterior``
(3) L_rec = −mean_t log π_t(v_{t+1}), the full softmax of what z_t is decoded to
(4) T maximises  mean_t [−s(−T(e(v_t), z_t)) − s(T(e(v_t), z'))],  z' ~ N(0, I)
    so that T becomes log q(z|x) − log p(z)   (adversarial variational Bayes, Mescheder et al. 2017)
(5) KL(q ‖ p) ≈ mean_t T(e(v_t), z_t)
(6) L_con = mean_t [s(−C(x, z)_t) + s(C(x, z~)_t)],  z~ the latent vectors of another sequence
    minus a lower bound of the information that z has of its own sequence
(7) loss = L_rec + α KL + β L_con, for all but T

Choices, where paper and authors' code leave one or are left:
- α = .05 weighs the divergence and β = .1 the contrast, as the authors' code names them.
- The code draws ε while it recommends too, so that no two lists are alike. Here ε = 0 in scores.
- The code alternates optimisers: one for (7), a slow one without momentum for T, and a third that
  moves encoder and critic along (6) once more. Here one backward pass gives every parameter its own
  gradient, at once: (4) takes samples cut off from the encoder, (5) a copy of T cut off from its
  parameters. That is gradient descent by both players together instead of in turn.
- In (4) and (5) embeddings are data and get no gradient; in (6) they do.
- T has an output for each of z's numbers, as in the code: output d sees all of z and adds what it
  has learnt to ½ z_d². All of them estimate the same ratio; (4) and (5) are means over them.
- In (6) the code compares with the neighbour in the batch, also past its end. Here only where both
  sequences have items; a sequence that is alone in its batch has nothing to be compared with.
- Its output weights are its own in the paper; tied to the embeddings they need far less data.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.dropout import Dropout
from engine.models.blocks.item_table import INITIAL_SPREAD, ItemTable
from engine.models.blocks.latent_decoder import LatentDecoder, Output
from engine.models.blocks.precision import at_least_float32
from engine.models.blocks.rows import take_rows
from engine.models.blocks.sequence_gru import SequenceGRU
from engine.models.protocol import HasPosterior, Recommender
from engine.sequences.batch import Batch

REACH = 5
"""Positions that the posterior's convolution sees (the authors' code)."""


@dataclass(frozen=True)
class ACVAESettings:
    """Settings of ACVAE; the paper's values are those of the authors' code.

    dim: D, size of the embeddings, and of the layer after z (paper: 128).
    state: of the GRU, and width of the posterior (paper: 100).
    latent: size of z (paper: 64).
    critic: width of the adversary and of the contrast's critic (paper: 128).
    output: ``own`` output weights with a bias for every item, the paper's, or ``tied``; see
        blocks/latent_decoder.py.
    kl_weight: α (paper: .05).
    contrast_weight: β (paper: .1).
    dropout: of embeddings and before z (paper: .5).
    max_length: the last items that the model sees (paper: 200).
    negatives: items drawn a batch for the softmax, 0 takes the whole catalogue.
    chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 128
    state: int = 100
    latent: int = 64
    critic: int = 128
    output: Output = "tied"
    kl_weight: float = 0.05
    contrast_weight: float = 0.1
    dropout: float = 0.5
    max_length: int = 100
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS


class ImplicitPosterior(nn.Module):
    """(2): z from states and noise; its density cannot be told, only drawn from.

    Between two layers that look at one position, a causal convolution mixes the last ``REACH``;
    the states are added to the result. Noise enters twice, through one learnt map.
    """

    def __init__(self, state: int, latent: int, dropout: float) -> None:
        super().__init__()
        self.noise = nn.Linear(state, state)
        self.before = nn.Linear(state, state)
        self.convolution = nn.Conv1d(state, 2 * state, REACH)
        self.after = nn.Linear(2 * state, state)
        self.dropout = Dropout(dropout)
        self.output = nn.Linear(state, latent)

    def forward(self, states: Tensor, *, noisy: bool) -> Tensor:
        """states: [B, T, state]. noisy: draw ε; else it is 0. Returns z, [B, T, latent]."""
        y = functional.softplus(self.before(self._with_noise(states, noisy)))
        by_time = self._with_noise(y, noisy).transpose(1, 2)
        mixed = self.convolution(functional.pad(by_time, (REACH - 1, 0))).transpose(1, 2)
        y = functional.softplus(self.after(functional.softplus(mixed)))
        return at_least_float32(self.output(self.dropout(states + y)))

    def _with_noise(self, x: Tensor, noisy: bool) -> Tensor:
        epsilon = torch.randn_like(x) if noisy else torch.zeros_like(x)
        noisy_x: Tensor = x + self.noise(epsilon).tanh()
        return noisy_x


class Adversary(nn.Module):
    """T of (4): how much likelier z is in the posterior after an item than in the prior, told by
    several outputs."""

    def __init__(self, dim: int, latent: int, width: int) -> None:
        super().__init__()
        self.input = nn.Linear(dim + latent, width)
        self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.output = nn.Linear(width, latent)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """x: embeddings [N, D]; z: [N, latent]. Returns log-ratios, [N, latent] in float32."""
        y = self.input(torch.cat((x, z), dim=-1))
        for block in self.blocks:
            y = functional.elu(y + block(y))
        ratios: Tensor = at_least_float32(self.output(y)) + 0.5 * z.square()
        return ratios


class Critic(nn.Module):
    """C of (6): whether latent vectors are of the sequence that they stand beside."""

    def __init__(self, dim: int, latent: int, width: int) -> None:
        super().__init__()
        self.gru = SequenceGRU(dim + latent, width)
        self.output = nn.Linear(width, 1)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """x: [B, T, D]; z: [B, T, latent]. Returns [B, T], float32 or wider."""
        read = functional.gelu(self.gru(torch.cat((x, z), dim=-1)))
        return at_least_float32(self.output(read))[..., 0]


class ACVAE(HasPosterior, Recommender):
    """See the equations above."""

    def __init__(self, items: int, settings: ACVAESettings) -> None:
        super().__init__(items, settings.max_length)
        self.settings = settings
        sampled = 0 < settings.negatives < items
        self.table = ItemTable(items, settings.dim, sampled=sampled)
        self.dropout = Dropout(settings.dropout)
        self.gru = SequenceGRU(settings.dim, settings.state)
        self.posterior = ImplicitPosterior(settings.state, settings.latent, settings.dropout)
        self.decoder = LatentDecoder(
            items,
            latent=settings.latent,
            hidden=settings.dim,
            dim=settings.dim,
            output=settings.output,
            sampled=sampled,
        )
        self.adversary = Adversary(settings.dim, settings.latent, settings.critic)
        self.critic = Critic(settings.dim, settings.latent, settings.critic)

    @property
    def output_table(self) -> ItemTable:
        """See ``ScoresByProduct``."""
        return self.table if self.decoder.own is None else self.decoder.own

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """(7) plus the adversary's own loss, minus (4), and all parts."""
        settings, rows = self.settings, batch.rows
        embedded = self._embedded(batch.items)
        z = self.posterior(self.gru(self.dropout(embedded)), noisy=True)
        drawn = take_rows(z, rows)  # [N, latent]
        reconstruction = self.output_table.cross_entropy(
            self.decoder(drawn), batch.wanted, settings.negatives, settings.chunk_elements
        )
        divergence, adversary = adversarial_terms(
            self.adversary, take_rows(embedded, rows).detach(), drawn
        )
        contrast = contrastive_loss(self.critic, embedded, z, batch)
        loss = (
            reconstruction
            + settings.kl_weight * divergence
            + settings.contrast_weight * contrast
            + adversary
        )
        return {
            "loss": loss,
            "reconstruction": reconstruction.detach(),
            "kl": divergence.detach(),
            "contrast": contrast.detach(),
            "adversary": adversary.detach(),
        }

    def queries(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``ScoresByProduct.queries``; ε = 0."""
        z = self.posterior(self.gru(self._embedded(items)), noisy=False)
        decoded: Tensor = self.decoder(z[torch.arange(len(z), device=z.device), lengths - 1])
        return decoded

    def sampled_queries(self, items: Tensor, lengths: Tensor, samples: int) -> Tensor:
        """See ``HasPosterior``; (2)."""
        states = self.gru(self._embedded(items)).expand(samples, -1, -1)
        decoded: Tensor = self.decoder(self.posterior(states, noisy=True)[:, lengths[0] - 1])
        return decoded

    def _embedded(self, items: Tensor) -> Tensor:
        """[B, T, D]; at the size of the code's, which start at N(0, 1)."""
        embedded: Tensor = self.table(items) / INITIAL_SPREAD
        return embedded


def adversarial_terms(adversary: nn.Module, x: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """(5), whose gradient reaches z alone, and minus (4), whose gradient reaches T alone.

    x: [N, D], without gradient; z: [N, latent], drawn from the posterior. Returns two scalars.
    """
    fixed: Mapping[str, Tensor] = {name: p.detach() for name, p in adversary.named_parameters()}
    divergence: Tensor = functional_call(adversary, dict(fixed), (x, z)).mean()
    of_posterior = functional.softplus(-adversary(x, z.detach()))
    of_prior = functional.softplus(adversary(x, torch.randn_like(z)))
    return divergence, (of_posterior + of_prior).mean()


def contrastive_loss(critic: nn.Module, x: Tensor, z: Tensor, batch: Batch) -> Tensor:
    """(6): each sequence beside its own latent vectors, and beside those of the row before it.

    x: embeddings [B, T, D]; z: [B, T, latent]. Positions count that have a target and an item in
    both rows. Returns a scalar, 0 where none does.
    """
    rows, steps = batch.items.shape
    shared = torch.arange(steps, device=x.device) < batch.lengths.roll(1)[:, None]
    counted = batch.valid & shared & (rows > 1)
    own, other = critic(torch.cat((x, x)), torch.cat((z, z.roll(1, dims=0)))).chunk(2)  # [B, T]
    cost = (functional.softplus(-own) + functional.softplus(other)) * counted
    return cost.sum() / counted.sum().clamp(min=1)
