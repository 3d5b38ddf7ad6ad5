"""Searching settings: which ones, by which trials, and what came of them."""
