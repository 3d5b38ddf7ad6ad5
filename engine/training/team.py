"""The processes that train one model together, started by torchrun; or one process alone.

Every process holds the whole model and a share of the batches and of the evaluated users. Only the
first one, the leader, writes.
"""

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from engine.errors import TrainingError


@dataclass(frozen=True)
class Team:
    """rank: 0..size-1, 0 leads. control: the group for what is small and lies on the CPU, so that a
    GPU is not waited for; None where one process is alone."""

    rank: int = 0
    size: int = 1
    control: dist.ProcessGroup | None = None

    @classmethod
    def joined(cls, device: torch.device) -> "Team":
        """The team that torchrun's environment describes; alone where there is none.

        Raises TrainingError if torch has no way to let processes on that device speak.
        """
        if "RANK" not in os.environ or not dist.is_available():
            return cls()
        backend = "nccl" if device.type == "cuda" else "gloo"
        try:
            if device.type == "cuda":
                torch.cuda.set_device(device)
            dist.init_process_group(backend)
            return cls(dist.get_rank(), dist.get_world_size(), dist.new_group(backend="gloo"))
        except (RuntimeError, ValueError) as error:
            raise TrainingError(
                f"the processes could not be joined over {backend}: {str(error).splitlines()[0]}"
            ) from None

    def leave(self) -> None:
        """Ends the connection, once every process has come here."""
        if self.size > 1:
            dist.destroy_process_group()

    @property
    def leads(self) -> bool:
        """Whether this process writes for all."""
        return self.rank == 0

    def share(self, of: Tensor) -> Tensor:
        """Every size-th row, from the rank on: together the shares are the whole, once."""
        return of[self.rank :: self.size]

    def summed(self, values: Tensor) -> Tensor:
        """The sum over all processes, on the CPU. All must call it, with equal shapes."""
        values = values.cpu()
        if self.size > 1:
            dist.all_reduce(values, group=self.control)
        return values

    def agreed(self, flag: bool) -> bool:
        """Whether the flag is set in any process. All must call it."""
        return flag if self.size == 1 else bool(self.summed(torch.tensor(float(flag))) > 0)
