"""SVAE (Sachdeva, Manco, Ritacco & Pudi, WSDM 2019): a variational autoencoder at every step.

"Sequential Variational Autoencoders for Collaborative Filtering". A GRU reads the items; after each
of them a latent vector is drawn, and decoded to the chances of the next k items together. The
equations are numbered here, in the order of the dataflow:

(1) h_t = GRU(e(v_1), …, e(v_t)),  a_t = tanh(W_a h_t + b_a)
(2) μ_t, log σ²_t = W_z a_t + b_z,  z_t ~ N(μ_t, σ_t²)
(3) π_t = softmax(scores decoded from z_t), see blocks/latent_decoder.py
(4) L_t = −1/n_t Σ_{j=1..n_t} log π_t(v_{t+j}),  n_t = min(k, items left after t)
(5) loss = mean_t (L_t + β KL(N(μ_t, σ_t²) ‖ N(0, I)))

With k = 1, (4) is the cross-entropy of the next item under the full softmax: ``next_k = 1`` is that
loss, and needs no setting of its own.

Where the authors' code leaves the paper, and what is done here:
- It reads the encoder's second output as log σ where it samples and as log σ² where it takes the
  divergence. Here it is log σ² in both.
- It divides the likelihood of all steps by the number of targets of the first one, so that the last
  steps of a sequence count less. Here every step is divided by its own number.
- It sums the likelihood over the steps and averages the divergence over them, so that β is smaller
  by the length of a sequence. Here both are means over steps, as (5) says.
- It moves β towards its cap by one 200,000th a step, a step being one user, and starts again with
  every epoch, so that the cap is never reached. Here β rises once, counted in passes over the
  training data, whatever the batches; 40,000 steps of MovieLens-1M's 4,534 users are 9 passes.
  β lies in the model's state, and a resumed training goes on with it.
- Its embeddings start at N(0, 1). Ours start small, for products with them, and enter the GRU
  enlarged to that size: from small inputs it learns far more slowly.
- Several targets are a multinomial's counts: an item that comes twice among them counts twice.
Scores take z = μ, without chance. The decoder's output weights are its own in the paper; tied to
the embeddings they need far less data (``output``).
"""

from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.dropout import Dropout
from engine.models.blocks.gaussian import sample, standard_divergence
from engine.models.blocks.item_table import INITIAL_SPREAD, ItemTable
from engine.models.blocks.latent_decoder import LatentDecoder, Output
from engine.models.blocks.precision import at_least_float32
from engine.models.blocks.rows import take_rows
from engine.models.blocks.sequence_gru import SequenceGRU
from engine.models.protocol import HasPosterior, Recommender
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet


@dataclass(frozen=True)
class SVAESettings:
    """Settings of SVAE; the paper's values are those of the authors' code.

    dim: D, size of the embeddings (paper: 256).
    state: of the GRU (paper: 200).
    hidden: width of the layers before and after z (paper: 150).
    latent: size of z (paper: 64).
    next_k: k, items after a step that it has to foresee together (paper: 4).
    output: ``own`` output weights with a bias for every item, the paper's, or ``tied``; see
        blocks/latent_decoder.py.
    kl_weight: where β ends (paper: .2). With both parts of (5) a mean over steps, .2 empties z of
        what it knew on short sequences, and lists become those of popularity.
    annealing_epochs: passes over the training data in which β gets there; 0 starts there.
    posterior_log_var: where log σ² starts (paper: 0). Near 0 the noise is as large as the means
        and acts as a second dropout.
    dropout: of embeddings and states of the GRU (paper: none).
    max_length: the last items that the model sees.
    negatives: items drawn a batch for the softmax, 0 takes the whole catalogue.
    chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 128
    state: int = 200
    hidden: int = 150
    latent: int = 64
    next_k: int = 1
    output: Output = "tied"
    kl_weight: float = 0.002
    annealing_epochs: float = 9.0
    posterior_log_var: float = -4.0
    dropout: float = 0.5
    max_length: int = 100
    negatives: int = 0
    chunk_elements: int = CHUNK_ELEMENTS


class SVAE(HasPosterior, Recommender):
    """See the equations above. beta: β of the next step, float32 []."""

    beta: Tensor

    def __init__(self, items: int, settings: SVAESettings) -> None:
        super().__init__(items, settings.max_length)
        self.settings = settings
        sampled = 0 < settings.negatives < items
        self.table = ItemTable(items, settings.dim, sampled=sampled)
        self.dropout = Dropout(settings.dropout)
        self.gru = SequenceGRU(settings.dim, settings.state)
        self.encoder = nn.Sequential(nn.Linear(settings.state, settings.hidden), nn.Tanh())
        self.gaussian = nn.Linear(settings.hidden, 2 * settings.latent)
        nn.init.constant_(self.gaussian.bias[settings.latent :], settings.posterior_log_var)
        self.decoder = LatentDecoder(
            items,
            latent=settings.latent,
            hidden=settings.hidden,
            dim=settings.dim,
            output=settings.output,
            sampled=sampled,
        )
        self.register_buffer("beta", torch.zeros(()))
        self._training_targets = 0

    @property
    def output_table(self) -> ItemTable:
        """See ``ScoresByProduct``."""
        return self.table if self.decoder.own is None else self.decoder.own

    def prepare(self, training: SequenceSet) -> None:
        """Counts the targets of a pass over the training data, by which β is annealed."""
        self._training_targets = int((training.lengths - 1).clamp(min=0).sum())

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """(5) over positions with a target, and its parts."""
        beta = self._annealed(len(batch.wanted))
        mu, log_var = self._posterior(take_rows(self._states(batch.items), batch.rows))
        reconstruction = self._reconstruction(self.decoder(sample(mu, log_var)), batch)
        divergence = standard_divergence(mu, log_var).sum(dim=-1).mean()
        return {
            "loss": reconstruction + beta * divergence,
            "reconstruction": reconstruction.detach(),
            "kl": divergence.detach(),
            "beta": beta,
        }

    def queries(self, items: Tensor, lengths: Tensor) -> Tensor:
        """See ``ScoresByProduct.queries``; z = μ."""
        mu, _ = self._posterior_after(items, lengths)
        decoded: Tensor = self.decoder(mu)
        return decoded

    def sampled_queries(self, items: Tensor, lengths: Tensor, samples: int) -> Tensor:
        """See ``HasPosterior``; (2)."""
        mu, log_var = self._posterior_after(items, lengths)
        decoded: Tensor = self.decoder(sample(mu.expand(samples, -1), log_var.expand(samples, -1)))
        return decoded

    def _states(self, items: Tensor) -> Tensor:
        """h of (1), [B, T, state]. items: int64 [B, T]."""
        embedded = self.table(items) / INITIAL_SPREAD
        states: Tensor = self.dropout(self.gru(self.dropout(embedded)))
        return states

    def _posterior(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """(2): μ and log σ², each [..., latent]. states: [..., state]."""
        mu, log_var = at_least_float32(self.gaussian(self.encoder(states))).chunk(2, dim=-1)
        return mu, log_var

    def _posterior_after(self, items: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(2) after each whole sequence: each [B, latent]. items: int64 [B, T]; lengths: [B]."""
        states = self._states(items)
        return self._posterior(states[torch.arange(len(items), device=items.device), lengths - 1])

    def _reconstruction(self, queries: Tensor, batch: Batch) -> Tensor:
        """(4), its mean over positions with a target. queries: [N, Q], at these positions.

        log π(v) = q · w_v − log Σ_u exp(q · w_u), and the sum is the same for all targets of a
        step. So (4) is the cross-entropy of the first target, and a product with the difference
        between its vector and the mean vector of all: the softmax is computed once, not k times.
        """
        table, settings = self.output_table, self.settings
        first = table.cross_entropy(
            queries, batch.wanted, settings.negatives, settings.chunk_elements
        )
        if settings.next_k == 1:
            return first
        following = take_rows(next_targets(batch.targets, settings.next_k), batch.rows)  # [N, k]
        vectors = at_least_float32(table(following))  # [N, k, Q], zeros where there is no target
        mean = vectors.sum(dim=1) / (following > 0).sum(dim=1, keepdim=True)
        return first + (queries * (vectors[:, 0] - mean)).sum(dim=-1).mean()

    def _annealed(self, targets: int) -> Tensor:
        """β of this step, []; in training it has then risen by the step's share of a pass.

        targets: of the batch. Processes that train together each have a batch of about this size.
        """
        beta = self.beta.clone()  # the step's gradient needs it after it has risen
        if self.training:
            cap = self.settings.kl_weight
            rising = self._training_targets * self.settings.annealing_epochs  # targets seen
            together = dist.get_world_size() if _trains_in_a_team() else 1
            rise = cap if rising == 0 else cap * targets * together / rising
            self.beta.add_(rise).clamp_(max=cap)
        return beta


def next_targets(targets: Tensor, k: int) -> Tensor:
    """The next k items after every position: int64 [B, T, k], 0 where there are fewer.

    targets: int64 [B, T], the next item after every position, 0 where there is none.
    """
    return functional.pad(targets, (0, k - 1)).unfold(1, k, 1)


def _trains_in_a_team() -> bool:
    return dist.is_available() and dist.is_initialized()
