"""Where output goes: data to stdout, words about the run to stderr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from eventproof.findings import Problem, for_json, write_exactly


def emit_json(command: str, body: dict[str, Any]) -> None:
    """Print a JSON document that begins with the command's format."""
    click.echo(as_json(command, body), nl=False)


def as_json(command: str, body: dict[str, Any]) -> str:
    """The document as text: keys in the order given, two spaces, one newline at the end."""
    document = {"format": f"eventproof-{command}-1", **body}
    return for_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing, and the folders above it. `Problem` where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_exactly(path, text)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Problem(f"{path} cannot be written: {reason}.") from error
