"""The order flow as hand-written C++ loops, compiled on the spot: how far Python is from those.

A benchmark says the distance where there is a C++ compiler (`c++`), and that there is none where
there is none.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SOURCE = Path(__file__).with_name("order_flow.cpp")
NO_COMPILER = "no C++ compiler (c++) here: the distance to C++ is not measured"


@contextmanager
def compiled() -> Iterator[str | None]:
    """The program's path, as long as the context lasts; None without a compiler."""
    compiler = shutil.which("c++")
    if compiler is None:
        yield None
        return
    with TemporaryDirectory() as folder:
        program = str(Path(folder) / "order_flow")
        command = [compiler, "-std=c++20", "-O2", "-o", program, str(SOURCE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        yield program if done.returncode == 0 else None


def said_by(program: str, *arguments: object) -> dict[str, Any]:
    """Run it once: what it prints, with the `seconds` that its loop took."""
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def fastest(program: str, *arguments: object, rounds: int) -> dict[str, Any]:
    """What it says in the fastest of some rounds."""
    runs = [said_by(program, *arguments) for _ in range(rounds)]
    return min(runs, key=lambda said: said["seconds"])
