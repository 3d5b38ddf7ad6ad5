"""BERT4Rec's equations once more, one sequence and one position at a time; see slow_sigma.py.

Numbers in brackets are the paper's.
"""

import slow_sigma as slow
import torch
from torch import Tensor


def bidirectional(
    x: list[Tensor], parameters: dict[str, Tensor], heads: int, rotary: bool, norm: str
) -> list[Tensor]:
    """(5), (6) A Transformer in which every position sees all, without dropout.

    norm: ``after`` is the paper's LayerNorm(x + f(x)), ``before`` x + f(LayerNorm(x)) with one more
    LayerNorm at the end.
    """
    layers = 1 + max(int(name.split(".")[1]) for name in parameters if name.startswith("blocks."))
    for layer in range(layers):
        own = slow.within(parameters, f"blocks.{layer}")

        def first(row: Tensor, own: dict[str, Tensor] = own) -> Tensor:
            return slow.layer_norm(row, slow.within(own, "attention_norm"))

        def second(row: Tensor, own: dict[str, Tensor] = own) -> Tensor:
            return slow.layer_norm(row, slow.within(own, "feedforward_norm"))

        def feedforward(row: Tensor, own: dict[str, Tensor] = own) -> Tensor:
            wide = slow.gelu(own["feedforward.0.weight"] @ row + own["feedforward.0.bias"])
            return own["feedforward.2.weight"] @ wide + own["feedforward.2.bias"]

        of_attention = slow.within(own, "attention")
        if norm == "after":
            mixed = slow.attention(x, of_attention, heads, rotary, causal=False)
            x = [first(row + add) for row, add in zip(x, mixed, strict=True)]
            x = [second(row + feedforward(row)) for row in x]
        else:
            mixed = slow.attention([first(row) for row in x], of_attention, heads, rotary, False)
            x = [row + add for row, add in zip(x, mixed, strict=True)]
            x = [row + feedforward(second(row)) for row in x]
    if norm == "after":
        return x
    return [slow.layer_norm(row, slow.within(parameters, "norm")) for row in x]


def outputs(
    items: list[int],
    masked: list[bool],
    parameters: dict[str, Tensor],
    heads: int,
    rotary: bool,
    norm: str,
) -> list[Tensor]:
    """What (7) multiplies with the item table, at every position of one sequence."""
    table, mask = parameters["table.embedding.weight"], parameters["mask"]
    embedded = [mask if hidden else table[v] for v, hidden in zip(items, masked, strict=True)]
    x = slow.sequence_input(embedded, slow.within(parameters, "input"))
    x = bidirectional(x, slow.within(parameters, "encoder"), heads, rotary, norm)
    head = slow.within(parameters, "head")
    linear = [slow.gelu(head["linear.weight"] @ row + head["linear.bias"]) for row in x]
    return [slow.layer_norm(row, slow.within(head, "norm")) for row in linear]


def cloze_loss(
    sequences: list[list[int]],
    masks: list[list[bool]],
    parameters: dict[str, Tensor],
    heads: int,
    rotary: bool,
    norm: str,
) -> Tensor:
    """(8) The mean of −log p(v_m | the rest) over all masked positions."""
    table, terms = parameters["table.embedding.weight"], []
    for items, masked in zip(sequences, masks, strict=True):
        hidden = outputs(items, masked, parameters, heads, rotary, norm)
        for t, item in enumerate(items):
            if masked[t]:
                terms.append(slow.next_item_loss([hidden[t]], table, item))
    return torch.stack(terms).mean()
