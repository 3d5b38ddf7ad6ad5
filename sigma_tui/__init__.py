"""The terminal app and its commands."""

__version__ = "0.1.0"
