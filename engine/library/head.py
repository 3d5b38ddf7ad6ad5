"""The bytes of a source: whether it may be read, its head, and what text the whole of it is."""

import codecs
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

from engine.errors import SourceError

HEAD_BYTES = 1 << 18
GZIP = b"\x1f\x8b"
"""How a gzip file begins."""
CHUNK_BYTES = 1 << 19
UNPACKED_FREELY = 128 << 20
MOST_UNPACKED = 100
"""A gzip file may unpack to ``UNPACKED_FREELY`` bytes, or to so many times its own size:
interactions pack 3 to 20 times smaller, a file that was made to fill a disk a thousand times."""


def _require_file(path: Path) -> None:
    """A pipe or a device would never end, or never begin."""
    try:
        str(path).encode()
        found, folder, plain = path.exists(), path.is_dir(), path.is_file()
    except UnicodeEncodeError:
        raise SourceError(
            f"the name of {str(path)!a} is not UTF-8, so DuckDB cannot open it. Rename it."
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise SourceError(f"{str(path)[:200]!r} cannot be read: {reason}.") from None
    if not found:
        raise SourceError(f"there is no file {path}. Check the path.")
    if folder:
        raise SourceError(f"{path} is a directory. Name the file with the interactions in it.")
    if not plain:
        raise SourceError(f"{path} is not an ordinary file, so it cannot be imported.")


def head_of(path: Path) -> bytes:
    """The first ``HEAD_BYTES``, unpacked. Raises SourceError unless it is a file with something."""
    _require_file(path)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if head[:2] == GZIP:
            with gzip.open(path) as unpacked:
                head = unpacked.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path} cannot be read: {error}.") from None
    if not head.strip():
        raise SourceError(f"{path} is empty: there is nothing to import in it.")
    return head


def looked_through(path: Path, head: bytes, tick: Callable[[], None]) -> tuple[str, bool]:
    """The encoding of a whole file, and whether it may have long lines; see ``Recognition``."""
    wide = head.startswith(codecs.BOM_UTF16_LE)
    encoding, long_lines = ("utf-16", True) if wide else ("utf-8", False)
    decoder = codecs.getincrementaldecoder("utf-8")()
    packed = is_packed(path)
    if wide and not packed:
        return encoding, long_lines
    bound = max(UNPACKED_FREELY, MOST_UNPACKED * path.stat().st_size) if packed else None
    opened = gzip.open if packed else open
    read = 0
    try:
        with opened(path, "rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                tick()
                read += len(chunk)
                if bound is not None and read > bound:
                    raise SourceError(
                        f"{path} unpacks to more than {bound:,} bytes, {MOST_UNPACKED} times its "
                        "own size or more, as files do that are made to fill a disk. If it is "
                        "meant, unpack it with `gunzip` and import what comes out."
                    )
                long_lines |= len(chunk) == CHUNK_BYTES and b"\n" not in chunk
                # ASCII is valid wherever no character is cut in two; telling it costs far less.
                if encoding == "utf-8" and (not chunk.isascii() or decoder.getstate()[0]):
                    encoding = _decoded(decoder, chunk)
        if encoding == "utf-8":
            encoding = _decoded(decoder, b"", final=True)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{path} cannot be read to its end: {error}.") from None
    return encoding, long_lines


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
    """The encoding so far: UTF-8 until a byte does not fit it."""
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def is_packed(path: Path) -> bool:
    """Whether the file is gzip, whatever it is called."""
    with path.open("rb") as file:
        return file.read(2) == GZIP
