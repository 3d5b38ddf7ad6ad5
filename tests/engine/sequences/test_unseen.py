"""Negatives are items that a user has not had."""

import torch

from engine.sequences.sequence_set import SequenceSet
from engine.sequences.unseen import UnseenItems

SEQUENCES = SequenceSet(
    torch.tensor([1, 2, 3, 2, 5, 4, 1, 2, 3, 4]), torch.tensor([0, 5, 6, 10]), 5
)


def test_what_a_user_has_had_is_known_exactly() -> None:
    unseen = UnseenItems(SEQUENCES)
    had = {(0, 1), (0, 2), (0, 3), (0, 5), (1, 4), (2, 1), (2, 2), (2, 3), (2, 4)}
    for user in range(3):
        items = torch.arange(1, 6)
        found = unseen.had(torch.full((5,), user), items)
        assert found.tolist() == [(user, item) in had for item in range(1, 6)]


def test_every_item_that_a_user_has_not_had_is_drawn_alike_and_no_other() -> None:
    torch.manual_seed(0)
    drawn = UnseenItems(SEQUENCES).draw(torch.arange(3).repeat_interleave(4000)).view(3, 4000)
    assert set(drawn[0].tolist()) == {4}
    assert set(drawn[2].tolist()) == {5}
    shares = torch.bincount(drawn[1], minlength=6)[1:] / 4000
    torch.testing.assert_close(
        shares, torch.tensor([0.25, 0.25, 0.25, 0.0, 0.25]), atol=0.03, rtol=0
    )


def test_users_are_found_by_the_places_of_their_items() -> None:
    assert SEQUENCES.users_at(torch.tensor([0, 4, 5, 6, 9])).tolist() == [0, 0, 1, 2, 2]


def test_the_training_part_of_the_sequences_ends_before_what_is_held_out() -> None:
    training = SEQUENCES.training()
    assert training.items.tolist() == [1, 2, 3, 4, 1, 2]  # one item alone has nothing held out
    assert training.offsets.tolist() == [0, 3, 4, 6] and training.catalogue == 5
