"""The terminal's clipboard (OSC 52): sent, and never heard of again."""

LONGEST = 1 << 20
"""Bytes that are sent at most; many terminals take less, and say nothing."""


def size_of(text: str) -> str:
    """How long a text is, for people."""
    octets = len(text.encode("utf-8", "replace"))
    return f"{octets} bytes" if octets < 1000 else f"{octets / 1000:,.0f} kB"


def why_not_copied(text: str) -> str:
    """A sentence if a text is too long for any terminal's clipboard, else nothing."""
    if len(text) <= LONGEST:
        return ""
    return f"{size_of(text)} are too much for a terminal's clipboard. Write the file instead."
