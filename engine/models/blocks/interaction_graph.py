"""The graph of users and items, and light graph convolution over it (He et al. 2020).

Nodes are the items 0..V, of which 0 is padding and has no edge, then the users. An edge joins a
user with each item that the user has had; having had it twice makes no second edge.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from engine.sequences.sequence_set import SequenceSet

GATHERED = 1 << 24
"""Numbers gathered at a time where there is no fused weighted sum: 64 MiB in float32."""


@dataclass(frozen=True)
class InteractionGraph:
    """Ã = D^{−1/2} A D^{−1/2} (He et al. 2020, eqs. 6 and 7), by rows.

    neighbours: int64 [2M], those of node 0, then of node 1, and so on. offsets: int64 [nodes + 1].
    weights: float32 [2M], 1/√(d d') of each edge. degrees: int64 [nodes].
    """

    neighbours: Tensor
    offsets: Tensor
    weights: Tensor
    degrees: Tensor

    @classmethod
    def of(cls, training: SequenceSet, users: int) -> "InteractionGraph":
        """The graph of what users have had. users: U, at least those of the data."""
        width = training.catalogue + 1
        pairs = torch.unique(training.owners * width + training.items)
        user, item = width + pairs // width, pairs % width
        node, neighbour = torch.cat((item, user)), torch.cat((user, item))
        order = node.argsort(stable=True)
        node, neighbour = node[order], neighbour[order]
        degrees = torch.bincount(node, minlength=width + users)
        offsets = torch.cat((degrees.new_zeros(1), degrees.cumsum(0)))
        weights = (degrees[node] * degrees[neighbour]).float().rsqrt()
        return cls(neighbour, offsets, weights, degrees)

    def sums(self, x: Tensor) -> Tensor:
        """One layer, Ã x: what each node's neighbours have, weighted. x: float [nodes, D]."""
        if x.device.type == "mps":  # not in every supported torch is the other way there for it
            return self.gathered_sums(x)
        return functional.embedding_bag(
            self.neighbours,
            x,
            self.offsets,
            mode="sum",
            per_sample_weights=self.weights.to(x.dtype),
            include_last_offset=True,
        )

    def gathered_sums(self, x: Tensor) -> Tensor:
        """``sums`` by gathering and adding rows, which is slower and takes more memory."""
        nodes = torch.arange(len(self.degrees), device=x.device)
        node = torch.repeat_interleave(nodes, self.degrees)
        out = torch.zeros_like(x)
        size = max(1, GATHERED // x.shape[1])
        for begin in range(0, len(node), size):
            here = slice(begin, begin + size)
            weight = self.weights[here, None].to(x.dtype)
            out.index_add_(0, node[here], x[self.neighbours[here]] * weight)
        return out


def sum_of_layers(graph: InteractionGraph, x: Tensor, layers: int) -> Tensor:
    """Σ_{l=0}^{layers} Ã^l x. x: float [nodes, D], layer 0. Returns the same size."""
    total, layer = x, x
    for _ in range(layers):
        layer = graph.sums(layer)
        total = total + layer
    return total


class _SumOfLayers(torch.autograd.Function):
    """Ã is symmetric, so its gradient is the same sum of what comes back: nothing is kept."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, graph: InteractionGraph, layers: int) -> Tensor:
        ctx.graph, ctx.layers = graph, layers
        return sum_of_layers(graph, x, layers)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        return sum_of_layers(ctx.graph, grad.contiguous(), ctx.layers), None, None


def propagated(graph: InteractionGraph, x: Tensor, layers: int) -> Tensor:
    """E = 1/(L+1) Σ_{l=0}^{L} Ã^l E^(0) (He et al. 2020, eqs. 3, 4 and 8), layer 0 included.

    x: E^(0), float [nodes, D]; can be differentiated. Returns the same size.
    """
    # torch declares Function.apply without annotations
    total: Tensor = _SumOfLayers.apply(x, graph, layers)  # type: ignore[no-untyped-call]
    return total / (layers + 1)
