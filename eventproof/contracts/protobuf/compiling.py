"""`.proto` files to descriptors, by the compiler that grpcio-tools brings along.

A file becomes a `ProtobufSchema`: the descriptors of it and of what it imports, and the message
that is the contract. Three things that could be wrong: a file that does not compile is refused in
the compiler's own words; imports are found in the given folder and below, and nothing is fetched;
and of several messages the contract is the one that no other of the file uses, or none.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSTALL = "pip install 'eventproof[protobuf]'"
_COMPILE_S = 30.0
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


def compiled(folder: Path, file: str) -> ProtobufSchema:
    """Compile one file of a folder. Raises `ProtobufError` with the line of what is wrong."""
    if importlib.util.find_spec("grpc_tools") is None:
        raise ProtobufError(f"cannot be read without `{INSTALL}`")
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    descriptors = _descriptors(folder, file)
    own = FileDescriptorSet.FromString(descriptors).file[-1]
    name = _contract(own)
    return ProtobufSchema(f"{own.package}.{name}" if own.package else name, descriptors)


def _descriptors(folder: Path, file: str) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "descriptors"
        command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", "--include_imports"]
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
                [*command, f"--descriptor_set_out={out}", f"./{file}"],
                cwd=folder, capture_output=True, text=True, timeout=_COMPILE_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ProtobufError(f"was not compiled within {_COMPILE_S:.0f} seconds") from error
        if done.returncode or not out.is_file():
            raise _complaint(done.stderr, file)
        return out.read_bytes()


def _complaint(said: str, file: str) -> ProtobufError:
    """The first complaint about the file itself, else the first about what it imports."""
    complaints = list(_COMPLAINT.finditer(said))
    own = next((one for one in complaints if Path(one["file"]).name == file), None)
    if own:
        return ProtobufError(f"does not compile: {own['text'].rstrip('.')}", int(own["line"]))
    lines = said.strip().splitlines()
    text = lines[0] if lines else "the compiler said nothing"
    return ProtobufError(f"does not compile: {text.rstrip('.')}")


def _contract(file: Any) -> str:
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
