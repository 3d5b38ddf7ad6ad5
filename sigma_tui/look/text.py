"""Data as text on a screen: never markup, never a command to the terminal; counts and times."""

import unicodedata

_MARKS = {
    **{code: chr(0x2400 + code) for code in range(0x20)},  # ␀ … ␟, control pictures
    0x7F: "␡",
    **dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}"),
}
_INVISIBLE = "·"

TYPED = r"[^\x00-\x1f\x7f-\x9f]*"
"""What a line to type in may hold, for its ``restrict``: it shows its text as it is, also one that
was pasted."""


def visible(text: str) -> str:
    """The same text with every character that could act on a terminal made visible.

    Control characters become their pictures (ESC is ␛); direction overrides, zero-width characters
    and lone surrogates become a dot. Letters, combining marks and emoji stay as they are, the
    joiners between emoji too.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def counted(number: int, what: str) -> str:
    """So many of something: 1 row, 2,000 rows."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def clock(seconds: float) -> str:
    """A length of time as hours, minutes and seconds: 1:02:03, or 2:03."""
    hours, rest = divmod(int(seconds), 3600)
    minutes = f"{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
    return f"{hours}:{minutes}" if hours else minutes


def _shown(character: str) -> str:
    mark = _MARKS.get(ord(character))
    if mark is not None:
        return mark
    kind = unicodedata.category(character)
    if character in "\u200d\ufe0f":  # zero-width joiner and emoji presentation: parts of emoji
        return character
    if kind in {"Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return _INVISIBLE
    return character
