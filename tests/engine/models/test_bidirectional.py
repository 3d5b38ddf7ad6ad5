"""The bidirectional Transformer: it sees everything but padding."""

import pytest
import slow_bert4rec
import slow_sigma as slow
import torch
from torch import Tensor

from engine.models.blocks.bidirectional import BidirectionalTransformer, Norm
from engine.models.blocks.transformer import Positions

DIM, HEADS = 8, 2

both_norms = pytest.mark.parametrize("norm", ["before", "after"])
both_positions = pytest.mark.parametrize("positions", ["right", "rotary"])


def transformer(
    positions: Positions, norm: Norm, layers: int = 2, dropout: float = 0.0
) -> BidirectionalTransformer:
    """In evaluation, in float64, with parameters all far from special values."""
    torch.manual_seed(0)
    made = BidirectionalTransformer(DIM, layers, HEADS, 2, positions, dropout, norm)
    for parameter in made.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return made.double().eval()


def vectors(*size: int, seed: int = 1) -> Tensor:
    torch.manual_seed(seed)
    return torch.randn(*size, DIM, dtype=torch.float64)


@both_norms
@both_positions
def test_it_equals_loops_over_sequences_without_padding(positions: Positions, norm: Norm) -> None:
    model, x, lengths = transformer(positions, norm), vectors(3, 5), torch.tensor([5, 1, 3])
    found = model(x, lengths)
    parameters = slow.as_float64(model)
    for b, length in enumerate(lengths.tolist()):
        expected = slow_bert4rec.bidirectional(
            list(x[b, :length]), parameters, HEADS, positions == "rotary", norm
        )
        torch.testing.assert_close(found[b, :length], torch.stack(expected), rtol=1e-5, atol=1e-6)


@both_norms
def test_its_gradients_equal_those_of_the_loops(norm: Norm) -> None:
    model, x, pull = transformer("rotary", norm), vectors(1, 4), vectors(3, seed=2)
    (model(x, torch.tensor([3]))[0, :3] * pull).sum().backward()
    parameters = slow.as_float64(model)
    out = slow_bert4rec.bidirectional(list(x[0, :3]), parameters, HEADS, True, norm)
    (torch.stack(out) * pull).sum().backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(
            parameter.grad, parameters[name].grad, rtol=1e-5, atol=1e-5, msg=name
        )


@both_norms
@both_positions
def test_every_position_sees_every_other(positions: Positions, norm: Norm) -> None:
    model, x, lengths = transformer(positions, norm), vectors(1, 5), torch.tensor([5])
    for place in range(5):
        other = x.clone()
        other[0, place] = vectors(1, seed=7)[0]
        changed = (model(x, lengths) - model(other, lengths))[0].abs().amax(dim=-1)
        assert (changed > 1e-9).all()


@both_norms
@pytest.mark.parametrize("training", [False, True])
def test_nothing_that_stands_at_padding_is_seen(norm: Norm, training: bool) -> None:
    """In training as well, where attention is written out on the CPU."""
    model, x, lengths = transformer("rotary", norm, dropout=0.5), vectors(2, 5), [3, 5]
    model.train(training)
    other = x.clone()
    other[0, 3:] = 1e6
    found = []
    for rows in (x, other):
        torch.manual_seed(0)  # the same units are dropped
        out = model(rows, torch.tensor(lengths))
        found.append(torch.cat((out[0, :3], out[1])))
    torch.testing.assert_close(found[0], found[1])
    assert found[0].isfinite().all()


@both_norms
@both_positions
def test_the_last_position_alone_gives_what_the_whole_pass_gives(
    positions: Positions, norm: Norm
) -> None:
    model, x, lengths = transformer(positions, norm), vectors(3, 6), torch.tensor([6, 1, 4])
    whole = model(x, lengths)[torch.arange(3), lengths - 1]
    torch.testing.assert_close(model.last(x, lengths), whole)


@both_norms
def test_dropout_acts_in_training_and_never_in_evaluation(norm: Norm) -> None:
    model, x, lengths = (
        transformer("rotary", norm, dropout=0.5),
        vectors(2, 5),
        torch.tensor([5, 2]),
    )
    assert torch.equal(model(x, lengths), model(x, lengths))
    model.train()
    assert not torch.allclose(model(x, lengths), model(x, lengths))
