"""The diagnostics tell living interests from collapsed ones."""

import math

import pytest
import slow_sigma as slow
import torch
from torch import Tensor

from engine.models.protocol import right_padded
from engine.models.sigma.diagnostics import interest_diagnostics
from engine.models.sigma.interests import Interests
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma
from engine.sequences.batch import Batch

COUNT, DIM = 4, 8


def everywhere(batch: int = 5, steps: int = 6) -> Tensor:
    return torch.ones(batch, steps, dtype=torch.bool)


def interests(mu: Tensor, log_var: float, intensity: Tensor | None = None) -> Interests:
    """Interests [B, T, K, D] with even intensities unless given."""
    shape = mu.shape[:-1]
    even = torch.full(shape, 1.0 / shape[-1])
    return Interests(
        even if intensity is None else intensity,
        mu,
        torch.full_like(mu, log_var),
        even,
        torch.zeros(shape[:2], dtype=torch.int64),
    )


def decided(count: int = COUNT, items: int = 40) -> Tensor:
    """p(k|v) [V, K] in which every item belongs to one category, evenly."""
    return torch.eye(count)[torch.arange(items) % count]


def undecided(count: int = COUNT, items: int = 40) -> Tensor:
    return torch.full((items, count), 1.0 / count)


def healthy() -> tuple[Interests, Tensor]:
    """Four interests far apart, and a z that each of them explains at one prefix in four."""
    torch.manual_seed(0)
    centres = 3.0 * torch.eye(DIM)[:COUNT]
    mu = centres + 0.1 * torch.randn(5, 6, COUNT, DIM)
    nearest = (torch.arange(5)[:, None] + torch.arange(6)) % COUNT
    return interests(mu, -4.0), centres[nearest]


def test_a_healthy_model_is_reported_alive() -> None:
    found, z = healthy()
    figures = interest_diagnostics(found, z, everywhere(), decided())
    assert figures["interests_alive"] == COUNT
    assert figures["active_units"] == DIM
    assert figures["nats_per_interest"] > 10
    assert figures["nats_apart"] > 100
    assert figures["mean_spread_of_means"] > 1
    assert figures["membership_entropy"] == pytest.approx(0.0, abs=1e-6)
    assert figures["balance_entropy"] == pytest.approx(1.0, abs=1e-6)
    assert abs(figures["interest_cosine"].item()) < 0.1
    shares = [figures[f"responsibility_{k}"].item() for k in range(COUNT)]
    assert sum(shares) == pytest.approx(1.0) and min(shares) > 0.2


@pytest.mark.parametrize("centre", [0.0, 2.0])
def test_interests_that_are_all_the_same_are_reported_dead(centre: float) -> None:
    """At the origin they are the standard normal; elsewhere they all say one thing."""
    mu = torch.full((5, 6, COUNT, DIM), centre)
    collapsed = interests(mu, 0.0 if centre == 0.0 else -4.0)
    figures = interest_diagnostics(collapsed, mu[:, :, 0], everywhere(), undecided())
    assert figures["interests_alive"] == 0
    assert figures["nats_apart"] == 0
    assert figures["mean_spread_of_means"] == 0
    assert figures["membership_entropy"] == pytest.approx(1.0)
    if centre == 0.0:
        assert figures["active_units"] == 0 and figures["nats_per_interest"] == 0
    else:
        assert figures["interest_cosine"] == pytest.approx(1.0)


def test_interests_collapsed_onto_the_standard_normal_are_dead_even_if_items_are_decided() -> None:
    torch.manual_seed(0)
    mu = 0.01 * torch.randn(5, 6, COUNT, DIM)
    figures = interest_diagnostics(interests(mu, 0.0), mu[:, :, 0], everywhere(), decided())
    assert figures["interests_alive"] == 0 and figures["active_units"] == 0


def test_interests_that_vary_between_users_but_not_between_categories_are_dead() -> None:
    torch.manual_seed(0)
    mu = torch.randn(5, 6, 1, DIM).expand(-1, -1, COUNT, -1)
    figures = interest_diagnostics(interests(mu, -4.0), mu[:, :, 0], everywhere(), decided())
    assert figures["mean_spread_of_means"] > 1, "the users differ"
    assert figures["interests_alive"] == 0


def test_a_category_without_items_or_without_intensity_is_not_alive() -> None:
    found, z = healthy()
    catalogue = torch.eye(COUNT)[torch.arange(40) % 3]  # nothing is in the last category
    assert interest_diagnostics(found, z, everywhere(), catalogue)["interests_alive"] == 3
    weak = torch.tensor([0.5, 0.45, 0.04, 0.01]).expand(5, 6, -1)
    starved = Interests(weak, found.mu, found.log_var, found.membership, found.category)
    assert interest_diagnostics(starved, z, everywhere(), decided())["interests_alive"] == 2


def test_a_single_interest_lives_by_what_it_says_alone() -> None:
    mu = torch.ones(5, 6, 1, DIM)
    one, nothing = interests(mu, -4.0), interests(torch.zeros_like(mu), 0.0)
    for found, alive in ((one, 1), (nothing, 0)):
        figures = interest_diagnostics(found, mu[:, :, 0], everywhere(), decided(1))
        assert figures["interests_alive"] == alive
        assert all(figure.isfinite() for figure in figures.values())


def test_the_figures_equal_their_definitions_over_valid_prefixes() -> None:
    torch.manual_seed(0)
    mu = torch.randn(2, 3, COUNT, DIM)
    log_var = torch.randn(2, 3, COUNT, DIM) - 1.0
    intensity = torch.randn(2, 3, COUNT).softmax(dim=-1)
    found = Interests(intensity, mu, log_var, intensity, torch.zeros(2, 3, dtype=torch.int64))
    z = torch.randn(2, 3, DIM)
    valid = torch.tensor([[True, True, True], [True, False, False]])
    catalogue = torch.randn(9, COUNT).softmax(dim=-1)
    figures = interest_diagnostics(found, z, valid, catalogue)
    places = [(0, 0), (0, 1), (0, 2), (1, 0)]

    nats = [
        slow.standard_kl(mu[b, t, k], log_var[b, t, k]) for b, t in places for k in range(COUNT)
    ]
    assert figures["nats_per_interest"].item() == pytest.approx(sum(nats).item() / 16, rel=1e-5)

    active = 0
    for k in range(COUNT):
        for d in range(DIM):
            of_unit = [
                slow.standard_kl(mu[b, t, k, d : d + 1], log_var[b, t, k, d : d + 1]).item()
                for b, t in places
            ]
            active += sum(of_unit) / 4 > 0.01
    assert figures["active_units"].item() == pytest.approx(active / COUNT)

    cosines = [
        (slow.unit(mu[b, t, i]) @ slow.unit(mu[b, t, j])).item()
        for b, t in places
        for i in range(COUNT)
        for j in range(COUNT)
        if i != j
    ]
    assert figures["interest_cosine"].item() == pytest.approx(sum(cosines) / 48, abs=1e-6)

    shares = [0.0] * COUNT
    for b, t in places:
        explained = [
            (
                intensity[b, t, k].log() + slow.log_normal(z[b, t], mu[b, t, k], log_var[b, t, k])
            ).item()
            for k in range(COUNT)
        ]
        shares[explained.index(max(explained))] += 0.25
    assert [figures[f"responsibility_{k}"].item() for k in range(COUNT)] == shares

    def entropy(p: list[float]) -> float:
        return -sum(x * math.log(x) for x in p) / math.log(COUNT)

    by_item = [entropy(row) for row in catalogue.tolist()]
    assert figures["membership_entropy"].item() == pytest.approx(sum(by_item) / 9, abs=1e-6)
    of_mean = entropy(catalogue.mean(dim=0).tolist())
    assert figures["balance_entropy"].item() == pytest.approx(of_mean, abs=1e-6)

    apart = 0.0
    for b, t in places:
        for k in range(COUNT):
            others = sum(mu[b, t, j] for j in range(COUNT) if j != k) / (COUNT - 1)
            gap = (mu[b, t, k] - others) ** 2 / log_var[b, t, k].exp()
            apart += 0.5 * gap.sum().item() / 16
    assert figures["nats_apart"].item() == pytest.approx(apart, rel=1e-5)


def test_prefixes_without_a_target_have_no_part_in_the_figures() -> None:
    found, z = healthy()
    valid = torch.arange(6) < torch.tensor([[6], [5], [4], [3], [1]])
    spoilt = Interests(
        found.intensity,
        torch.where(valid[..., None, None], found.mu, 1e6),
        found.log_var,
        found.membership,
        found.category,
    )
    clean = interest_diagnostics(found, z, valid, decided())
    for name, figure in interest_diagnostics(spoilt, z, valid, decided()).items():
        assert figure == clean[name], name


def test_a_model_reports_all_figures_without_touching_its_gradients() -> None:
    torch.manual_seed(0)
    model = Sigma(20, SigmaSettings(dim=8, heads=2, categories=3)).eval()
    items, lengths = right_padded([[1, 2, 3], [4, 5]], 10)
    figures = model.diagnostics(Batch(items, lengths, items))
    assert {"nats_per_interest", "active_units", "interests_alive", "responsibility_2"} <= set(
        figures
    )
    for figure in figures.values():
        assert figure.shape == () and figure.isfinite() and not figure.requires_grad
