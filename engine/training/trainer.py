"""The training loop: steps, validation, early stop, states to go on from."""

import math
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor

from engine.errors import TrainingError
from engine.evaluation.evaluate import accuracy, held_out_ranks
from engine.library.contents import Interactions
from engine.models.protocol import Recommender
from engine.models.registry import Settings
from engine.sequences.batch import Batch
from engine.sequences.batches import TrainingBatches
from engine.sequences.sequence_set import SequenceSet
from engine.training.average import WeightAverage
from engine.training.beginning import begin
from engine.training.checkpoint import save_checkpoint
from engine.training.memory import peak_memory
from engine.training.progress import SECONDS_BETWEEN_STEPS, EpochLog, Listener
from engine.training.runs import MODEL, STATE
from engine.training.settings import TrainingSettings
from engine.training.state import Position, load_state, save_state
from engine.training.step import TrainingStep
from engine.training.team import Team

SELECTION = "recall@20"
DIAGNOSED_USERS = 512
"""Users whose sequences the diagnostics of an epoch are computed on, spread over all lengths."""


class Trainer:
    """One training of one model in one run directory.

    tell: told every event. should_stop: asked after every step, and before the first one while it
    is found where the model begins. team: the processes that train together; they share batches
    and validation, a batch's positions among them, and the leader writes.

    Raises CancelledError if it is to stop before the model has begun: then there is nothing to keep
    yet, and a training that goes on begins with the same seed. Raises TrainingError if memory runs
    out in that.
    """

    def __init__(
        self,
        run: Path,
        model: Recommender,
        model_name: str,
        model_settings: Settings,
        settings: TrainingSettings,
        interactions: Interactions,
        device: torch.device,
        tell: Listener,
        should_stop: Callable[[], bool],
        team: Team | None = None,
    ) -> None:
        self.run = run
        self.model = model.to(device)
        self.model_name = model_name
        self.model_settings = model_settings
        self.settings = settings
        self.interactions = interactions
        self.device = device
        self.tell = tell
        self.should_stop = should_stop
        self.team = team or Team()
        self.sequences = SequenceSet.of(interactions, device)
        self.batches = TrainingBatches(
            self.sequences,
            max_length=model.max_length,
            positions=max(2, settings.batch_positions // self.team.size),
            windows=settings.windows,
            seed=settings.seed,
        )
        training = self.sequences.training()
        self.model.prepare(training)
        begun = True
        if self.team.leads and not (run / STATE).is_file():
            begun = begin(self.model, training, tell, should_stop)
        if self.team.agreed(not begun):
            raise CancelledError
        # The others of a team are given the leader's parameters.
        self.step = TrainingStep(self.model, settings, self.team)
        self.average = WeightAverage(self.model, settings.weight_average)
        self.position = Position()
        self._sums: dict[str, Tensor] = {}

    def resume(self) -> None:
        """Goes on where the run's saved state ends, if it has one."""
        path = self.run / STATE
        if path.is_file():
            self.position, self._sums = load_state(
                path, self.model, self.step, self.average, self.interactions.fingerprint
            )
        if self.position.processes != self.team.size:
            # Batches are dealt out in another way: the epoch under way begins again.
            self.position.processes = self.team.size
            self.position.step, self.position.epoch_seconds, self._sums = 0, 0.0, {}
        if not self.team.leads:  # the leader's noise is in the state; everybody has its own
            seed = (self.settings.seed, self.team.rank, self.position.epoch, self.position.step)
            torch.manual_seed(hash(seed) & ((1 << 63) - 1))

    def train(self) -> bool:
        """Trains until the last epoch, the early stop, or ``should_stop``; True if it is finished.

        Raises TrainingError if the loss is not a number, and RuntimeError if memory runs out.
        """
        position, settings = self.position, self.settings
        while position.epoch <= settings.epochs and position.waited < settings.patience:
            if not self._epoch():
                self._save_state()
                return False
        return True

    def _epoch(self) -> bool:
        position = self.position
        epoch_batches = self.batches.epoch(
            position.epoch - 1, share=self.team.rank, shares=self.team.size
        )
        if not len(epoch_batches):
            raise TrainingError(
                "the dataset has nothing to train on: no user has two items beside the held-out "
                "ones. Import it with looser rules."
            )
        epoch_log = EpochLog(self._sums, position.step)
        windows = epoch_batches.windows * self.team.size
        before = position.epoch_seconds
        started = told = time.perf_counter()
        self.model.train()
        for batch in epoch_batches.since(position.step):
            self._step(batch, epoch_log)
            position.step += 1
            now = time.perf_counter()
            if now - told >= SECONDS_BETWEEN_STEPS:
                told = now
                self._check_finite(epoch_log)
                done = position.step / len(epoch_batches)
                spent = before + now - started
                self.tell(
                    {
                        "event": "step",
                        "epoch": position.epoch,
                        "step": position.step,
                        "steps": len(epoch_batches),
                        "loss": epoch_log.means()["loss"],
                        "sequences_per_second": done * windows / spent,
                        "memory": peak_memory(self.device),
                    }
                )
            if self.team.agreed(self.should_stop()):
                self._check_all(epoch_log)
                position.epoch_seconds = before + now - started
                return False
        self._check_all(epoch_log)
        training_seconds = before + time.perf_counter() - started
        self._finish_epoch(epoch_log, training_seconds, windows)
        return True

    def _step(self, batch: Batch, epoch_log: EpochLog) -> None:
        losses = self.step(batch)
        self.average.update()
        for name, value in losses.items():
            seen = epoch_log.sums.get(name)
            value = value.detach().double() if self.device.type != "mps" else value.detach()
            epoch_log.sums[name] = value if seen is None else seen + value
        # Once a sum is not a number it stays so; counting on the device waits for nothing.
        finite = torch.isfinite(epoch_log.sums["loss"]).long()
        epoch_log.finite = finite if epoch_log.finite is None else epoch_log.finite + finite
        epoch_log.steps += 1
        epoch_log.counted += 1

    def _check_finite(self, epoch_log: EpochLog) -> None:
        """Raises TrainingError if the loss of any step was not a number."""
        if not math.isfinite(float(epoch_log.sums["loss"])):
            begun = epoch_log.steps - epoch_log.counted
            self._diverged("the loss", begun + int(epoch_log.finite) + 1)

    def _check_all(self, epoch_log: EpochLog) -> None:
        """Raises TrainingError unless the loss and what the last step made of the weights are
        numbers: another state is none to go on from, and must not take the place of a good one."""
        self._check_finite(epoch_log)
        if not all(bool(torch.isfinite(weights).all()) for weights in self.model.parameters()):
            self._diverged("a weight", self.position.step)

    def _diverged(self, what: str, step: int) -> NoReturn:
        position, settings = self.position, self.settings
        kept = f"up to epoch {position.epoch - 1}" if position.epoch > 1 else "as it began"
        raise TrainingError(
            f"{what} became infinite or not a number in epoch {position.epoch} at step {step}. "
            f"The run is kept {kept}. Lower learning_rate (now {settings.learning_rate:g}) or "
            f"gradient_clip (now {settings.gradient_clip:g}) in a new run, for example with "
            f"--set learning_rate={settings.learning_rate / 4:g}."
        )

    def _finish_epoch(self, epoch_log: EpochLog, seconds: float, windows: int) -> None:
        position = self.position
        started = time.perf_counter()
        with self.average.in_use():
            valid = self._validate()
            diagnostics = self._diagnostics() if self.team.leads else {}
            better = valid[SELECTION] > position.best
            if better:
                position.best, position.best_epoch = valid[SELECTION], position.epoch
            if better and self.team.leads:
                self._save_checkpoint(valid)
        position.waited = 0 if better else position.waited + 1
        position.seconds += seconds
        self.tell(
            {
                "event": "epoch",
                "epoch": position.epoch,
                "losses": epoch_log.means(),
                "diagnostics": diagnostics,
                "valid": valid,
                "best": better,
                "seconds": seconds,
                "seconds_validating": time.perf_counter() - started,
                "sequences_per_second": windows / seconds,
                "memory": peak_memory(self.device),
            }
        )
        position.epoch, position.step, position.epoch_seconds = position.epoch + 1, 0, 0.0
        self._sums = {}
        self._save_state()

    def _save_checkpoint(self, valid: dict[str, float]) -> None:
        save_checkpoint(
            self.run / MODEL,
            self.model,
            model_name=self.model_name,
            settings=self.model_settings,
            item_labels=self.interactions.item_labels,
            dataset=self.interactions.name,
            fingerprint=self.interactions.fingerprint,
            metrics=valid,
            epoch=self.position.epoch,
        )

    def _validate(self) -> dict[str, float]:
        """Accuracy over the validation's users, each ranked by one process of the team."""
        users = self.sequences.evaluated()
        most = self.settings.validation_users or len(users)
        if most < len(users):
            users = users[torch.linspace(0, len(users) - 1, most, device=users.device).long()]
        ranks = torch.zeros(len(users), dtype=torch.float64)
        mine = self.team.share(users)
        if len(mine):
            self.team.share(ranks)[:] = held_out_ranks(self.model, self.sequences, "valid", mine)
        return accuracy(self.team.summed(ranks))

    def _diagnostics(self) -> dict[str, float]:
        users = self.sequences.evaluated()
        users = users[torch.linspace(0, len(users) - 1, min(len(users), DIAGNOSED_USERS)).long()]
        users = users[self.sequences.lengths[users].argsort(stable=True)]
        sums: dict[str, float] = {}
        chunks = torch.split(users, 64)
        with torch.inference_mode():
            for chunk in chunks:
                asked = self.sequences.questions(chunk, "valid", self.model.max_length)
                targets = torch.zeros_like(asked.items)
                targets[:, :-1] = asked.items[:, 1:]
                targets[torch.arange(len(chunk)), asked.lengths - 1] = asked.targets
                batch = Batch(asked.items, asked.lengths, targets)
                for name, value in self.model.diagnostics(batch).items():
                    sums[name] = sums.get(name, 0.0) + float(value)
        return {name: total / len(chunks) for name, total in sums.items()}

    def _save_state(self) -> None:
        if not self.team.leads:
            return
        save_state(
            self.run / STATE,
            self.model,
            self.step,
            self.average,
            self.position,
            self._sums,
            self.interactions.fingerprint,
        )
