"""Settings of training, apart from the model's own."""

from dataclasses import dataclass

from engine.sequences.batches import Windows
from engine.training.device import Precision


@dataclass(frozen=True)
class TrainingSettings:
    """How a model is trained.

    epochs: at most, each all data once. patience: epochs without a better validation Recall@20
    before training stops (paper: 100). batch_positions: of a batch, padding included; lower it when
    memory runs out. learning_rate: of Adam (paper: 1e-3). weight_decay: decoupled, as in AdamW.
    gradient_clip: bound on the norm of all gradients together. windows: ``all`` cuts long histories
    into pieces, ``last`` keeps the last items alone; see sequences/batches.py. precision: of matrix
    products, ``auto`` takes bfloat16 where it is native; see device.py. validation_users: of each
    epoch's validation, spread evenly over all; 0 takes everybody. weight_average: share of the
    running average of the weights that a step keeps, see average.py; 0 takes the last weights.
    seed: of weights, noise and order.
    """

    epochs: int = 100
    patience: int = 10
    batch_positions: int = 2560
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    gradient_clip: float = 5.0
    windows: Windows = "all"
    precision: Precision = "auto"
    validation_users: int = 0
    weight_average: float = 0.0
    seed: int = 0


LIMITS: dict[str, tuple[float, float]] = {
    "epochs": (1, 1_000_000),
    "patience": (1, 1_000_000),
    "batch_positions": (2, 1 << 26),
    "learning_rate": (1e-8, 10.0),
    "weight_decay": (0.0, 10.0),
    "gradient_clip": (1e-6, 1e9),
    "weight_average": (0.0, 0.99999),
    "validation_users": (0, 1 << 40),
    "seed": (0, (1 << 31) - 1),
}
"""Values that a training can be started with."""
