"""Settings of SIGMA, with the paper's values where it gives them (section 4.1.4)."""

from dataclasses import dataclass
from typing import Literal

from engine.models.blocks.catalogue_softmax import CHUNK_ELEMENTS
from engine.models.blocks.transformer import Positions
from engine.models.sigma.beginning import Initial

Prior = Literal["mixture", "standard"]
Scorer = Literal["sequence", "interests"]


@dataclass(frozen=True)
class SigmaSettings:
    """Every choice that the equations leave open, and the sizes.

    dim: D, size of embeddings and latent vectors (paper: 128).
    categories: K, number of hyper-categories (paper: 4 for Amazon, 8 for MovieLens).
    layers, heads: of the Transformers of both encoders and the decoder (paper: 1 and 4).
    feedforward: width of the feed-forward layers as a multiple of D.
    dropout: in the Transformers (paper: .3).
    hidden_items: share of items hidden from the Transformers in training (paper: none).
    max_length: L, the last items that the model sees (paper: 100).
    positions: how the place of an item is told: ``right`` counts from the end, the paper's;
        ``rotary`` from item to item; see blocks/transformer.py.
    initial: where items and categories begin: at ``random``, the paper's, or by ``cooccurrence`` in
        the training sequences; see beginning.py.
    temperature: τ of p(k|v) = softmax(r/τ). Cosines lie in [-1, 1]: 1 with K = 4 is nearly uniform.
    prior: ``mixture`` is the paper's (10); ``standard`` its ablation, N(0, I).
    prior_weight: β (paper: 1e-4).
    scorer: what scores the next item. ``sequence`` is the paper's; ``interests`` its ablation, the
        interests' VAE alone: nothing else is trained, and an item scores by its best interest.
    interest_weight: α, weight of the interests' reconstruction (paper: .01).
    interest_prior_weight: weight of (7) within α; far below 1 keeps the interests alive (the
        paper has 1 and collapses, see docs/model.md).
    orthogonality_weight: λ (paper: .01).
    posterior_log_var, interest_log_var: where log σ² starts. Near 0 the noise is as large as the
        means and acts as a second, too strong dropout.
    interest_negatives: items drawn a batch for the interests' softmax; 0 takes the whole catalogue
        as the paper does, at K times the cost of the decoder's own softmax.
    negatives: the same for the decoder's softmax. With both, a step's cost no longer depends on
        the size of a large catalogue.
    cosine: scores of both decoders are this many times a cosine, 0 for the paper's inner products;
        see blocks/item_table.py.
    chunk_elements: logits held at a time; lower it when memory runs out.
    """

    dim: int = 128
    categories: int = 4
    layers: int = 1
    heads: int = 4
    feedforward: int = 4
    dropout: float = 0.5
    hidden_items: float = 0.0
    max_length: int = 100
    positions: Positions = "rotary"
    initial: Initial = "random"
    temperature: float = 0.1
    prior: Prior = "mixture"
    prior_weight: float = 1e-4
    scorer: Scorer = "sequence"
    interest_weight: float = 0.1
    interest_prior_weight: float = 0.01
    orthogonality_weight: float = 1.0
    posterior_log_var: float = -4.0
    interest_log_var: float = -4.0
    interest_negatives: int = 512
    negatives: int = 0
    cosine: float = 0.0
    chunk_elements: int = CHUNK_ELEMENTS
