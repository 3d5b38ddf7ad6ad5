"""What every recommender must do, whatever it is. A new model joins by one line in ``MODELS``."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.models.protocol import InterestRecommender, Recommender, right_padded
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma
from engine.sequences.batch import Batch

ITEMS, LONGEST = 12, 10
SIZES = {"dim": 16, "heads": 2, "max_length": LONGEST}

MODELS: dict[str, Callable[..., Recommender]] = {
    "sasrec": lambda **free: SASRec(ITEMS, SASRecSettings(**SIZES, **free)),
    "sigma": lambda **free: Sigma(ITEMS, SigmaSettings(**SIZES, categories=3, **free)),
}

every_model = pytest.mark.parametrize("name", MODELS)
both_positions = pytest.mark.parametrize("positions", ["right", "rotary"])
sequences = st.lists(
    st.lists(st.integers(1, ITEMS), min_size=1, max_size=LONGEST), min_size=1, max_size=4
)


def fresh(name: str, seed: int = 0, **free: object) -> Recommender:
    """A model in evaluation, its weights large enough for differences to show."""
    torch.manual_seed(seed)
    model = MODELS[name](**free).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def batch_of(rows: list[list[int]]) -> Batch:
    """Next-item batches: each row's items but the last, and those that followed."""
    items, lengths = right_padded([row[:-1] for row in rows], LONGEST)
    targets, _ = right_padded([row[1:] for row in rows], LONGEST)
    return Batch(items, lengths, targets)


def close(left: Tensor, right: Tensor) -> None:
    torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-5)


@every_model
@both_positions
def test_scores_are_finite_for_every_item_and_minus_infinity_for_padding(
    name: str, positions: str
) -> None:
    scores = fresh(name, positions=positions).scores(*right_padded([[1, 2, 3], [4]], LONGEST))
    assert scores.shape == (2, ITEMS + 1) and scores.dtype == torch.float32
    assert (scores[:, 0] == -torch.inf).all() and scores[:, 1:].isfinite().all()


@every_model
def test_only_the_loss_to_minimise_can_be_differentiated(name: str) -> None:
    losses = fresh(name).losses(batch_of([[1, 2, 3], [4, 5]]))
    for part, value in losses.items():
        assert value.shape == () and value.isfinite()
        assert value.requires_grad == (part == "loss")


@every_model
@both_positions
def test_every_parameter_learns_and_padding_never(name: str, positions: str) -> None:
    model = fresh(name, positions=positions).train()
    rows = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [12, 1, 5]]
    model.losses(batch_of(rows))["loss"].backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), parameter_name
        assert parameter.grad.any(), parameter_name
        if parameter.shape[0] == ITEMS + 1:
            assert not parameter.grad[0].any(), "padding is no item"


@every_model
@both_positions
@settings(max_examples=10, deadline=None)
@given(rows=sequences, extra=st.integers(1, 3))
def test_padding_and_company_and_order_in_the_batch_change_no_score(
    name: str, positions: str, rows: list[list[int]], extra: int
) -> None:
    model = fresh(name, positions=positions)
    with torch.no_grad():
        items, lengths = right_padded(rows, LONGEST)
        together = model.scores(items, lengths)
        close(model.scores(torch.nn.functional.pad(items, (0, extra)), lengths), together)
        order = torch.arange(len(rows)).flip(0)
        close(model.scores(items[order], lengths[order]), together[order])
        for b, row in enumerate(rows):
            close(model.scores(*right_padded([row], LONGEST))[0], together[b])


@every_model
@both_positions
def test_scores_are_the_same_every_time_in_evaluation(name: str, positions: str) -> None:
    model = fresh(name, positions=positions)
    items, lengths = right_padded([[1, 2, 3], [4]], LONGEST)
    assert torch.equal(model.scores(items, lengths), model.scores(items, lengths))


@every_model
@both_positions
def test_scores_depend_on_the_last_item_on_earlier_ones_and_on_their_order(
    name: str, positions: str
) -> None:
    model = fresh(name, positions=positions)
    rows = [[1, 2, 3], [1, 2, 4], [5, 2, 3], [2, 1, 3]]
    scores = model.scores(*right_padded(rows, LONGEST))[:, 1:]
    for other in scores[1:]:
        assert (scores[0] - other).abs().max() > 1e-4


@every_model
@both_positions
def test_positions_without_a_target_cost_and_teach_nothing(
    name: str, positions: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss of one prefix is the same alone and beside a longer sequence without targets."""
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)  # latent models then draw nothing
    items, lengths = right_padded([[1, 2, 3], [4, 5, 6, 7, 8]], LONGEST)
    targets = torch.zeros_like(items)
    targets[0, 2] = 9
    found = []
    for batch in (
        Batch(items, lengths, targets),
        Batch(items[:1, :3], lengths[:1], targets[:1, :3]),
    ):
        model = fresh(name, positions=positions)
        losses = model.losses(batch)
        losses["loss"].backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
        found.append(losses["reconstruction"])
    close(found[0], found[1])


@every_model
def test_a_model_that_is_saved_and_loaded_is_the_same_model(name: str) -> None:
    model, other = fresh(name), fresh(name, seed=1)
    items, lengths = right_padded([[1, 2, 3], [4]], LONGEST)
    assert not torch.allclose(model.scores(items, lengths), other.scores(items, lengths))
    other.load_state_dict(model.state_dict())
    assert torch.equal(model.scores(items, lengths), other.scores(items, lengths))


@every_model
def test_the_longest_sequence_and_the_shortest_are_taken(name: str) -> None:
    model = fresh(name)
    assert model.items == ITEMS and model.max_length == LONGEST
    rows = [[1 + i % ITEMS for i in range(LONGEST)], [3]]
    assert model.scores(*right_padded(rows, LONGEST))[:, 1:].isfinite().all()
    assert model.losses(batch_of([[3, 4]]))["loss"].isfinite()


@every_model
def test_half_precision_under_autocast_scores_nearly_the_same(name: str) -> None:
    model = fresh(name)
    items, lengths = right_padded([[1, 2, 3], [4]], LONGEST)
    exact = model.scores(items, lengths)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = model.scores(items, lengths)
    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores, exact, rtol=0.1, atol=0.1)


@every_model
def test_diagnostics_are_finite_scalars_without_gradients(name: str) -> None:
    figures = fresh(name).diagnostics(batch_of([[1, 2, 3], [4, 5]]))
    for figure in figures.values():
        assert figure.shape == () and figure.isfinite() and not figure.requires_grad


@every_model
def test_memberships_of_an_interest_model_are_probabilities(name: str) -> None:
    model = fresh(name)
    if not isinstance(model, InterestRecommender):
        assert not hasattr(model, "membership")
        return
    table = model.membership()
    assert table.shape == (ITEMS + 1, model.categories) and table.dtype == torch.float32
    assert (table[0] == 0).all() and (table >= 0).all()
    close(table[1:].sum(dim=-1), torch.ones(ITEMS))


def hits_after_training(
    model: Recommender, walks: Callable[[int, float], Tensor], steps: int
) -> float:
    """The share of walks without noise whose last item is foreseen, after training on walks of
    which every tenth item is noise."""
    optimiser = torch.optim.Adam(model.train().parameters(), lr=5e-3)
    for _ in range(steps):
        walk = walks(64, 0.1)
        lengths = torch.full((64,), walk.shape[1] - 1)
        optimiser.zero_grad()
        model.losses(Batch(walk[:, :-1], lengths, walk[:, 1:]))["loss"].backward()
        optimiser.step()
    walk = walks(300, 0.0)
    with torch.no_grad():
        scores = model.eval().scores(walk[:, :-1], torch.full((300,), walk.shape[1] - 1))
    return (scores.argmax(dim=-1) == walk[:, -1]).double().mean().item()


@every_model
@both_positions
def test_a_world_of_one_cycle_is_learnt(name: str, positions: str) -> None:
    """Item v is followed by v + 1, the last by the first."""
    generator = torch.Generator().manual_seed(0)

    def walks(count: int, noise: float) -> Tensor:
        walk = torch.randint(1, ITEMS + 1, (count, 1), generator=generator)
        for _ in range(6):
            stray = torch.randint(1, ITEMS + 1, (count, 1), generator=generator)
            wanders = torch.rand(count, 1, generator=generator) < noise
            walk = torch.cat((walk, torch.where(wanders, stray, walk[:, -1:] % ITEMS + 1)), dim=1)
        return walk

    torch.manual_seed(0)
    model = MODELS[name](positions=positions, dropout=0.1)
    assert hits_after_training(model, walks, steps=80) > 0.9


@every_model
def test_a_world_in_which_the_last_item_tells_nothing_is_learnt(name: str) -> None:
    """Two cycles of six items take turns, each drawn by itself: the next item follows from the last
    but one, which only attention can find."""
    generator = torch.Generator().manual_seed(0)

    def walks(count: int, noise: float) -> Tensor:
        first = torch.randint(1, 7, (count, 1), generator=generator)
        walk = torch.cat((first, torch.randint(7, 13, (count, 1), generator=generator)), dim=1)
        for t in range(2, 9):
            lowest = 1 + 6 * (t % 2)
            stray = torch.randint(lowest, lowest + 6, (count, 1), generator=generator)
            wanders = torch.rand(count, 1, generator=generator) < noise
            after = (walk[:, t - 2 : t - 1] - lowest + 1) % 6 + lowest
            walk = torch.cat((walk, torch.where(wanders, stray, after)), dim=1)
        return walk

    torch.manual_seed(0)
    model = MODELS[name](positions="rotary", dropout=0.0)
    assert hits_after_training(model, walks, steps=200) > 0.9
