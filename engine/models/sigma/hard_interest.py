"""Hard interests: a GRU over each category's own subsequence of the history (paper 3.2).

The subsequences of a sequence are disjoint, so one pass over its B·K subsequences, of total length
B·T, gives the state after every item; the interest of category k at prefix t is the state after the
last item of k at or before t. That is linear in T and equal to running the GRU on every prefix and
category by itself (tests/engine/models/test_hard_interest.py). On a CPU the subsequences are
packed, which saves work; on a GPU they are padded, which saves reading their lengths back from it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.models.blocks.packed_gru import packed_gru
from engine.models.blocks.padded_gru import padded_gru


@dataclass(frozen=True)
class Packing:
    """The order in which a GRU reads disjoint subsequences: all first items, all second items, …

    tokens: int64 [N], position in the flattened [B·T] batch of each packed token.
    sizes: of each i, how many subsequences have more than i items.
    """

    tokens: Tensor
    sizes: list[int]


def pack_by_category(category: Tensor, valid: Tensor, categories: int) -> Packing:
    """Packs every (sequence, category) subsequence by tensor operations alone.

    category: int64 [B, T] in 0..K-1; valid: bool [B, T].
    """
    batch, steps = category.shape
    rows = torch.arange(batch, device=category.device)[:, None]
    group_of = (rows * categories + category)[valid]  # [N]
    token_of = torch.arange(batch * steps, device=category.device).view(batch, steps)[valid]
    by_group = torch.argsort(group_of, stable=True)  # keeps time within a group
    group, tokens = group_of[by_group], token_of[by_group]
    sizes = torch.bincount(group, minlength=batch * categories)
    starts = sizes.cumsum(0) - sizes
    place = torch.arange(len(group), device=group.device) - starts[group]  # place within its group
    # Longest subsequence first, as packing needs; then tokens ordered by (place, group's rank).
    longest_first = torch.argsort(sizes, descending=True, stable=True)
    rank = torch.empty_like(longest_first)
    rank[longest_first] = torch.arange(len(rank), device=rank.device)
    packed = torch.argsort(place * len(sizes) + rank[group])
    return Packing(tokens[packed], torch.bincount(place).tolist())


def last_of_category(category: Tensor, valid: Tensor, categories: int) -> Tensor:
    """Where each category was last seen at every prefix: int64 [B, T, K], −1 while it is empty."""
    batch, steps = category.shape
    when = torch.arange(steps, device=category.device)[None, :, None].expand(batch, -1, categories)
    kinds = torch.arange(categories, device=category.device)
    here = (category[..., None] == kinds) & valid[..., None]
    last: Tensor = torch.where(here, when, -1).cummax(dim=1).values
    return last


def packed_states(
    gru: nn.GRU, items: Tensor, category: Tensor, valid: Tensor, categories: int
) -> Tensor:
    """``HardInterest.forward`` by packed subsequences, none of whose work is for padding."""
    batch, steps, dim = items.shape
    packing = pack_by_category(category, valid, categories)
    # No token stands twice, so rows are moved and no gradient has to be added up.
    inputs = items.reshape(-1, dim).index_select(0, packing.tokens)
    states = packed_gru(inputs, packing.sizes, *gru.parameters())
    out = states.new_zeros(batch * steps, dim)
    placed: Tensor = out.index_copy(0, packing.tokens, states)
    return placed.view(batch, steps, dim)


def padded_states(
    gru: nn.GRU, items: Tensor, category: Tensor, valid: Tensor, categories: int
) -> Tensor:
    """``HardInterest.forward`` by B·K subsequences padded to T: nothing is asked of the device."""
    batch, steps, dim = items.shape
    kinds = torch.arange(categories, device=items.device)
    mine = (category[..., None] == kinds) & valid[..., None]
    place = mine.cumsum(dim=1).gather(2, category[..., None])[..., 0] - 1  # in its subsequence
    group = torch.arange(batch, device=items.device)[:, None] * categories + category
    # Padding goes where no state is read: into one more step, which the GRU is not shown.
    cell = torch.where(valid, place * (batch * categories) + group, steps * batch * categories)
    cell = cell.flatten()
    padded = items.new_zeros((steps + 1) * batch * categories, dim)
    padded = padded.index_copy(0, cell, items.reshape(-1, dim))
    states = padded_gru(gru, padded.view(steps + 1, batch * categories, dim)[:steps])
    found = states.flatten(0, 1).index_select(0, cell.clamp(max=steps * batch * categories - 1))
    return (found * valid.flatten()[:, None]).view(batch, steps, dim)


class HardInterest(nn.Module):
    """The state of category k's GRU after each item of its subsequence."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gru = nn.GRU(dim, dim)

    def forward(self, items: Tensor, category: Tensor, valid: Tensor, categories: int) -> Tensor:
        """items: [B, T, D]; category: int64 [B, T]; valid: bool [B, T].

        Returns [B, T, D]: at position j the state after v_j of the subsequence that v_j belongs
        to; zeros at padding.
        """
        states_of = packed_states if items.device.type == "cpu" else padded_states
        return states_of(self.gru, items, category, valid, categories)

    def onward(self, items: Tensor, category: Tensor, begin: Tensor) -> Tensor:
        """States after new items of one sequence, for inference.

        items: [n, D]; category: int64 [n]; begin: the state of each category before them, [K, D],
        zeros where it is empty. Returns [n, D].
        """
        count = len(begin)
        kinds = torch.arange(count, device=items.device)
        mine = category[:, None] == kinds  # [n, K]
        place = (mine.cumsum(dim=0) - 1)[mine]  # of each item in its subsequence
        padded = items.new_zeros(int(place.max()) + 1, count, items.shape[1])
        padded[place, category] = items
        states: Tensor = self.gru(padded, begin[None])[0]
        return states[place, category]
