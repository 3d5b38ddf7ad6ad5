"""Settings, loop, early stop, run directory, checkpoint."""
