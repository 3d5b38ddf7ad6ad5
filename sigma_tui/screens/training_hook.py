"""From a dataset to its training."""

from textual.screen import Screen

from engine.home import Home
from sigma_tui.text import visible


def begin_training(screen: Screen[None], home: Home, dataset: str, device: str) -> None:
    """Says how a model is trained on a dataset of a home."""
    del home, device
    screen.notify(f"Train on it with: sigma-tui train {visible(dataset)}", markup=False, timeout=12)
