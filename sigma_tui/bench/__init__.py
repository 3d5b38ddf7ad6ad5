"""Benchmarks of the app that anyone can run; one file each."""
