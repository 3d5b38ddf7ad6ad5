"""Files out of a zip: the wanted ones alone, under names of ours, within a bound of bytes."""

import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from engine.errors import SourceError

PIECE_BYTES = 1 << 20
DAMAGE = (BadZipFile, EOFError, RuntimeError, ValueError, struct.error, zlib.error)
"""What zipfile raises at a damaged archive; found by tests that damage one in many ways."""

ENCRYPTED = 0x1


def unpack(
    archive: Path,
    members: Mapping[str, str],
    folder: Path,
    limit: int,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Unpacks members of a zip into a folder.

    members: name in the archive → plain file name in the folder; nothing else is unpacked, so no
    path of the archive is ever followed. limit: bytes that all of them may have together, by what
    the archive says and by what comes out. tick: called at every piece; what it raises is passed
    on.
    Raises SourceError if the archive is damaged, lacks a member, or is larger than it may be.
    """
    try:
        with ZipFile(archive) as opened:
            found = [_member(opened, archive, name) for name in members]
            if sum(info.file_size for info in found) > limit:
                raise _too_large(archive, limit)
            left = limit
            for info, name in zip(found, members.values(), strict=True):
                with opened.open(info) as packed, (folder / name).open("xb") as file:
                    while piece := packed.read(PIECE_BYTES):
                        left -= len(piece)
                        if left < 0:
                            raise _too_large(archive, limit)
                        file.write(piece)
                        tick()
    except DAMAGE as error:
        raise SourceError(
            f"{archive} is a damaged archive: {error}. Remove it and try again."
        ) from None
    except OSError as error:
        raise SourceError(f"{archive} cannot be unpacked in {folder}: {error.strerror}.") from None


def _member(opened: ZipFile, archive: Path, name: str) -> ZipInfo:
    found = [info for info in opened.infolist() if info.filename == name]
    if len(found) != 1:
        raise SourceError(f"{archive} has {len(found)} files {name!r}; there should be one.")
    if found[0].flag_bits & ENCRYPTED or found[0].compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise SourceError(f"{archive} keeps {name!r} encrypted or packed in an unusual way.")
    return found[0]


def _too_large(archive: Path, limit: int) -> SourceError:
    return SourceError(f"{archive} unpacks to more than the {limit:,} bytes that it should have.")
