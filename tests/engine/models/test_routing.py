"""Routing of all prefixes at once against routing of one prefix, one item and one interest."""

import pytest
import slow_multi_interest as slow
import torch
from torch import Tensor

from engine.models.blocks.routing import route, squash

BATCH, INTERESTS, STEPS, DIM = 2, 3, 7, 4


def made_up(shared: bool) -> tuple[Tensor, Tensor]:
    """Votes [B, K or 1, T, D] that need gradients, and logits [K, T]."""
    generator = torch.Generator().manual_seed(3)
    shape = (BATCH, 1 if shared else INTERESTS, STEPS, DIM)
    votes = torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
    return votes, torch.randn(INTERESTS, STEPS, generator=generator, dtype=torch.float64)


def every_prefix() -> tuple[Tensor, Tensor]:
    """``seen`` of all prefixes; interests alive by their length: 1, 2, then 3."""
    seen = torch.ones(STEPS, STEPS, dtype=torch.bool).tril()[None]
    alive = torch.arange(1, STEPS + 1)[:, None] > torch.tensor([0, 1, 4])
    return seen, alive[None]


def test_squash_keeps_the_direction_and_shortens() -> None:
    z = torch.tensor([[3.0, 4.0], [0.003, 0.004], [0.0, 0.0]], dtype=torch.float64)
    z.requires_grad_()
    found = squash(z)
    assert found[0].tolist() == pytest.approx([25 / 26 * 0.6, 25 / 26 * 0.8])
    assert found[1].norm().item() == pytest.approx(0.005**2, rel=1e-3)
    assert (found[2] == 0).all()
    found.sum().backward()
    assert z.grad.isfinite().all()


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_every_prefix_is_routed_as_if_alone(shared: bool, rounds: int) -> None:
    votes, logits = made_up(shared)
    seen, alive = every_prefix()
    capsules, coupling = route(votes, logits, seen, alive, rounds)
    assert capsules.shape == (BATCH, STEPS, INTERESTS, DIM)
    assert coupling.shape == (BATCH, STEPS, INTERESTS, STEPS) and not coupling.requires_grad
    mixed = torch.randn(capsules.shape, dtype=torch.float64)
    (found_grad,) = torch.autograd.grad((capsules * mixed).sum(), votes)
    total = votes.sum() * 0
    for b in range(BATCH):
        for t in range(STEPS):
            count = int(alive[0, t].sum())
            own = [[votes[b, 0 if shared else k, j] for j in range(t + 1)] for k in range(count)]
            start = [[float(logits[k, j]) for j in range(t + 1)] for k in range(count)]
            u, c = slow.routed(own, start, rounds)
            for k in range(count):
                torch.testing.assert_close(capsules[b, t, k], u[k], rtol=1e-7, atol=1e-7)
                expected = torch.stack(c[k])
                torch.testing.assert_close(coupling[b, t, k, : t + 1], expected)
                total = total + (u[k] * mixed[b, t, k]).sum()
            assert (coupling[b, t, count:] == 0).all() and (coupling[b, t, :, t + 1 :] == 0).all()
            assert (capsules[b, t, count:] == 0).all()
    (expected_grad,) = torch.autograd.grad(total, votes)
    torch.testing.assert_close(found_grad, expected_grad, rtol=1e-6, atol=1e-7)


def test_more_rounds_bring_votes_that_agree_together() -> None:
    """Two groups of items with opposite votes: the interests part them, more with every round."""
    sides = torch.tensor([1.0, -1.0, 1.0, -1.0])
    votes = (sides[:, None] * torch.tensor([2.0, 0.0]))[None, None]
    logits = torch.tensor([[0.1, 0.0, 0.0, 0.0], [0.0, 0.1, 0.0, 0.0]])
    seen, alive = torch.ones(1, 1, 4, dtype=torch.bool), torch.ones(1, 1, 2, dtype=torch.bool)
    shares = [route(votes, logits, seen, alive, rounds)[1][0, 0, 0] for rounds in (1, 3, 8)]
    parted = [float((share * sides).sum()) for share in shares]
    assert parted[0] < parted[1] < parted[2] and parted[2] > 1.9


def test_what_is_not_seen_changes_nothing() -> None:
    votes, logits = made_up(shared=False)
    seen, alive = every_prefix()
    before, _ = route(votes, logits, seen, alive, 3)
    changed = votes.detach().clone()
    changed[:, :, 4:] += 1.0
    after, _ = route(changed, logits, seen, alive, 3)
    assert torch.equal(before[:, :4], after[:, :4]) and not torch.equal(before[:, 4], after[:, 4])
