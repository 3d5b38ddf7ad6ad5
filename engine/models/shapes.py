"""The tensors of a model without the model: their names and shapes, and no memory taken."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.models.registry import Settings, build


class _NothingInPlace(TorchFunctionMode):
    """Leaves out what would fill tensors: on the meta device there is nothing to fill, and torch
    takes seconds to import what it would do so with."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        filled = args[0] if args else kwargs.get("tensor")  # of torch.nn.init by its name
        in_place = name.endswith("_") and not name.endswith("__") and name != "requires_grad_"
        if in_place and isinstance(filled, Tensor):
            return filled
        return func(*args, **kwargs)


def shapes_of(name: str, items: int, settings: Settings, users: int) -> dict[str, list[int]]:
    """The shape of every tensor that ``build`` would make and a checkpoint holds, by name.

    Takes no memory, however large the sizes are. Raises RuntimeError if they are beyond any number.
    """
    with torch.device("meta"), _NothingInPlace():
        model = build(name, items, settings, users)
        return {key: list(tensor.shape) for key, tensor in model.state_dict().items()}
