"""Damaged files by number: the same number gives the same file, so that one that harms can be made
again.

A file of the corpus goes through one to six changes: bytes that are lost, doubled, swapped or
turned, pieces of other files, values that programs stumble over, other encodings, and packing.
"""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"

VALUES = (
    "", " ", "\0", '"', '""', "'", '"""', "\\", "\r", "\r\n", "\n\n", ",", ";", "|", "::", "\t",
    "nan", "NaN", "inf", "-inf", "Infinity", "1e999", "-1e308", "1e-320", "-0", "0x10", "1_000",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e18", "4294967296",
    "1677-09-21 00:12:43", "1969-12-31", "2262-04-12", "9999-12-31 23:59:59", "294247-01-10",
    "0000-00-00", "-infinity", "epoch", "2015-02-30", "24:00:00", "0001-01-01 (BC)",
    "'; DROP TABLE users; --", "'); COPY (SELECT 1) TO 'pwned'; --", "$(touch pwned)",
    "`touch pwned`", "| touch pwned", "../../pwned", "/etc/passwd", "~", "C:\\x", "%s%n%x",
    "\x1b[31m", "\x1b]52;c;AAAA\x07", "\u202e", "\u200b", "\ufeff", "\u2028", "\x85", "\x0b",
    "七", "👩‍👩‍👧", "{", "}", "[", "]", '{"a":', "[[[[", "null", "true", '\\ud800', "\\u0000",
    "user", "item", "user_id:token", "time", "x" * 70_000, "," * 3_000, "[" * 5_000, '"' * 999,
)  # fmt: skip

BYTES = (
    b"\xff", b"\xfe", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82",
    b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\xef\xbb\xbf", b"\x1f\x8b",
    b"PAR1", b"DUCK", b"\0" * 64, b"\xff" * 8, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\x1a",
)  # fmt: skip

Change = Callable[[random.Random, bytes, list[bytes]], bytes]


def _place(chance: random.Random, content: bytes) -> int:
    """Anywhere, but often in the head or the end, where formats keep what they believe in."""
    size = len(content)
    return chance.choice((chance.randint(0, size), min(size, chance.randint(0, 16)),
                          max(0, size - chance.randint(0, 64))))  # fmt: skip


def _turn(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[_place(chance, changed[:-1])] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _lose(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    at = _place(chance, content)
    return content[:at] + content[at + chance.randint(1, 1 + len(content) // 4) :]


def _cut(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    return content[: _place(chance, content)]


def _double(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    at = _place(chance, content)
    piece = content[at : at + chance.randint(1, 200)]
    return content[:at] + piece * chance.choice((2, 3, 50)) + content[at:]


def _put(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    at = _place(chance, content)
    return content[:at] + chance.choice(BYTES) + content[at:]


def _put_value(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    at = _place(chance, content)
    return content[:at] + chance.choice(VALUES).encode() + content[at:]


def _replace_field(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    """Another value between two separators of a text."""
    mark = chance.choice((b",", b"\t", b"::", b";", b" ", b'"', b":"))
    fields = content.split(mark)
    fields[chance.randrange(len(fields))] = chance.choice(VALUES).encode()
    return mark.join(fields)


def _shuffle(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    lines = content.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def _splice(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    return content[: _place(chance, content)] + other[_place(chance, other) :]


def _other_ends(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    return content.replace(b"\n", chance.choice((b"\r", b"\r\n", b"\n\r", b"\x0b", b"\0\n")))


def _encode(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    codec = chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7"))
    return content.decode("utf-8", "replace").encode(codec)


def _pack(chance: random.Random, content: bytes, _others: list[bytes]) -> bytes:
    packed = gzip.compress(content, mtime=0)
    return packed * chance.choice((1, 1, 2))


CHANGES: tuple[Change, ...] = (
    _turn, _turn, _lose, _cut, _double, _put, _put_value, _put_value, _replace_field,
    _replace_field, _shuffle, _splice, _other_ends, _encode, _pack,
)  # fmt: skip


def mutated(number: int, files: dict[str, bytes]) -> tuple[str, bytes]:
    """The damaged file of a number, and the name of the file that it came from.

    files: contents by name, all of the corpus.
    """
    chance = random.Random(number)
    name = chance.choice(sorted(files))
    content, others = files[name], [files[other] for other in sorted(files)]
    for _ in range(chance.choice((1, 1, 2, 2, 3, 6))):
        content = chance.choice(CHANGES)(chance, content, others)[: 1 << 20]
    return name, content
