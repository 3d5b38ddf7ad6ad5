"""MIE-VAE alone: its losses are SIGMA's own parts, and its lists are those of the paper's pool."""

from dataclasses import replace

import torch
from torch import Tensor

from engine.models.protocol import right_padded
from engine.models.registry import build, model_settings
from engine.models.sigma.interest_vae import InterestVAE
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma
from engine.sequences.batch import Batch

ITEMS = 200
SETTINGS = SigmaSettings(dim=16, heads=2, categories=3, scorer="interests", interest_negatives=0)


def alone(seed: int = 0) -> InterestVAE:
    torch.manual_seed(seed)
    model = InterestVAE(ITEMS, SETTINGS)
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model.eval()


def test_the_setting_builds_it_and_without_the_setting_there_is_the_whole_model() -> None:
    settings = model_settings("sigma", {"dim": 16, "scorer": "interests"})
    assert type(build("sigma", ITEMS, settings, 3)) is InterestVAE
    assert type(build("sigma", ITEMS, model_settings("sigma", {"dim": 16}), 3)) is Sigma


def test_its_losses_are_the_parts_of_sigmas(monkeypatch) -> None:
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    model = alone()
    whole = Sigma(ITEMS, replace(SETTINGS, scorer="sequence")).eval()
    whole.load_state_dict(model.state_dict(), strict=False)
    items, lengths = right_padded([[1, 2, 3, 4], [5, 6]], 10)
    targets, _ = right_padded([[2, 3, 4, 5], [6, 7]], 10)
    batch = Batch(items, lengths, targets)
    found, parts = model.losses(batch), whole.losses(batch)
    torch.testing.assert_close(found["reconstruction"], parts["interest_reconstruction"])
    torch.testing.assert_close(found["interest_kl"], parts["interest_kl"])
    expected = (
        SETTINGS.interest_weight
        * (parts["interest_reconstruction"] + SETTINGS.interest_prior_weight * parts["interest_kl"])
        + SETTINGS.orthogonality_weight * parts["orthogonality"]
    )
    torch.testing.assert_close(found["loss"].detach(), expected)


def pooled(model: InterestVAE, sequence: list[int], pool: int) -> list[int]:
    """The paper's ablation in plain loops: a pool of the best of each interest, then its best."""
    items, _ = right_padded([sequence], 100)
    mu = model.interests_of(items).mu[0, -1]  # [K, D]
    vectors: list[Tensor] = [model.interest_decoder(mu[k]) for k in range(3)]
    scores = [
        [-float("inf"), *((vector @ model.table.weight[v]).item() for v in range(1, ITEMS + 1))]
        for vector in vectors
    ]
    chosen: set[int] = set()
    for own in scores:
        allowed = [v for v in range(1, ITEMS + 1) if v not in sequence]
        chosen |= set(sorted(allowed, key=lambda v: -own[v])[:pool])
    return sorted(chosen, key=lambda v: -max(own[v] for own in scores))[:pool]


@torch.no_grad()
def test_a_list_of_40_is_the_best_40_of_a_pool_of_40_for_each_interest() -> None:
    model = alone()
    for sequence in ([3], [1, 2, 3, 9, 8], list(range(20, 60))):
        scores = model.scores(*right_padded([sequence], 100))[0]
        scores[sequence] = -torch.inf
        assert scores.topk(40).indices.tolist() == pooled(model, sequence, 40)


@torch.no_grad()
def test_many_sequences_are_scored_as_each_alone() -> None:
    model = alone()
    rows = [[1 + (7 * row + step) % ITEMS for step in range(1 + row % 5)] for row in range(150)]
    together = model.scores(*right_padded(rows, 100))
    for row in (0, 63, 64, 149):
        own = model.scores(*right_padded([rows[row]], 100))[0]
        torch.testing.assert_close(together[row], own, rtol=1e-5, atol=1e-5)
