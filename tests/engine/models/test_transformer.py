"""The causal Transformer, its input and its two kinds of positions."""

import pytest
import slow_sigma as slow
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.models.blocks.rotary import rotate
from engine.models.blocks.transformer import CausalTransformer, Positions, SequenceInput

DIM, HEADS = 8, 2


def transformer(
    positions: Positions, layers: int = 2, dropout: float = 0.0, seed: int = 0
) -> CausalTransformer:
    """In evaluation, in float64, with parameters all far from special values."""
    torch.manual_seed(seed)
    made = CausalTransformer(DIM, layers, HEADS, 2, positions, dropout).double().eval()
    for parameter in made.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return made


def vectors(*size: int, seed: int = 1) -> Tensor:
    torch.manual_seed(seed)
    return torch.randn(*size, DIM, dtype=torch.float64)


@pytest.mark.parametrize("positions", ["right", "rotary"])
@pytest.mark.parametrize("layers", [1, 2])
def test_it_equals_loops_over_users_positions_and_heads(positions: Positions, layers: int) -> None:
    model, x = transformer(positions, layers), vectors(2, 5)
    found = model(x)
    parameters = slow.as_float64(model)
    for b in range(2):
        expected = slow.transformer(list(x[b]), parameters, HEADS, positions == "rotary")
        torch.testing.assert_close(found[b], torch.stack(expected), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("positions", ["right", "rotary"])
def test_its_gradients_equal_those_of_the_loops(positions: Positions) -> None:
    model, x, pull = transformer(positions, 1), vectors(1, 4), vectors(1, 4, seed=2)
    x.requires_grad_()
    same_x = x.detach().clone().requires_grad_()
    (model(x) * pull).sum().backward()
    parameters = slow.as_float64(model)
    out = slow.transformer(list(same_x[0]), parameters, HEADS, positions == "rotary")
    (torch.stack(out) * pull[0]).sum().backward()
    torch.testing.assert_close(x.grad, same_x.grad, rtol=1e-5, atol=1e-5)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(
            parameter.grad, parameters[name].grad, rtol=1e-5, atol=1e-5, msg=name
        )


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**20),
    st.integers(1, 8),
    st.integers(0, 7),
    st.sampled_from(["right", "rotary"]),
)
def test_a_position_sees_itself_and_the_past_alone(
    seed: int, length: int, place: int, positions: Positions
) -> None:
    place = min(place, length - 1)
    model, x = transformer(positions, seed=seed), vectors(1, length, seed=seed + 1)
    other = x.clone()
    other[0, place] = 5 * torch.randn(DIM, dtype=torch.float64)
    before, after = model(x), model(other)
    torch.testing.assert_close(before[0, :place], after[0, :place], rtol=1e-10, atol=1e-10)
    changed = (before - after)[0, place:].abs().amax(dim=-1)
    assert (changed > 1e-9).all(), "and of the past it sees all"


@pytest.mark.parametrize("positions", ["right", "rotary"])
def test_a_prefix_alone_gives_what_it_gives_inside_a_longer_sequence(positions: Positions) -> None:
    """The stack itself is prefix exact in both forms; it is the input that may not be."""
    model, x = transformer(positions), vectors(1, 7)
    whole = model(x)
    for t in range(1, 8):
        torch.testing.assert_close(model(x[:, :t]), whole[:, :t], rtol=1e-10, atol=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**20), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_rotary_scores_depend_on_the_distance_alone(
    seed: int, first: int, second: int, shift: int
) -> None:
    torch.manual_seed(seed)
    query, key = torch.randn(2, 6, dtype=torch.float64)
    steps = max(first, second) + shift + 1
    turned_query = rotate(query.expand(1, 1, steps, 6))[0, 0]
    turned_key = rotate(key.expand(1, 1, steps, 6))[0, 0]
    here = turned_query[first] @ turned_key[second]
    later = turned_query[first + shift] @ turned_key[second + shift]
    torch.testing.assert_close(here, later, rtol=1e-5, atol=1e-5)
    for j in (first, second):
        torch.testing.assert_close(turned_query[j], slow.rotated(query, j), rtol=1e-5, atol=1e-5)


def test_rotation_keeps_lengths_and_tells_distances_apart() -> None:
    torch.manual_seed(0)
    vector = torch.randn(6, dtype=torch.float64)
    turned = rotate(vector.expand(1, 1, 50, 6))[0, 0]
    torch.testing.assert_close(turned.norm(dim=-1), vector.norm().expand(50))
    torch.testing.assert_close(turned[0], vector)
    scores = (turned @ turned[0]).tolist()
    assert max(scores[1:]) < scores[0]
    assert len({round(score, 9) for score in scores}) == 50


def test_without_positions_the_order_of_the_past_is_lost_and_rotary_keeps_it() -> None:
    x = vectors(1, 5)
    shuffled = x[:, [2, 0, 3, 1, 4]]
    for positions, same in (("right", True), ("rotary", False)):
        model = transformer(positions, layers=1)
        last, of_shuffled = model(x)[0, -1], model(shuffled)[0, -1]
        assert torch.allclose(last, of_shuffled) == same


@pytest.mark.parametrize("positions", ["right", "rotary"])
def test_the_input_is_a_norm_of_item_and_position_counted_from_the_right(
    positions: Positions,
) -> None:
    torch.manual_seed(0)
    model = SequenceInput(DIM, 6, positions, dropout=0.0).double()
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    items, lengths = vectors(3, 6), torch.tensor([6, 1, 4])
    found = model(items, lengths)
    parameters = slow.as_float64(model)
    assert ("position.weight" in parameters) == (positions == "right")
    for b, length in enumerate(lengths.tolist()):
        expected = slow.sequence_input(list(items[b, :length]), parameters)
        torch.testing.assert_close(found[b, :length], torch.stack(expected))


def test_counted_from_the_right_the_last_item_always_has_the_last_position() -> None:
    torch.manual_seed(0)
    model = SequenceInput(DIM, 6, "right", dropout=0.0)
    item = torch.randn(DIM)
    at_the_end = [
        model(item.expand(1, length, DIM), torch.tensor([length]))[0, -1] for length in range(1, 7)
    ]
    for vector in at_the_end[1:]:
        torch.testing.assert_close(vector, at_the_end[0])
    three = model(item.expand(1, 3, DIM), torch.tensor([3]))
    four = model(item.expand(1, 4, DIM), torch.tensor([4]))
    torch.testing.assert_close(three[0], four[0, 1:])
    assert not torch.allclose(three[0], four[0, :3]), "an item more shifts every position"


def test_padding_gives_positions_no_gradient() -> None:
    torch.manual_seed(0)
    model = SequenceInput(DIM, 6, "right", dropout=0.0)
    out = model(torch.randn(1, 6, DIM), torch.tensor([2]))
    (out[0, :2] * torch.randn(2, DIM)).sum().backward()
    assert model.position is not None and model.position.weight.grad is not None
    rows = model.position.weight.grad.abs().sum(dim=-1) > 0
    assert rows.tolist() == [True, True, False, False, False, False]


@pytest.mark.parametrize("positions", ["right", "rotary"])
def test_dropout_acts_in_training_and_never_in_evaluation(positions: Positions) -> None:
    model, x = transformer(positions, dropout=0.5), vectors(2, 5)
    assert torch.equal(model(x), model(x))
    model.train()
    assert not torch.allclose(model(x), model(x))


def test_outputs_start_near_one_in_size() -> None:
    torch.manual_seed(0)
    out = CausalTransformer(64, 2, 4, 4, "rotary", 0.0)(torch.randn(3, 9, 64))
    torch.testing.assert_close(out.square().mean(dim=-1), torch.ones(3, 9), rtol=0.01, atol=0.01)


@pytest.mark.parametrize("positions", ["right", "rotary"])
def test_autocast_to_half_precision_stays_near_the_exact_output(positions: Positions) -> None:
    model, x = transformer(positions).float(), vectors(2, 30).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = model(x)
    torch.testing.assert_close(found.float(), model(x), rtol=0.1, atol=0.1)


def test_a_share_of_the_items_is_hidden_in_training_alone() -> None:
    torch.manual_seed(0)
    made = SequenceInput(8, 50, "rotary", dropout=0.0, hidden=0.3)
    embedded = torch.randn(40, 50, 8)
    lengths = torch.full((40,), 50)
    shown = made.train()(embedded, lengths)
    whole = made.eval()(embedded, lengths)
    hidden = (shown == made.norm.bias).all(dim=-1)
    assert hidden.double().mean().item() == pytest.approx(0.3, abs=0.03)
    torch.testing.assert_close(shown[~hidden], whole[~hidden])
    assert not (whole == made.norm.bias).all(dim=-1).any()
