"""`eventproof contracts validate`: payloads against the contract of a message version."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from eventproof.cli import exits
from eventproof.cli.contracts_settings import STRING_FORMATS, terms_of, wishes
from eventproof.cli.output import emit_json
from eventproof.findings import NothingToCheck, Problem, nearest, printable

if TYPE_CHECKING:
    from eventproof.contracts import Contract, Contracts, Fault, Payload, Validation

FAULTS_KEPT = 1_000
"""How many faults the JSON output lists; all are counted."""


@click.command("validate")
@click.argument("catalog", type=click.Path(path_type=Path))
@click.argument("message", metavar="MESSAGE[@VERSION]")
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--lines", is_flag=True, help="FILE is a stream with one JSON payload a line.")
@click.option("--response", is_flag=True, help="Take the answer to a query, not the query.")
@click.option(
    "--string-formats",
    type=click.Choice(STRING_FORMATS),
    envvar="EVENTPROOF_STRING_FORMATS",
    help="Whether the keyword `format` only informs or is checked.  [default: annotation]",
)
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def validate_command(
    ctx: click.Context, /, catalog: Path, message: str, file: Path, **options: Any
) -> None:
    """Hold a payload, or a stream of them, against a message of CATALOG.

    Without a version the latest one is meant. Each fault has its line and a JSON pointer. Exit
    code 0 when all payloads are valid, 1 when one is not, 3 when there is none.
    """
    from eventproof.catalog import load
    from eventproof.contracts import Validation, build

    loaded = load(catalog)
    contract = _contract(build(loaded), message)
    schema = contract.response if options["response"] else contract.schema
    if schema is None:
        raise Problem(
            f"{contract.message} has no answer of its own.", hint="leave out --response."
        )
    wished = wishes(
        {
            **options,
            "policy": None,
            "protobuf": None,
            "reader_fills_defaults": None,
            "waivers": None,
        },
        loaded.root,
    )
    validation = Validation.of(schema, formats=terms_of(wished).formats)
    text = options["output_format"] == "text"
    shown = "stdin" if str(file) == "-" else file.as_posix()
    tally = _Tally(shown, aloud=text)
    for payload in _payloads(validation, file, lines=options["lines"]):
        tally.add(payload)
    if not tally.payloads:
        raise NothingToCheck(f"{shown} holds no payload.")
    if text:
        click.echo(f"{contract.message}: {tally.payloads} checked, {tally.invalid} invalid")
    else:
        emit_json("contracts-validate", _document(contract, tally))
    if tally.invalid:
        ctx.exit(exits.FOUND)


class _Tally:
    """What became of the payloads so far; faults are told at once, since a stream may not end."""

    def __init__(self, shown: str, *, aloud: bool) -> None:
        self.shown = shown
        self.aloud = aloud
        self.payloads = 0
        self.invalid = 0
        self.faults: list[Fault] = []

    def add(self, payload: Payload) -> None:
        """Count a payload, and tell its faults."""
        self.payloads += 1
        self.invalid += not payload.is_valid
        for fault in payload.faults:
            if len(self.faults) < FAULTS_KEPT:
                self.faults.append(fault)
            if self.aloud:
                place = f"{self.shown}:{fault.line}" if fault.line else self.shown
                said = f"{fault.pointer}: {fault.message}" if fault.pointer else fault.message
                click.echo(printable(f"{place}  {said}"))


def _document(contract: Contract, tally: _Tally) -> dict[str, Any]:
    ref = contract.message
    return {
        "message": {"type": ref.type, "id": ref.id, "version": ref.version},
        "provenance": contract.provenance,
        "source": contract.source,
        "pointer": contract.pointer,
        "file": tally.shown,
        "payloads": tally.payloads,
        "invalid": tally.invalid,
        "faults": [
            {"line": fault.line, "pointer": fault.pointer, "message": fault.message}
            for fault in tally.faults
        ],
    }


def _payloads(validation: Validation, file: Path, *, lines: bool) -> Iterator[Payload]:
    if str(file) == "-":
        yield from _read(validation, sys.stdin.buffer, lines=lines)
        return
    try:
        with file.open("rb") as stream:
            yield from _read(validation, stream, lines=lines)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Problem(f"{file} cannot be read: {reason}.") from error


def _read(validation: Validation, stream: BinaryIO, *, lines: bool) -> Iterator[Payload]:
    from eventproof.contracts import PAYLOAD_BYTES_MAX

    if lines:
        # One byte more than is allowed: a longer line is told of, and its rest skipped.
        yield from validation.lines(_bounded(stream, PAYLOAD_BYTES_MAX + 1))
        return
    text = stream.read(PAYLOAD_BYTES_MAX + 1)
    if text.strip():
        yield validation.document(text)


def _bounded(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield the lines of a stream, each no longer than `limit`, as they come."""
    while line := stream.readline(limit):
        yield line
        while len(line) == limit and not line.endswith(b"\n"):
            line = stream.readline(limit)


def _contract(contracts: Contracts, asked: str) -> Contract:
    """Return the contract of `ID`, `ID@VERSION` or `TYPE:ID@VERSION`. Raises `Problem`."""
    from eventproof.catalog import pick

    known = {c.message.id: c for c in contracts.contracts}
    known |= {f"{c.message.type}:{c.message.id}": c for c in contracts.contracts}
    name, version = asked, ""
    if asked not in known:
        name, _, version = asked.rpartition("@")
    if name not in known:
        raise _unknown(contracts, asked, name or version, known)
    ref = known[name].message
    same = [c for c in contracts.contracts if (c.message.type, c.message.id) == (ref.type, ref.id)]
    chosen = pick([c.message.version for c in same], version or None)
    if chosen is None:
        there_is = ", ".join(c.message.version or "none" for c in same)
        raise Problem(
            f"{ref.id} has no contract of version {version}.", hint=f"there is {there_is}."
        )
    return same[chosen]


def _unknown(contracts: Contracts, asked: str, name: str, known: dict[str, Any]) -> Problem:
    assert contracts.catalog is not None
    if any(message.id == name for message in contracts.catalog.messages):
        return Problem(
            f"{name} has neither a schema nor a payload example.",
            hint="name a JSON Schema as schemaPath on its page.",
        )
    meant = nearest(name, known) or nearest(asked, known)
    hint = f"did you mean {meant}?" if meant else "eventproof contracts build lists them."
    return Problem(f"the catalog has no message that is called {asked}.", hint=hint)
