"""Benchmarks that anyone can run: each claim of speed is a ratio measured in one run."""
