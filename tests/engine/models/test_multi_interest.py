"""MIND, ComiRec-DR and ComiRec-SA against slow definitions, and what they promise of interests."""

from collections.abc import Callable, Mapping

import pytest
import slow_multi_interest as slow
import torch
from torch import Tensor
from windows import batch_of

from engine.errors import SettingsError
from engine.models.baselines.comirec_dr import ComiRecDR, ComiRecDRSettings
from engine.models.baselines.comirec_sa import ComiRecSA, ComiRecSASettings
from engine.models.baselines.mind import (
    MIND,
    MINDSettings,
    interests_for,
    label_aware_attention,
)
from engine.models.blocks import item_table
from engine.models.blocks.multi_interest import MultiInterest, best_interest
from engine.models.protocol import right_padded
from engine.models.registry import model_settings
from engine.sequences.batch import Batch

ITEMS, LONGEST, DIM = 9, 10, 4
MAKE: Mapping[str, Callable[..., MultiInterest]] = {
    "mind": lambda items=ITEMS, dim=DIM, **free: MIND(
        items, MINDSettings(dim=dim, interests=3, power=3.0, max_length=LONGEST, **free)
    ),
    "comirec-dr": lambda items=ITEMS, dim=DIM, **free: ComiRecDR(
        items, ComiRecDRSettings(dim=dim, interests=3, max_length=LONGEST, **free)
    ),
    "comirec-sa": lambda items=ITEMS, dim=DIM, **free: ComiRecSA(
        items, ComiRecSASettings(dim=dim, interests=3, max_length=LONGEST, **free)
    ),
}
every_model = pytest.mark.parametrize("name", MAKE)


def fresh(name: str, **free: object) -> MultiInterest:
    """In float64, in evaluation, items long enough for interests to differ."""
    torch.manual_seed(5)
    model = MAKE[name](**free).double().eval()
    model.table.weight.data[1:] += 0.5 * torch.randn_like(model.table.weight[1:])
    return model


def slow_interests(model: MultiInterest, items: list[Tensor]) -> list[Tensor]:
    """The living interests of one prefix by the papers' equations."""
    if isinstance(model, MIND):
        linear = [part for part in model.layers if isinstance(part, torch.nn.Linear)]
        return slow.mind_interests(
            items,
            model.transformation.weight,
            [(part.weight, part.bias) for part in linear],
            model.initial_logits,
            model.settings.iterations,
            model.interests,
        )
    if isinstance(model, ComiRecDR):
        return slow.dr_interests(
            items, model.transformation, model.interests, model.settings.iterations
        )
    assert isinstance(model, ComiRecSA)
    return slow.sa_interests(
        items, model.position.weight, model.to_hidden.weight, model.to_logits.weight
    )


ROWS = [[3, 1, 4, 1, 5, 9, 2, 6, 5], [8, 7], [2, 7, 1, 8, 2]]


@every_model
@pytest.mark.parametrize("loss", ["readout", "softmax"])
def test_loss_and_gradients_are_those_of_the_papers_equations(name: str, loss: str) -> None:
    model = fresh(name, loss=loss)
    found = model.losses(batch_of(ROWS))["loss"]
    terms = []
    for row in ROWS:
        for t in range(len(row) - 1):
            target = row[t + 1]
            items = [model.table.weight[item] for item in row[: t + 1]]
            vectors = slow_interests(model, items)
            if loss == "softmax":
                terms.append(slow.surprise_of_maximum(vectors, model.table.weight, target))
                continue
            wanted = model.table.weight[target]
            if isinstance(model, MIND):
                query = slow.label_aware(vectors, wanted, 3)
            else:
                query = slow.best_fit(vectors, wanted)
            terms.append(slow.surprise(query, model.table.weight, target))
    expected = sum(terms) / len(terms)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    names, parameters = zip(*model.named_parameters(), strict=True)  # padding is in no term
    left = torch.autograd.grad(found, parameters)
    right = torch.autograd.grad(expected, parameters)
    for parameter, one, other in zip(names, left, right, strict=True):
        assert one.any(), parameter
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6, msg=parameter)


@every_model
def test_interests_of_every_prefix_are_those_of_the_prefix_alone(name: str) -> None:
    model = fresh(name)
    row = [3, 1, 4, 1, 5, 9, 2, 6, 5, 8]
    together = model.interests_of_prefixes(torch.tensor([row]))
    for t in range(len(row)):
        alone = model.interests_of(*right_padded([row[: t + 1]], LONGEST))
        for part in ("vectors", "alive", "intensity"):
            torch.testing.assert_close(getattr(together, part)[0, t], getattr(alone, part)[0])
        torch.testing.assert_close(together.claims[0, t, :, : t + 1], alone.claims[0])
        assert torch.equal(together.claimant[0, t, : t + 1], alone.claimant[0])
        slowly = slow_interests(model, [model.table.weight[item] for item in row[: t + 1]])
        assert int(alone.alive.sum()) == len(slowly)
        torch.testing.assert_close(alone.vectors[0, : len(slowly)], torch.stack(slowly))


@every_model
def test_every_item_is_shared_out_and_intensities_are_the_mean_share(name: str) -> None:
    model = fresh(name)
    items, lengths = right_padded([[3, 1, 4, 1, 5, 9, 2, 6], [7, 2]], LONGEST)
    found = model.interests_of(items, lengths)
    assert found.vectors.shape == (2, 3, DIM) and found.weights.shape == (2, 3, 8)
    shares = found.claims.sum(dim=1)
    torch.testing.assert_close(shares, (items > 0).double())
    for b, length in enumerate(lengths.tolist()):
        expected = found.claims[b, :, :length].mean(dim=1)
        torch.testing.assert_close(found.intensity[b], expected)
        assert (found.claims[b].argmax(dim=0)[:length] == found.claimant[b, :length]).all()
        assert (found.intensity[b][~found.alive[b]] == 0).all()


@every_model
def test_the_score_of_an_item_is_its_best_interests(name: str) -> None:
    model = fresh(name)
    items, lengths = right_padded([[3, 1, 4, 1, 5, 9, 2, 6], [7, 2], [4]], LONGEST)
    with torch.no_grad():
        scores, found = model.scores(items, lengths), model.interests_of(items, lengths)
    table = model.table.weight.detach()
    for b in range(3):
        living = found.vectors[b, found.alive[b]]
        for v in range(1, ITEMS + 1):
            expected = max(float(vector @ table[v]) for vector in living)
            assert float(scores[b, v]) == pytest.approx(expected, rel=1e-6)


@every_model
def test_a_sample_of_the_catalogue_estimates_the_whole_and_its_gradient_is_sparse(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_table, "SPARSE_FROM", 400)  # smaller tables are dense
    sampled, whole = fresh(name, items=400, negatives=100), fresh(name, items=400)
    sampled.load_state_dict(whole.state_dict())
    batch = batch_of(ROWS)
    with torch.no_grad():
        expected = float(whole.losses(batch)["loss"])
        losses = [float(sampled.losses(batch)["loss"]) for _ in range(60)]
    assert sum(losses) / len(losses) == pytest.approx(expected, rel=0.02)
    sampled.losses(batch)["loss"].backward()
    assert sampled.table.weight.grad.is_sparse


@every_model
def test_nothing_is_dropped_in_evaluation_and_something_in_training(name: str) -> None:
    model = fresh(name, dropout=0.5)
    items, lengths = right_padded([[3, 1, 4, 1, 5]], LONGEST)
    quiet = model.scores(items, lengths)
    assert torch.equal(quiet, fresh(name, dropout=0.0).scores(items, lengths))
    assert not torch.equal(quiet, model.train().scores(items, lengths))


def test_the_number_of_interests_grows_with_the_logarithm_of_the_sequence() -> None:
    lengths = torch.arange(1, 200)
    found = interests_for(lengths, 5).sum(dim=-1)
    expected = [slow.number_of_interests(n, 5) for n in range(1, 200)]
    assert found.tolist() == expected
    everybody = fresh("mind", dynamic=False)
    assert everybody.interests_of(*right_padded([[4]], LONGEST)).alive.all()


def test_interests_that_a_person_does_not_have_change_no_score_and_get_no_attention() -> None:
    model = fresh("mind")
    found = model.interests_of(*right_padded([[3, 1, 4, 1, 5]], LONGEST))
    assert found.alive.tolist() == [[True, True, False]]
    assert torch.equal(found.vectors[0, 2], found.vectors[0, 0])
    items = torch.randn(1, DIM, dtype=torch.float64)
    attended = label_aware_attention(found.vectors, found.alive, items, 3.0)
    expected = slow.label_aware(list(found.vectors[0, :2]), items[0], 3)
    torch.testing.assert_close(attended[0], expected)
    longest = torch.tensor([[[3.0], [1.0], [2.0]]]) * items.new_ones(1, 1, DIM)
    living = torch.tensor([[False, True, True]])
    assert best_interest(longest, living, items.new_ones(1, DIM)).tolist() == [2]


def test_the_power_sharpens_the_attention_to_the_label() -> None:
    vectors = torch.tensor([[[2.0, 0.0], [0.0, 1.5], [-3.0, 0.0]]])
    alive, item = torch.ones(1, 3, dtype=torch.bool), torch.tensor([[1.0, 1.0]])
    best = vectors[:, 0]
    misses = [
        float((label_aware_attention(vectors, alive, item, power) - best).norm())
        for power in (1.0, 2.0, 4.0, 16.0)
    ]
    assert misses == sorted(misses, reverse=True) and misses[-1] < 1e-3
    # An even power of −3 must not win over 2.
    even = label_aware_attention(vectors, alive, item, 2.0)
    weights = torch.tensor([4.0, 2.25, -9.0]).softmax(dim=0)
    torch.testing.assert_close(even, (weights[:, None] * vectors[0]).sum(dim=0)[None])


def test_initial_logits_are_kept_but_never_learnt() -> None:
    model = MAKE["mind"]()
    assert "initial_logits" in model.state_dict()
    assert "initial_logits" not in dict(model.named_parameters())
    before = model.initial_logits.clone()
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    model.losses(batch_of(ROWS))["loss"].backward()
    optimiser.step()
    assert torch.equal(model.initial_logits, before)
    assert not torch.equal(before, MAKE["mind"]().initial_logits)


def test_positions_say_what_to_attend_to_and_are_no_part_of_the_interests() -> None:
    """However positions are turned, an interest stays within the items that it is a mean of."""
    model = fresh("comirec-sa")
    items, lengths = right_padded([[3, 3, 3]], LONGEST)
    model.position.weight.data += 10 * torch.randn_like(model.position.weight)
    found = model.interests_of(items, lengths)
    torch.testing.assert_close(
        found.vectors[0], model.table.weight[3].expand(3, -1), msg="a mean of equal items is them"
    )
    assert not torch.allclose(found.weights[0, :, 0], found.weights[0, :, 1])


def test_votes_of_a_new_model_are_long_enough_for_squash() -> None:
    """With items as short as they begin, interests have a length that scores and gradients feel."""
    torch.manual_seed(0)
    items, lengths = right_padded([[3, 1, 4, 1, 5, 9, 2, 6]], LONGEST)
    for model in (
        ComiRecDR(ITEMS, ComiRecDRSettings(dim=64, max_length=LONGEST)),
        MIND(ITEMS, MINDSettings(dim=64, max_length=LONGEST, layers=0)),
    ):
        found = model.interests_of(items, lengths)
        assert found.vectors[found.alive].norm(dim=-1).min() > 0.3


@every_model
@pytest.mark.parametrize("loss", ["readout", "softmax"])
def test_interests_live_and_differ_after_training_on_people_with_two_tastes(
    name: str, loss: str
) -> None:
    """Everybody takes turns, unevenly, between items of 1..6 and of 7..12."""
    generator = torch.Generator().manual_seed(1)
    taste = torch.randint(2, (96, 9), generator=generator)
    walks = torch.randint(1, 7, (96, 9), generator=generator) + 6 * taste
    torch.manual_seed(2)
    model = MAKE[name](items=12, dim=16, loss=loss).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    batch = Batch(walks[:, :-1], torch.full((96,), 8), walks[:, 1:])
    for _ in range(80):
        optimiser.zero_grad()
        model.losses(batch)["loss"].backward()
        optimiser.step()
    figures = model.eval().diagnostics(batch)
    assert figures["interests_alive"] >= 2
    assert figures["interest_cosine"] < 0.9


@every_model
@torch.no_grad()
def test_diagnostics_count_what_targets_choose(name: str) -> None:
    model, batch = fresh(name), batch_of(ROWS)
    figures = model.diagnostics(batch)
    chosen: dict[int, int] = {}
    numbers = []
    cosines: dict[tuple[int, int], list[float]] = {}
    for row in ROWS:
        for t in range(len(row) - 1):
            vectors = slow_interests(model, [model.table.weight[item] for item in row[: t + 1]])
            products = [float(v @ model.table.weight[row[t + 1]]) for v in vectors]
            best = products.index(max(products))
            chosen[best] = chosen.get(best, 0) + 1
            numbers.append(len(vectors))
            for k, one in enumerate(vectors):
                for other, another in enumerate(vectors[:k]):
                    cosine = float(one @ another / one.norm() / another.norm())
                    cosines.setdefault((k, other), []).append(cosine)
    every = [cosine for some in cosines.values() for cosine in some]
    assert float(figures["interest_cosine"]) == pytest.approx(sum(every) / len(every), abs=1e-6)
    for k in range(3):
        assert float(figures[f"best_{k}"]) == pytest.approx(chosen.get(k, 0) / len(numbers))
    assert float(figures["interests_per_prefix"]) == pytest.approx(sum(numbers) / len(numbers))
    repeats = {k for (k, _), some in cosines.items() if sum(some) / len(some) >= 0.95}
    alive = {k for k, count in chosen.items() if 3 * count / len(numbers) >= 0.2} - repeats
    assert int(figures["interests_alive"]) == len(alive)


def test_an_interest_that_repeats_another_does_not_live() -> None:
    model = fresh("comirec-sa")
    model.to_logits.weight.data[1] = model.to_logits.weight[0]
    model.to_logits.weight.data[2] = -20 * model.to_logits.weight[0]
    figures = model.diagnostics(batch_of(ROWS))
    assert figures["best_0"] + figures["best_1"] > 0.2
    assert figures["interests_alive"] <= 2


def test_transformations_of_every_position_have_a_bound() -> None:
    with pytest.raises(SettingsError, match="max_length"):
        model_settings("comirec-dr", {"dim": 4096, "max_length": 4096})
