"""A made-up world with a known truth: readers of the built-in demo."""
