"""Attention: each form against a softmax written in plain loops."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from engine.models.blocks.attention import attend

HEADS, STEPS, SIZE = 2, 5, 4
SO_FEW_THAT_NONE = 0.001
"""A share to drop that bytes round to 0, see dropout.py: the form for dropout, dropping none."""


def made(rows: int = 3) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    query, key, value = torch.randn(3, rows, HEADS, STEPS, SIZE, dtype=torch.float64)
    return query, key, value


def by_loops(query: Tensor, key: Tensor, value: Tensor, looks: Tensor) -> Tensor:
    """looks: bool [B, T, S]."""
    out = torch.zeros_like(query)
    for b, h, t in torch.cartesian_prod(*(torch.arange(n) for n in query.shape[:3])).tolist():
        places = [s for s in range(key.shape[2]) if looks[b, t, s]]
        logits = [float(query[b, h, t] @ key[b, h, s]) / math.sqrt(SIZE) for s in places]
        weights = [math.exp(logit) for logit in logits]
        for s, weight in zip(places, weights, strict=True):
            out[b, h, t] += weight / sum(weights) * value[b, h, s]
    return out


@pytest.mark.parametrize("drops", [0.0, SO_FEW_THAT_NONE])
def test_none_looks_ahead_of_its_own_place(drops: float) -> None:
    query, key, value = made()
    looks = torch.ones(STEPS, STEPS, dtype=torch.bool).tril().expand(3, -1, -1)
    found = attend(query, key, value, causal=True, drops=drops)
    torch.testing.assert_close(found, by_loops(query, key, value, looks))


@pytest.mark.parametrize("drops", [0.0, SO_FEW_THAT_NONE])
def test_everybody_looks_at_what_is_seen(drops: float) -> None:
    query, key, value = made()
    seen = torch.arange(STEPS) < torch.tensor([[1], [3], [5]])
    found = attend(query, key, value, seen=seen[:, None, None], drops=drops)
    looks = seen[:, None].expand(-1, STEPS, -1)
    torch.testing.assert_close(found, by_loops(query, key, value, looks))
    everything = torch.ones(3, STEPS, STEPS, dtype=torch.bool)
    found = attend(query, key, value, drops=drops)
    torch.testing.assert_close(found, by_loops(query, key, value, everything))


def test_dropout_leaves_weights_out_and_keeps_the_mean() -> None:
    query, key, value = made(1)
    whole = attend(query, key, value, causal=True)
    drawn = torch.stack([attend(query, key, value, causal=True, drops=0.5) for _ in range(4000)])
    torch.testing.assert_close(drawn.mean(dim=0), whole, atol=0.1, rtol=0.0)
    alone = drawn[:, :, :, 0] / value[:, :, 0]  # the first position has one weight, 0 or 2
    assert {round(one) for one in alone.flatten().tolist()} == {0, 2}


@pytest.mark.gpu
@pytest.mark.parametrize("form", [{"causal": True}, {"causal": True, "drops": 0.5}, {}])
def test_a_gpu_plans_nothing_for_a_new_shape(form: dict[str, Any]) -> None:
    query = torch.randn(3, HEADS, STEPS, 64, device="cuda", dtype=torch.bfloat16)
    query.requires_grad_()
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        attend(query, query, query, **form).sum().backward()
    names = {event.key for event in profiled.key_averages()}
    assert any("attention" in name for name in names)
    assert not any("cudnn_attention" in name for name in names)
