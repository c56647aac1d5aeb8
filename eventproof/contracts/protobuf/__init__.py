"""Protobuf contracts: read from `.proto` files, compared on the wire or as ProtoJSON.

A contract of a Protobuf message is the JSON Schema of its ProtoJSON, with the descriptors under
`x-protobuf`. Two that both have them are compared natively; with a contract of another kind, as
JSON Schema.
"""

from eventproof.contracts.protobuf.buf_rules import CATEGORIES, Difference
from eventproof.contracts.protobuf.comparison import (
    NativeMessage,
    buf_differences,
    compare_protobuf,
    compare_protojson,
)
from eventproof.contracts.protobuf.compiling import (
    INSTALL,
    ProtobufError,
    ProtobufSchema,
    ProtoFile,
    compile_files,
    compiled,
    is_installed,
)
from eventproof.contracts.protobuf.conversion import PROTOBUF, as_json_schema, protobuf_of

__all__ = [
    "CATEGORIES",
    "INSTALL",
    "PROTOBUF",
    "Difference",
    "NativeMessage",
    "ProtoFile",
    "ProtobufError",
    "ProtobufSchema",
    "as_json_schema",
    "buf_differences",
    "compare_protobuf",
    "compare_protojson",
    "compile_files",
    "compiled",
    "is_installed",
    "protobuf_of",
]
