"""Many runs of Protobuf's compiler in one process of its own: run as a script.

On its standard input are the folder that all files lie below, and for each file its folder, its
name and where its descriptors go. What the compiler says of a file is on the standard error,
behind a NUL. Each run knows nothing of the one before, so two files may declare one message.
"""

import json
import os
import sys


def main() -> None:
    """Compile what the standard input asks for."""
    from grpc_tools import protoc

    known = os.path.join(os.path.dirname(protoc.__file__), "_proto")  # noqa: PTH118, PTH120 - texts, as the compiler takes them
    root, runs = json.load(sys.stdin)
    for folder, name, out in runs:
        os.chdir(folder)  # a folder's name could have a colon, which an include path cannot
        os.write(2, b"\0")
        protoc.main(
            ["protoc", "-I.", f"-I{root}", f"-I{known}", "--include_imports",
             f"--descriptor_set_out={out}", f"./{name}"]
        )  # fmt: skip


if __name__ == "__main__":
    main()
