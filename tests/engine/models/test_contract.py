"""What every recommender must do, whatever it is. A new model joins by one entry in ``MODELS``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from windows import batch_of

from engine.models.baselines.acvae import ACVAE, ACVAESettings
from engine.models.baselines.bert4rec import BERT4Rec, BERT4RecSettings
from engine.models.baselines.bprmf import BPRMF, BPRMFSettings
from engine.models.baselines.comirec_dr import ComiRecDR, ComiRecDRSettings
from engine.models.baselines.comirec_sa import ComiRecSA, ComiRecSASettings
from engine.models.baselines.dt4sr import DT4SR, DT4SRSettings
from engine.models.baselines.lightgcn import LightGCN, LightGCNSettings
from engine.models.baselines.mind import MIND, MINDSettings
from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.models.baselines.svae import SVAE, SVAESettings
from engine.models.protocol import InterestRecommender, Recommender, UserRecommender, right_padded
from engine.models.sigma.interest_vae import InterestVAE
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma
from engine.sequences.batch import Batch
from engine.sequences.sequence_set import SequenceSet

ITEMS, LONGEST = 12, 10
SIZES = {"dim": 16, "heads": 2, "max_length": LONGEST}
LATENT = {"dim": 16, "state": 32, "latent": 16, "max_length": LONGEST}


@dataclass(frozen=True)
class Contract:
    """How a model is made, and which promises are its own.

    make: from settings, and ``users`` for models that learn a vector of each. variants: settings
    that every test is run with, each in turn. ordered: whether the order of a sequence says
    something. next_item: whether it learns, at every position, the item that followed from those up
    to it alone. quiet: settings of least noise, for learning a small world. noiseless: the loss is
    no matter of chance once noise drawn from N(0, I) is 0. looks_back: whether it can tell apart
    sequences that end in one item by the item before it. foresees: whether it scores what follows
    above all items, those of the sequence included. steps: of training that the world of one cycle
    takes.
    """

    make: Callable[..., Recommender]
    variants: tuple[Mapping[str, object], ...] = ({},)
    ordered: bool = True
    next_item: bool = True
    noiseless: bool = True
    looks_back: bool = True
    foresees: bool = True
    steps: int = 80
    quiet: Mapping[str, object] = field(default_factory=dict)


BOTH_LOSSES = ({"loss": "readout"}, {"loss": "softmax"})
BOTH_POSITIONS = ({"positions": "right"}, {"positions": "rotary"})
BOTH_PAIRWISE_LOSSES = ({"loss": "bpr"}, {"loss": "softmax"})

MODELS: dict[str, Contract] = {
    "sasrec": Contract(
        lambda users=3, **free: SASRec(ITEMS, SASRecSettings(**SIZES, **free)),
        variants=(*BOTH_POSITIONS, {"loss": "bce"}),
        quiet={"dropout": 0.0},
    ),
    "bert4rec": Contract(
        lambda users=3, **free: BERT4Rec(ITEMS, BERT4RecSettings(**SIZES, **free)),
        variants=(
            {"positions": "right", "norm": "after"},
            {"positions": "rotary", "norm": "before"},
        ),
        next_item=False,
        quiet={"dropout": 0.0, "last_share": 0.5},  # a fifth of the positions teach otherwise
    ),
    "dt4sr": Contract(
        lambda users=3, **free: DT4SR(ITEMS, DT4SRSettings(**SIZES, **free)),
        variants=(
            {"positions": "right", "loss": "bpr"},
            {"positions": "rotary", "loss": "softmax"},
        ),
        quiet={"dropout": 0.0},
    ),
    "bprmf": Contract(
        lambda users=3, **free: BPRMF(
            ITEMS, users, BPRMFSettings(dim=16, max_length=LONGEST, **free)
        ),
        variants=BOTH_PAIRWISE_LOSSES,
        ordered=False,
        next_item=False,
        noiseless=False,
    ),
    "lightgcn": Contract(
        lambda users=3, **free: LightGCN(
            ITEMS, users, LightGCNSettings(dim=16, max_length=LONGEST, **free)
        ),
        variants=BOTH_PAIRWISE_LOSSES,
        ordered=False,
        next_item=False,
        noiseless=False,
    ),
    "sigma": Contract(
        lambda users=3, **free: Sigma(ITEMS, SigmaSettings(**SIZES, categories=3, **free)),
        variants=BOTH_POSITIONS,
        quiet={"dropout": 0.0},
    ),
    "mind": Contract(  # places of items decide ties between interests, and nothing else
        lambda users=3, **free: MIND(ITEMS, MINDSettings(dim=16, max_length=LONGEST, **free)),
        variants=BOTH_LOSSES,
        ordered=False,
    ),
    "comirec-dr": Contract(  # interests no longer than 1 wait for items to grow
        lambda users=3, **free: ComiRecDR(
            ITEMS, ComiRecDRSettings(dim=32, max_length=LONGEST, **free)
        ),
        steps=240,
    ),
    "comirec-dr as published": Contract(  # interests do not learn what they must leave to others
        lambda users=3, **free: ComiRecDR(
            ITEMS, ComiRecDRSettings(dim=32, max_length=LONGEST, loss="readout", **free)
        ),
        foresees=False,
    ),
    "comirec-sa": Contract(  # a mean of items fits none better than them, nor one neighbour best
        lambda users=3, **free: ComiRecSA(
            ITEMS, ComiRecSASettings(dim=16, max_length=LONGEST, **free)
        ),
        variants=BOTH_LOSSES,
        foresees=False,
    ),
    "interests alone": Contract(
        lambda users=3, **free: InterestVAE(
            ITEMS,
            # Order says something within a category alone: with three, each item has its own.
            SigmaSettings(**SIZES, categories=2, scorer="interests", **free),
        ),
    ),
    "svae": Contract(
        lambda users=3, **free: SVAE(ITEMS, SVAESettings(**LATENT, hidden=32, **free)),
        variants=({"output": "tied", "next_k": 4}, {"output": "own", "next_k": 1}),
        quiet={"dropout": 0.0, "next_k": 1, "posterior_log_var": 0.0, "kl_weight": 0.01},
    ),
    "acvae": Contract(
        lambda users=3, **free: ACVAE(ITEMS, ACVAESettings(**LATENT, critic=16, **free)),
        variants=({"output": "tied"}, {"output": "own"}),
        quiet={"dropout": 0.0},
    ),
}


def models_that(promise: Callable[[Contract], bool]) -> pytest.MarkDecorator:
    """Every variant of the models that make a promise."""
    return pytest.mark.parametrize(
        ("name", "free"),
        [
            pytest.param(name, variant, id="-".join((name, *map(str, variant.values()))))
            for name, contract in MODELS.items()
            if promise(contract)
            for variant in contract.variants
        ],
    )


every_model = models_that(lambda _: True)
sequences = st.lists(
    st.lists(st.integers(1, ITEMS), min_size=1, max_size=LONGEST), min_size=1, max_size=4
)


TRAINING = SequenceSet(
    torch.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 5, 4, 5]),
    torch.tensor([0, 11, 14, 16]),
    ITEMS,
)
"""What the rows of these tests are taken from, for models that look at the whole data."""


def fresh(name: str, seed: int = 0, **free: object) -> Recommender:
    """A model in evaluation, its weights large enough for differences to show."""
    torch.manual_seed(seed)
    model = MODELS[name].make(**free)
    model.prepare(TRAINING)
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model.eval()


def close(left: Tensor, right: Tensor) -> None:
    torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-5)


@every_model
def test_scores_are_finite_for_every_item_and_minus_infinity_for_padding(
    name: str, free: Mapping[str, object]
) -> None:
    scores = fresh(name, **free).scores(*right_padded([[1, 2, 3], [4]], LONGEST))
    assert scores.shape == (2, ITEMS + 1) and scores.dtype == torch.float32
    assert (scores[:, 0] == -torch.inf).all() and scores[:, 1:].isfinite().all()


@every_model
def test_only_the_loss_to_minimise_can_be_differentiated(
    name: str, free: Mapping[str, object]
) -> None:
    losses = fresh(name, **free).losses(batch_of([[1, 2, 3], [4, 5]]))
    for part, value in losses.items():
        assert value.shape == () and value.isfinite()
        assert value.requires_grad == (part == "loss")


@every_model
def test_every_parameter_learns_and_padding_never(name: str, free: Mapping[str, object]) -> None:
    model = fresh(name, **free).train()
    rows = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [12, 1, 5]]
    model.losses(batch_of(rows))["loss"].backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), parameter_name
        assert parameter.grad.any(), parameter_name
        if parameter.shape[0] == ITEMS + 1:
            assert not parameter.grad[0].any(), "padding is no item"


@every_model
@settings(max_examples=10, deadline=None)
@given(rows=sequences, extra=st.integers(1, 3))
def test_padding_and_company_and_order_in_the_batch_change_no_score(
    name: str, free: Mapping[str, object], rows: list[list[int]], extra: int
) -> None:
    model = fresh(name, **free)
    with torch.no_grad():
        items, lengths = right_padded(rows, LONGEST)
        together = model.scores(items, lengths)
        close(model.scores(torch.nn.functional.pad(items, (0, extra)), lengths), together)
        order = torch.arange(len(rows)).flip(0)
        close(model.scores(items[order], lengths[order]), together[order])
        for b, row in enumerate(rows):
            close(model.scores(*right_padded([row], LONGEST))[0], together[b])


@every_model
def test_scores_are_the_same_every_time_in_evaluation(
    name: str, free: Mapping[str, object]
) -> None:
    model = fresh(name, **free)
    items, lengths = right_padded([[1, 2, 3], [4]], LONGEST)
    assert torch.equal(model.scores(items, lengths), model.scores(items, lengths))


@every_model
def test_scores_depend_on_the_last_item_and_on_earlier_ones(
    name: str, free: Mapping[str, object]
) -> None:
    model = fresh(name, **free)
    scores = model.scores(*right_padded([[1, 2, 3], [1, 2, 4], [5, 2, 3]], LONGEST))[:, 1:]
    for other in scores[1:]:
        assert (scores[0] - other).abs().max() > 1e-4


@models_that(lambda contract: contract.ordered)
def test_scores_depend_on_the_order_of_items(name: str, free: Mapping[str, object]) -> None:
    scores = fresh(name, **free).scores(*right_padded([[1, 2, 3], [2, 1, 3]], LONGEST))[:, 1:]
    assert (scores[0] - scores[1]).abs().max() > 1e-4


@models_that(lambda contract: not contract.ordered)
def test_scores_do_not_depend_on_the_order_of_items(name: str, free: Mapping[str, object]) -> None:
    scores = fresh(name, **free).scores(*right_padded([[1, 2, 3], [3, 1, 2]], LONGEST))[:, 1:]
    close(scores[0], scores[1])


@models_that(lambda contract: contract.next_item and contract.noiseless)
def test_what_comes_later_changes_nothing_before_it(
    name: str, free: Mapping[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss at an early position is the same whatever follows its target."""
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)  # latent models then draw nothing
    targets = torch.tensor([[0, 4, 0, 0, 0]])
    found = []
    for rest in ([5, 6], [7, 1]):
        items = torch.tensor([[2, 3, 4, *rest]])
        batch = Batch(items, torch.tensor([5]), targets, torch.tensor([0]))
        found.append(fresh(name, **free).losses(batch)["reconstruction"])
    close(found[0], found[1])


@models_that(lambda contract: contract.next_item and contract.noiseless)
def test_positions_without_a_target_cost_and_teach_nothing(
    name: str, free: Mapping[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss of one prefix is the same alone and beside a longer sequence without targets."""
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)  # latent models then draw nothing
    items, lengths = right_padded([[1, 2, 3], [4, 5, 6, 7, 8]], LONGEST)
    targets = torch.zeros_like(items)
    targets[0, 2] = 9
    found = []
    for batch in (
        Batch(items, lengths, targets, torch.arange(2)),
        Batch(items[:1, :3], lengths[:1], targets[:1, :3], torch.arange(1)),
    ):
        model = fresh(name, **free)
        losses = model.losses(batch)
        losses["loss"].backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
        found.append(losses["reconstruction"])
    close(found[0], found[1])


@every_model
def test_a_model_that_is_saved_and_loaded_is_the_same_model(
    name: str, free: Mapping[str, object]
) -> None:
    model, other = fresh(name, **free), fresh(name, seed=1, **free)
    items, lengths = right_padded([[1, 2, 3], [4]], LONGEST)
    assert not torch.allclose(model.scores(items, lengths), other.scores(items, lengths))
    other.load_state_dict(model.state_dict())
    assert torch.equal(model.scores(items, lengths), other.scores(items, lengths))


@every_model
def test_the_longest_sequence_and_the_shortest_are_taken(
    name: str, free: Mapping[str, object]
) -> None:
    model = fresh(name, **free)
    assert model.items == ITEMS and model.max_length == LONGEST
    rows = [[1 + i % ITEMS for i in range(LONGEST)], [3]]
    assert model.scores(*right_padded(rows, LONGEST))[:, 1:].isfinite().all()
    assert model.losses(batch_of([[3, 4]]))["loss"].isfinite()


@every_model
def test_half_precision_under_autocast_scores_nearly_the_same(
    name: str, free: Mapping[str, object]
) -> None:
    model = fresh(name, **free)
    items, lengths = right_padded([[1, 2, 3], [4]], LONGEST)
    exact = model.scores(items, lengths)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = model.scores(items, lengths)
    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores, exact, rtol=0.1, atol=0.1)


@every_model
def test_diagnostics_are_finite_scalars_without_gradients(
    name: str, free: Mapping[str, object]
) -> None:
    figures = fresh(name, **free).diagnostics(batch_of([[1, 2, 3], [4, 5]]))
    for figure in figures.values():
        assert figure.shape == () and figure.isfinite() and not figure.requires_grad


@every_model
def test_memberships_of_an_interest_model_are_probabilities(
    name: str, free: Mapping[str, object]
) -> None:
    model = fresh(name, **free)
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
        batch = Batch(walk[:, :-1], lengths, walk[:, 1:], torch.arange(64))
        optimiser.zero_grad()
        model.losses(batch)["loss"].backward()
        optimiser.step()
    walk = walks(300, 0.0)
    with torch.no_grad():
        scores = model.eval().scores(walk[:, :-1], torch.full((300,), walk.shape[1] - 1))
    return (scores.argmax(dim=-1) == walk[:, -1]).double().mean().item()


@pytest.mark.thorough
@every_model
def test_a_world_of_two_tastes_is_learnt(name: str, free: Mapping[str, object]) -> None:
    """Half of the users have items of 1..6, half of 7..12, in any order: what comes next is of the
    same half."""
    generator = torch.Generator().manual_seed(0)
    users = 64
    taste = torch.arange(users) % 2
    order = torch.rand(users, 6, generator=generator).argsort(dim=1)
    had = order[:, :4] + 1 + 6 * taste[:, None]  # [U, 4]
    world = SequenceSet(had.flatten(), torch.arange(users + 1) * 4, ITEMS)
    torch.manual_seed(0)
    model = MODELS[name].make(**free, users=users)
    model.prepare(world)
    optimiser = torch.optim.Adam(model.train().parameters(), lr=5e-3)
    batch = Batch(had[:, :-1], torch.full((users,), 3), had[:, 1:], torch.arange(users))
    for _ in range(100):
        optimiser.zero_grad()
        model.losses(batch)["loss"].backward()
        optimiser.step()
    model.eval()
    asked = [model.scores(had, torch.full((users,), 4))]
    if isinstance(model, UserRecommender):
        asked.append(model.scores_of_users(torch.arange(users)))
    for scores in asked:
        best = scores.scatter(1, had, -torch.inf).argmax(dim=1)
        assert (((best - 1) // 6) == taste).double().mean() > 0.9


@models_that(lambda contract: contract.ordered and contract.foresees)
def test_a_world_of_one_cycle_is_learnt(name: str, free: Mapping[str, object]) -> None:
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
    model = MODELS[name].make(**{**free, **MODELS[name].quiet}, users=64)
    model.prepare(TRAINING)
    assert hits_after_training(model, walks, steps=MODELS[name].steps) > 0.9


@pytest.mark.thorough
@models_that(lambda contract: contract.looks_back and contract.ordered and contract.foresees)
def test_a_world_in_which_the_last_item_tells_nothing_is_learnt(
    name: str, free: Mapping[str, object]
) -> None:
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
    model = MODELS[name].make(**{**free, **MODELS[name].quiet}, users=64)
    model.prepare(TRAINING)
    assert hits_after_training(model, walks, steps=300) > 0.9
