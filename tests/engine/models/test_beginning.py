"""Where SIGMA's items and categories begin."""

import torch
from test_cooccurrence import sequences, two_rooms

from engine.models.blocks import cooccurrence
from engine.models.blocks.item_table import INITIAL_SPREAD
from engine.models.sigma.beginning import STARTS, centres, orthogonal
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma


def test_categories_begin_as_the_groups_of_the_catalogue() -> None:
    torch.manual_seed(0)
    model = Sigma(20, SigmaSettings(dim=16, categories=2, initial="cooccurrence"))
    model.begin(two_rooms())
    category = model.membership()[1:].argmax(dim=1)
    assert len(set(category[:10].tolist())) == len(set(category[10:].tolist())) == 1
    assert category[0] != category[10]
    assert model.interest_extractor.categories.orthogonality().item() < 1e-10
    lengths = model.table.weight[1:].norm(dim=1)
    torch.testing.assert_close(lengths, torch.full((20,), INITIAL_SPREAD * 4.0))
    assert not model.table.weight[0].any()


class EnoughError(Exception):
    """Said instead of a tick."""


def test_whatever_piece_is_the_last_vectors_are_as_before(monkeypatch) -> None:
    monkeypatch.setattr(cooccurrence, "PAIRS_AT_ONCE", 2000)
    torch.manual_seed(0)
    model = Sigma(20, SigmaSettings(dim=16, categories=2, initial="cooccurrence"))
    before = {name: value.clone() for name, value in model.state_dict().items()}

    def only(ticks: int):
        left = iter(range(ticks))

        def tick() -> None:
            if next(left, None) is None:
                raise EnoughError

        return tick

    ticks = 0
    while True:
        try:
            model.begin(two_rooms(), only(ticks))
        except EnoughError:
            ticks += 1
            assert all(
                torch.equal(value, before[name]) for name, value in model.state_dict().items()
            )
        else:
            break
    assert ticks > 30
    assert not torch.equal(model.table.weight, before["table.embedding.weight"])


def test_at_random_nothing_is_touched() -> None:
    torch.manual_seed(0)
    model = Sigma(20, SigmaSettings(dim=16, categories=2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.begin(two_rooms())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_what_nobody_reads_near_another_keeps_its_random_vector() -> None:
    torch.manual_seed(0)
    model = Sigma(5, SigmaSettings(dim=16, categories=4, initial="cooccurrence"))
    before = model.table.weight.clone()
    direction = model.interest_extractor.categories.direction.clone()
    model.begin(sequences([[1, 2], [2, 1], [4], [5, 5]], 5))
    after = model.table.weight
    assert torch.equal(after[3:], before[3:]) and not torch.equal(after[1:3], before[1:3])
    # Two items cannot be grouped into four.
    assert torch.equal(model.interest_extractor.categories.direction, direction)


def test_centres_find_planted_groups_also_where_a_start_takes_two_of_one() -> None:
    generator = torch.Generator().manual_seed(0)
    planted = torch.eye(6)[:4]
    vectors = planted.repeat_interleave(25, dim=0) + 0.05 * torch.randn(100, 6, generator=generator)
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    torch.manual_seed(0)
    ticks: list[None] = []
    found = centres(vectors, 4, lambda: ticks.append(None))
    assert len(ticks) >= 2 * STARTS  # one a round
    nearness = (found @ planted.T).amax(dim=0)
    assert bool((nearness > 0.98).all())


def test_the_nearest_orthonormal_rows_are_orthonormal_and_near() -> None:
    torch.manual_seed(0)
    exact, _ = torch.linalg.qr(torch.randn(9, 4))
    bent = exact.T + 0.05 * torch.randn(4, 9)
    found = orthogonal(bent)
    torch.testing.assert_close(found @ found.T, torch.eye(4), atol=1e-5, rtol=0.0)
    assert bool(((found * exact.T).sum(dim=1) > 0.97).all())
