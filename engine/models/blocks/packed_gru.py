"""A GRU over packed sequences, forward and backward written out.

torch's own records some twenty small operations a step and computes the gradients of the weights
step by step. Here a step is one matrix product and a few operations in place, and the gradients of
the weights are one product over all steps.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from engine.models.blocks.precision import product_dtype


class _PackedGRU(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        sizes: list[int],
        input_weight: Tensor,
        state_weight: Tensor,
        input_bias: Tensor,
        state_bias: Tensor,
    ) -> Tensor:
        dim = state_weight.shape[1]
        dtype = product_dtype(inputs)
        with torch.autocast(inputs.device.type, enabled=False):
            x, of_input, of_state = (t.to(dtype) for t in (inputs, input_weight, state_weight))
            # Reset, update and new gate of every item, [N, 3D]; each step adds the state's part.
            gates = (x @ of_input.T).to(inputs.dtype) + input_bias
            gates[:, : 2 * dim] += state_bias[: 2 * dim]
            from_state = inputs.new_empty(len(inputs), dim)  # W_hn h + b_hn, before the reset gate
            states = torch.empty_like(from_state)
            state = inputs.new_zeros(sizes[0], dim)
            start = 0
            for size in sizes:
                here = slice(start, start + size)
                state = state[:size]
                both, new = gates[here, : 2 * dim], gates[here, 2 * dim :]
                if start == 0:
                    both.sigmoid_()
                    from_state[here] = state_bias[2 * dim :]
                else:
                    product = (state.to(dtype) @ of_state.T).to(inputs.dtype)
                    both.add_(product[:, : 2 * dim]).sigmoid_()
                    torch.add(product[:, 2 * dim :], state_bias[2 * dim :], out=from_state[here])
                new.addcmul_(gates[here, :dim], from_state[here]).tanh_()
                # (1 − update) ⊙ new + update ⊙ state
                state = torch.lerp(new, state, gates[here, dim : 2 * dim], out=states[here])
                start += size
        ctx.save_for_backward(x, of_input, of_state, gates, from_state, states)
        ctx.sizes = sizes
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, of_input, of_state, gates, from_state, states = ctx.saved_tensors
        sizes: list[int] = ctx.sizes
        dtype, dim = x.dtype, grad.shape[1]
        before_gates = torch.empty_like(gates)  # gradient where the input enters, [N, 3D]
        before_state = torch.empty_like(gates)  # gradient where the state enters
        previous = torch.zeros_like(states)
        carried: Tensor | None = None  # gradient of the state from the steps after
        stop = len(x)
        for step in range(len(sizes) - 1, -1, -1):
            size = sizes[step]
            here = slice(stop - size, stop)
            stop -= size
            pull = grad[here].clone()
            if carried is not None:
                pull[: len(carried)] += carried
            reset, update, new = gates[here].chunk(3, dim=1)
            to_reset, to_update, to_new = before_gates[here].chunk(3, dim=1)
            through = pull * update
            torch.sub(pull, through, out=to_new)
            to_new.addcmul_(to_new * new, new, value=-1)  # tanh' = 1 − new²
            if step > 0:
                previous[here] = states[stop - sizes[step - 1] : stop - sizes[step - 1] + size]
            change = previous[here] - new
            torch.mul(through, change, out=to_update)
            to_update.addcmul_(to_update, update, value=-1)
            torch.mul(to_new, from_state[here], out=to_reset)
            to_reset.mul_(reset).addcmul_(to_reset, reset, value=-1)
            entering = before_state[here]
            entering[:, : 2 * dim] = before_gates[here, : 2 * dim]
            torch.mul(to_new, reset, out=entering[:, 2 * dim :])
            if step > 0:
                carried = through.add_((entering.to(dtype) @ of_state).to(grad.dtype))
        gates_pull, state_pull = before_gates.to(dtype), before_state.to(dtype)
        return (
            (gates_pull @ of_input).to(grad.dtype),
            None,
            (gates_pull.T @ x).to(grad.dtype),
            (state_pull.T @ previous.to(dtype)).to(grad.dtype),
            before_gates.sum(dim=0),
            before_state.sum(dim=0),
        )


def packed_gru(
    inputs: Tensor,
    sizes: list[int],
    input_weight: Tensor,
    state_weight: Tensor,
    input_bias: Tensor,
    state_bias: Tensor,
) -> Tensor:
    """States after every item, from zero states (Cho et al. 2014; gates in torch's order).

    inputs: [N, I], packed: all first items, all second items, …; sizes: how many of each, falling.
    The weights are nn.GRU's of one layer: [3D, I], [3D, D], [3D], [3D]. Returns [N, D], packed.
    """
    # torch declares Function.apply without annotations
    states: Tensor = _PackedGRU.apply(  # type: ignore[no-untyped-call]
        inputs, sizes, input_weight, state_weight, input_bias, state_bias
    )
    return states
