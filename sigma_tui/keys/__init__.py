"""Actions, and the keys that bring them."""
