"""Scaled dot-product attention, in the form that each device is fast in."""

import math
from contextlib import nullcontext

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from engine.models.blocks.dropout import dropout

WITHOUT_PLANS = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
"""What a GPU may compute attention with. cuDNN's, which torch prefers on some, is left out: it
takes 0.2 s to plan for a new shape, and batches come in dozens of shapes."""


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    seen: Tensor | None = None,
    causal: bool = False,
    drops: float = 0.0,
) -> Tensor:
    """What each position takes from those that it sees: [B, H, T, d].

    query: [B, H, T, d]; key, value: [B, H, S, d].
    seen: bool, [T, S] or [B, 1, T or 1, S], true where a position may look, somewhere for each;
    None shows everything. causal: none looks ahead of its own place; then T = S, ``seen`` is None.
    drops: share of the weights that are left out at random.
    """
    if drops and query.device.type == "cpu":
        return _written_out(query, key, value, _mask(query, key, seen, causal), drops)
    chosen = sdpa_kernel(WITHOUT_PLANS) if query.device.type == "cuda" else nullcontext()
    with chosen:
        return functional.scaled_dot_product_attention(
            query, key, value, attn_mask=seen, dropout_p=drops, is_causal=causal
        )


def _mask(query: Tensor, key: Tensor, seen: Tensor | None, causal: bool) -> Tensor:
    """Added to the logits: −inf where a position may not look."""
    if causal:
        seen = query.new_ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
    if seen is None:
        return query.new_zeros(())
    return torch.zeros_like(seen, dtype=query.dtype).masked_fill_(~seen, -torch.inf)


def _written_out(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, drops: float) -> Tensor:
    """On the CPU torch's own has no fused form with dropout, and draws its dropout slowly."""
    scale = 1.0 / math.sqrt(query.shape[-1])
    weight = (query @ (key * scale).transpose(-1, -2) + mask).softmax(dim=-1)
    return dropout(weight, drops, True).to(value.dtype) @ value
