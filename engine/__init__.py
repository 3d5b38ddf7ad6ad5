"""Data, models, training, evaluation and exploring. Knows nothing of the screen."""
