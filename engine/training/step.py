"""One step of training: loss, gradients, clipping, Adam."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from engine.models.protocol import Recommender
from engine.sequences.batch import Batch
from engine.training.device import product_precision, products_in
from engine.training.settings import TrainingSettings
from engine.training.team import Team


class _Losses(nn.Module):
    """A model's losses as a forward pass, which DistributedDataParallel can wrap."""

    def __init__(self, model: Recommender) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        return self.model.losses(batch)


class TrainingStep:
    """Holds a model's optimisers; calling it trains on a batch.

    team: averages the gradients over its processes, each with a batch of its own.

    Tables whose gradient is sparse, a few rows a step, get an Adam of their own that touches those
    rows alone: of a million items a batch sees some thousand.
    """

    def __init__(
        self, model: Recommender, settings: TrainingSettings, team: Team | None = None
    ) -> None:
        self.model = model
        self._losses: nn.Module = _Losses(model)
        if team is not None and team.size > 1:
            for table in model.sparse_tables():
                table.embedding.sparse = False  # NCCL adds up dense gradients alone
            self._losses = DistributedDataParallel(self._losses)
        device = next(model.parameters()).device
        self.device = device
        self.precision = product_precision(settings.precision, device)
        self.gradient_clip = settings.gradient_clip
        sparse = [table.weight for table in model.sparse_tables()]
        self._lazily = {id(weight) for weight in sparse}
        dense = [weight for weight in model.parameters() if id(weight) not in self._lazily]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(
                dense,
                lr=settings.learning_rate,
                weight_decay=settings.weight_decay,
                fused=device.type in ("cpu", "cuda"),
            )
        ]
        if sparse:
            self.optimizers.append(torch.optim.SparseAdam(sparse, lr=settings.learning_rate))

    def state_of(self, parameter: torch.nn.Parameter) -> dict[str, Any]:
        """What the parameter's optimiser remembers of it: Adam's moments and step."""
        state: dict[str, Any] = self._optimizer_of(parameter).state.get(parameter, {})
        return state

    def restore(self, parameter: torch.nn.Parameter, state: dict[str, Any]) -> None:
        """Puts back what ``state_of`` gave."""
        self._optimizer_of(parameter).state[parameter] = state

    def _optimizer_of(self, parameter: torch.nn.Parameter) -> torch.optim.Optimizer:
        return self.optimizers[1 if id(parameter) in self._lazily else 0]

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        """Trains on a batch; returns the parts of its loss, see ``Recommender.losses``."""
        with products_in(self.precision, self.device):
            losses: dict[str, Tensor] = self._losses(batch)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        losses["loss"].backward()  # type: ignore[no-untyped-call]  # torch leaves it unannotated
        self._clip()
        for optimizer in self.optimizers:
            optimizer.step()
        return losses

    def _clip(self) -> None:
        """Bounds the norm of all gradients together; torch's own takes no sparse ones."""
        gradients = []
        for parameter in self.model.parameters():
            if parameter.grad is None:
                continue
            if parameter.grad.is_sparse:
                parameter.grad = parameter.grad.coalesce()
                gradients.append(parameter.grad.values())
            else:
                gradients.append(parameter.grad)
        norm = torch.nn.utils.get_total_norm(gradients)
        scale = (self.gradient_clip / (norm + 1e-6)).clamp(max=1.0)
        torch._foreach_mul_(gradients, scale)
