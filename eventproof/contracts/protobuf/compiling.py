"""`.proto` files to descriptors, by the compiler that grpcio-tools brings along.

A file becomes a `ProtobufSchema`: the descriptors of it and of what it imports, and the message
that is the contract. Three things that could be wrong: a file that does not compile is refused in
the compiler's own words; imports are found in the file's folder and from the root, and nothing is
fetched; and of several messages the contract is the one named like the resource, else the one that
no other of the file uses, or none.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSTALL = "pip install 'eventproof[protobuf]'"
_COMPILE_S = 30.0
"""For all files of one call."""
_BATCH = Path(__file__).with_name("batch.py")
_COMPLAINT = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):\d+: (?!warning)(?P<text>.+)$", re.M)


class ProtobufError(Exception):
    """What is given is no contract; the message is a predicate, such as `has no message`."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line


@dataclass(frozen=True, slots=True)
class ProtobufSchema:
    """One message, and all that it is made of."""

    message: str
    """With its package."""
    descriptors: bytes
    """A serialized `FileDescriptorSet`, imports first."""

    def descriptor(self) -> Any:
        """The message's descriptor, in a pool of its own."""
        from google.protobuf.descriptor_pb2 import FileDescriptorSet
        from google.protobuf.descriptor_pool import DescriptorPool

        pool = DescriptorPool()
        for file in FileDescriptorSet.FromString(self.descriptors).file:
            pool.AddSerializedFile(file.SerializeToString())
        return pool.FindMessageTypeByName(self.message)


@dataclass(frozen=True, slots=True)
class ProtoFile:
    """One compiled file, of which no message is chosen yet."""

    descriptors: bytes
    """A serialized `FileDescriptorSet`; the file itself is its last."""

    def contract(self, resource: str | None = None) -> ProtobufSchema:
        """The message that is named like the resource, else the only one that no other uses.

        Case, `-` and `_` make no difference. Raises `ProtobufError` with the candidates.
        """
        from google.protobuf.descriptor_pb2 import FileDescriptorSet

        own = FileDescriptorSet.FromString(self.descriptors).file[-1]
        name = _namesake(own, resource) or _root(own)
        return ProtobufSchema(_full(own, name)[1:], self.descriptors)


def is_installed() -> bool:
    """Whether there is a compiler."""
    return importlib.util.find_spec("grpc_tools") is not None


def compiled(folder: Path, file: str) -> ProtobufSchema:
    """Compile one file of a folder. Raises `ProtobufError` with the line of what is wrong."""
    (made,) = compile_files(folder, (file,))
    if isinstance(made, ProtobufError):
        raise made
    return made.contract()


def compile_files(root: Path, files: Sequence[str]) -> tuple[ProtoFile | ProtobufError, ...]:
    """Compile files by their paths below a root, each alone, in one process.

    Imports are found from a file's own folder and from the root.
    """
    if not is_installed():
        return tuple(ProtobufError(f"cannot be read without `{INSTALL}`") for _ in files)
    with tempfile.TemporaryDirectory() as scratch:
        outs = [Path(scratch) / str(number) for number in range(len(files))]
        places = [(root.absolute() / file, out) for file, out in zip(files, outs, strict=True)]
        runs = [(str(path.parent), path.name, str(out)) for path, out in places]
        order = json.dumps([str(root.absolute()), runs])
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
                [sys.executable, "-P", str(_BATCH)], input=order, capture_output=True,
                encoding="utf-8", errors="replace", cwd=scratch,
                timeout=_COMPILE_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            late = f"was not compiled within {_COMPILE_S:.0f} seconds"
            return tuple(ProtobufError(late) for _ in files)
        said = [*done.stderr.split("\0")[1:], *([""] * len(files))]
        return tuple(
            ProtoFile(out.read_bytes()) if out.is_file() else _complaint(words, path.name)
            for (path, out), words in zip(places, said, strict=False)
        )


def _complaint(said: str, file: str) -> ProtobufError:
    """The first complaint about the file itself, else the first about what it imports."""
    complaints = list(_COMPLAINT.finditer(said))
    own = next((one for one in complaints if one["file"].removeprefix("./") == file), None)
    if own:
        return ProtobufError(f"does not compile: {own['text'].rstrip('.')}", int(own["line"]))
    lines = [line for line in said.strip().splitlines() if ": warning: " not in line]
    text = lines[0] if lines else "the compiler said nothing"
    return ProtobufError(f"does not compile: {text.rstrip('.')}")


def _namesake(file: Any, resource: str | None) -> str | None:
    names = [str(message.name) for message in file.message_type]
    if resource in names:
        return resource
    alike = [name for name in names if resource and _plain(name) == _plain(resource)]
    return alike[0] if len(alike) == 1 else None


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").casefold()


def _root(file: Any) -> str:
    names = [str(message.name) for message in file.message_type]
    if not names:
        raise ProtobufError("has no message")
    used = {
        name
        for message in file.message_type
        for name in _used(message)
        if name != _full(file, message.name)
    }
    roots = [name for name in names if _full(file, name) not in used]
    if len(roots) == 1:
        return roots[0]
    several = ", ".join(roots or names)
    raise ProtobufError(f"has several messages that could be the contract: {several}")


def _full(file: Any, name: str) -> str:
    return f".{file.package}.{name}" if file.package else f".{name}"


def _used(message: Any) -> set[str]:
    inside = {name for nested in message.nested_type for name in _used(nested)}
    return inside | {field.type_name for field in message.field}
