"""Reads safetensors files without mapping them: https://github.com/huggingface/safetensors.

A mapped file that another process makes shorter kills whoever looks at what is gone (SIGBUS), at
any later time; read piece by piece it is an error like any other. The header is checked whole
before anything of the body is read, and a tensor takes memory only when it is asked for.

safetensors itself maps every file that it opens, also one that it is handed open. From bytes
(``safetensors.torch.load``) it wants the whole body in memory before it looks at the header, which
may have a hundred megabytes, and takes the last of two tensors of one name.
"""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

LARGEST_HEADER = 1 << 20
"""Bytes; ours have some ten thousand. A larger one would take memory for names and lies."""
MOST_DIMENSIONS = 8
TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip


class TensorFileError(ValueError):
    """The file is not a whole safetensors file, or is no longer one."""


@dataclass(frozen=True)
class Part:
    """Where a tensor lies. begin, end: bytes of the file."""

    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int


class TensorFile:
    """An open file, see ``opened``. metadata: words by name. parts: by the tensors' names."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self.metadata: dict[str, str] = {}
        self.parts: dict[str, Part] = {}
        self._read_header()

    def tensor(self, name: str) -> Tensor:
        """Reads one. Raises TensorFileError if the file has become shorter, KeyError if there is
        none of that name."""
        part = self.parts[name]
        tensor = torch.empty(part.shape, dtype=TYPES[part.kind])
        self.read_into(name, tensor)
        return tensor

    def read_into(self, name: str, tensor: Tensor) -> None:
        """Reads one into a contiguous tensor on the CPU of the same type and shape. Raises as
        ``tensor``."""
        part = self.parts[name]
        if (tensor.dtype, tuple(tensor.shape)) != (TYPES[part.kind], part.shape):
            raise TensorFileError(f"{name[:80]!r} has another type or shape")
        if not tensor.numel():
            return
        assert tensor.is_contiguous()
        room = tensor.detach().reshape(-1).view(torch.uint8).numpy().data
        self._file.seek(part.begin)
        while len(room):
            read = self._file.readinto(room)
            if not read:
                raise TensorFileError("it became shorter while it was read")
            room = room[read:]

    def _read_header(self) -> None:
        size = self._file.seek(0, 2)
        self._file.seek(0)
        length = int.from_bytes(self._file.read(8), "little")
        if size < 8 or not 2 <= length <= min(LARGEST_HEADER, size - 8):
            raise TensorFileError("its header is missing, cut off or too large")
        try:
            header = json.loads(self._file.read(length), object_pairs_hook=_once)
        except RecursionError:
            raise TensorFileError("its header is nested too deeply") from None
        if not isinstance(header, dict):
            raise TensorFileError("its header is damaged")
        metadata = header.pop("__metadata__", {})
        if not isinstance(metadata, dict) or not all(
            isinstance(word, str) for word in metadata.values()
        ):
            raise TensorFileError("its metadata is damaged")
        self.metadata = metadata
        self.parts = {name: _part(name, told, 8 + length) for name, told in header.items()}
        end = 8 + length
        for part in sorted(self.parts.values(), key=lambda one: (one.begin, one.end)):
            if part.begin != end:
                raise TensorFileError("its tensors overlap, or have gaps between them")
            end = part.end
        if end != size:
            raise TensorFileError(f"it has {size:,} bytes, and its header tells of {end:,}")


@contextmanager
def opened(path: Path) -> Iterator[TensorFile]:
    """The file, while it is open. Raises TensorFileError or OSError."""
    with path.open("rb", buffering=0) as file:
        yield TensorFile(file)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name comes twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TensorFileError("a name comes twice in its header")
    return found


def _part(name: str, told: Any, start: int) -> Part:
    try:
        kind, shape, (begin, end) = told["dtype"], told["shape"], told["data_offsets"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, begin, end))
    except (TypeError, KeyError, ValueError):
        whole = False
    if not whole or kind not in TYPES or len(shape) > MOST_DIMENSIONS:
        raise TensorFileError(f"{name[:80]!r} is described wrongly")
    if end - begin != math.prod(shape) * TYPES[kind].itemsize:
        raise TensorFileError(f"{name[:80]!r} has not as many bytes as its shape needs")
    return Part(kind, tuple(shape), start + begin, start + end)
