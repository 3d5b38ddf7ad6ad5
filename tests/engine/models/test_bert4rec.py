"""BERT4Rec: what is masked, what that costs, and what the model is asked."""

from typing import Any

import pytest
import slow_bert4rec
import slow_sigma as slow
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from windows import batch_of

from engine.models.baselines.bert4rec import (
    BERT4Rec,
    BERT4RecSettings,
    drawn_masks,
    with_last_target,
)
from engine.models.blocks import item_table
from engine.models.protocol import right_padded
from engine.sequences.batch import Batch

ITEMS, LONGEST = 9, 6

both_forms = pytest.mark.parametrize(
    "form", [{"positions": "right", "norm": "after"}, {"positions": "rotary", "norm": "before"}]
)


def model_of(**free: Any) -> BERT4Rec:
    """Without dropout, in float64, with parameters all far from special values."""
    torch.manual_seed(0)
    sizes = {"dim": 8, "heads": 2, "max_length": LONGEST, "dropout": 0.0}
    model = BERT4Rec(ITEMS, BERT4RecSettings(**{**sizes, **free})).double()
    for name, parameter in model.named_parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
        if name == "table.embedding.weight":
            parameter.data[0] = 0.0
    return model


ROWS = [[1, 2, 3, 4, 5, 6, 7], [8, 9], [3, 1, 4, 1, 5]]


@both_forms
def test_the_loss_is_that_of_loops_over_masked_positions(form: dict[str, Any]) -> None:
    model = model_of(**form, mask_share=0.4)
    lengths = torch.tensor([len(row) for row in ROWS])
    torch.manual_seed(3)
    masks = drawn_masks(lengths, LONGEST + 1, model.settings)
    torch.manual_seed(3)
    loss = model.losses(batch_of(ROWS))["loss"]
    loss.backward()
    parameters = slow.as_float64(model)
    listed = [mask[: len(row)].tolist() for mask, row in zip(masks, ROWS, strict=True)]
    rotary = form["positions"] == "rotary"
    expected = slow_bert4rec.cloze_loss(ROWS, listed, parameters, 2, rotary, form["norm"])
    expected.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-6)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(
            parameter.grad, parameters[name].grad, rtol=1e-5, atol=1e-6, msg=name
        )


@both_forms
def test_scores_are_those_of_a_mask_after_the_sequence(form: dict[str, Any]) -> None:
    model = model_of(**form)
    found = model.scores(*right_padded(ROWS, LONGEST))
    parameters = slow.as_float64(model)
    for b, row in enumerate(ROWS):
        kept = row[-LONGEST:]
        masked = [False] * len(kept) + [True]
        out = slow_bert4rec.outputs(
            [*kept, 0], masked, parameters, 2, form["positions"] == "rotary", form["norm"]
        )
        expected = parameters["table.embedding.weight"] @ out[-1]
        torch.testing.assert_close(found[b, 1:], expected[1:], rtol=1e-5, atol=1e-6)


def test_the_mask_is_no_item_and_has_a_position_beside_the_longest_sequence() -> None:
    model = model_of(positions="right")
    assert model.table.weight.shape == (ITEMS + 1, 8)
    assert model.input.position is not None
    assert model.input.position.weight.shape == (LONGEST + 1, 8)
    model.scores(*right_padded([list(range(1, LONGEST + 1))], LONGEST)).nan_to_num(
        neginf=0.0
    ).square().sum().backward()
    gradient = model.input.position.weight.grad
    assert gradient is not None and gradient.abs().sum(dim=1).bool().all()


def test_a_window_is_its_inputs_with_the_last_target() -> None:
    items, lengths = with_last_target(batch_of(ROWS))
    assert lengths.tolist() == [7, 2, 5]
    assert [row[:n].tolist() for row, n in zip(items, lengths, strict=True)] == ROWS
    assert not items[1, 2:].any() and not items[2, 5:].any()


def test_a_window_without_a_last_target_stays_as_it_is() -> None:
    items, lengths = right_padded([[1, 2, 3], [4, 5]], LONGEST)
    whole, whole_lengths = with_last_target(
        Batch(items, lengths, torch.tensor([[2, 3, 0], [5, 6, 0]]))
    )
    assert whole.tolist() == [[1, 2, 3, 0], [4, 5, 6, 0]] and whole_lengths.tolist() == [3, 3]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.sampled_from([0.0, 0.2, 1.0]),
    st.sampled_from([0.0, 0.5, 1.0]),
)
def test_every_sequence_has_a_mask_and_padding_never(
    lengths: list[int], mask_share: float, last_share: float
) -> None:
    settings = BERT4RecSettings(mask_share=mask_share, last_share=last_share)
    masked = drawn_masks(torch.tensor(lengths), max(lengths) + 1, settings)
    for row, length in zip(masked.tolist(), lengths, strict=True):
        assert any(row[:length]) and not any(row[length:])
        if last_share == 1.0:
            assert row[:length] == [False] * (length - 1) + [True]
        elif mask_share == 1.0 and last_share == 0.0:
            assert all(row[:length])
        elif mask_share == 0.0:
            assert sum(row) == 1


def test_masks_fall_everywhere_and_as_often_as_asked() -> None:
    torch.manual_seed(0)
    lengths = torch.full((20_000,), 10)
    masked = drawn_masks(lengths, 10, BERT4RecSettings(mask_share=0.2, last_share=0.0))
    # Where chance leaves a sequence without a mask, one of ten: .2 + .8¹⁰ / 10 of each position.
    torch.testing.assert_close(
        masked.double().mean(dim=0), torch.full((10,), 0.2107).double(), rtol=0.0, atol=0.012
    )
    masked = drawn_masks(lengths, 10, BERT4RecSettings(mask_share=0.2, last_share=0.25))
    alone = (masked.sum(dim=1) == 1) & masked[:, -1]
    by_chance = 0.75 * (0.2 * 0.8**9 + 0.8**10 / 10)
    assert alone.double().mean().item() == pytest.approx(0.25 + by_chance, abs=0.012)
    assert masked[:, :-1].double().mean().item() == pytest.approx(0.75 * 0.2107, abs=0.006)


def test_what_stands_under_a_mask_is_not_seen() -> None:
    model = model_of(last_share=1.0)
    items, lengths = right_padded([[1, 2, 3]], LONGEST)
    hidden = []
    for target in (4, 7):
        torch.manual_seed(0)
        whole, whole_lengths = with_last_target(
            Batch(items, lengths, torch.tensor([[2, 3, target]]))
        )
        masked = drawn_masks(whole_lengths, 4, model.settings)
        hidden.append(model._embedded(whole, masked, whole_lengths))
    assert torch.equal(hidden[0], hidden[1])


def test_with_the_last_item_masked_training_asks_what_evaluation_asks() -> None:
    model = model_of(last_share=1.0)
    scores = model.scores(*right_padded([[1, 2, 3]], LONGEST))
    loss = model.losses(batch_of([[1, 2, 3, 4]]))["loss"]
    torch.testing.assert_close(loss, -scores.log_softmax(dim=1)[0, 4])


def test_a_sampled_softmax_touches_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_table, "SPARSE_FROM", 1)
    model = model_of(negatives=2)
    model.losses(batch_of([[1, 2, 3]]))["loss"].backward()
    gradient = model.table.weight.grad
    assert gradient is not None and gradient.is_sparse
    assert model.sparse_tables() == [model.table]
