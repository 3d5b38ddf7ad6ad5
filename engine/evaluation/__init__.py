"""Full ranking, accuracy, diversity, coverage, novelty."""
