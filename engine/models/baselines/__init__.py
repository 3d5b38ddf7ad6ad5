"""Baselines, one file a model."""
