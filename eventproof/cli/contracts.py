"""`eventproof contracts`: derive the contracts of a catalog, and compare two schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.output import emit_json, write_text
from eventproof.findings import NothingToCheck, Problem, as_text

if TYPE_CHECKING:
    from eventproof.contracts import Comparison, Contracts


@click.group("contracts")
def contracts_group() -> None:
    """Derive JSON Schema contracts from a catalog; prove or refute compatibility."""


@contracts_group.command("build")
@click.argument("catalog", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to. [default: contracts, beside the catalog]",
)
@click.option("--check", is_flag=True, help="Write nothing; fail when the files on disk differ.")
def build_command(catalog: Path, out: Path | None, check: bool) -> None:
    """Write the contract of every message version of CATALOG.

    A contract comes from the message's schema file or, where there is none, from the payload
    example in its page. Files that are as they should be are left untouched.
    """
    from eventproof.catalog import load
    from eventproof.contracts import build, files

    contracts = build(load(catalog))
    if contracts.problems:
        click.echo(as_text(contracts.problems), err=True)
    if not contracts.contracts:
        raise NothingToCheck(
            f"{catalog} has no message with a schema or a payload example.",
            hint="name a JSON Schema as schemaPath, or show a payload in a ```json block.",
        )
    folder = out or catalog.absolute().parent / "contracts"
    wanted = files(contracts)
    differing = [name for name, text in wanted.items() if _on_disk(folder / name) != text]
    stale = _stale(folder, wanted)
    if check:
        _report_differences(folder, differing, stale)
        return
    for name in differing:
        _write(folder / name, wanted[name])
    click.echo(_lines(contracts))
    for name in stale:
        click.echo(f"stale: {folder / name} belongs to no message; delete it", err=True)


@contracts_group.command("compare")
@click.argument("writer", type=click.Path(path_type=Path))
@click.argument("reader", type=click.Path(path_type=Path))
@click.option(
    "--policy",
    type=click.Choice(["declared", "strict"]),
    default="declared",
    show_default=True,
    help="declared: a writer sends the properties it declares only; strict: nothing assumed.",
)
@click.option(
    "--direction",
    type=click.Choice(["backward", "forward", "full"]),
    default="backward",
    show_default=True,
    help="WRITER is the old schema and READER the new one; forward swaps them, full is both.",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
def compare_command(writer: Path, reader: Path, policy: str, direction: str, format_: str) -> None:
    """Prove that READER accepts what WRITER sends, or show a payload that it rejects.

    Both are JSON Schema files of any draft, as JSON or YAML. Exit code 0 when compatible, 1 when
    breaking or unknown.
    """
    from eventproof.contracts import load_schema

    schemas = {"writer": load_schema(writer), "reader": load_schema(reader)}
    comparison = _compared(schemas["writer"], schemas["reader"], policy, direction)
    if format_ == "json":
        emit_json("contracts-compare", _record(comparison, direction))
    else:
        click.echo(_as_text(comparison, schemas, (writer, reader)))
    if comparison.verdict != "compatible":
        raise click.exceptions.Exit(exits.FOUND)


def _compared(old: Any, new: Any, policy: Any, direction: str) -> Comparison:
    """Return the comparison asked for; of `full`, the side that fails, the breaking one first."""
    from eventproof.contracts import compare

    results = []
    if direction in ("backward", "full"):
        results.append(compare(writer=old, reader=new, policy=policy, direction="backward"))
    if direction in ("forward", "full"):
        results.append(compare(writer=new, reader=old, policy=policy, direction="forward"))
    return min(results, key=lambda c: ("breaking", "unknown", "compatible").index(c.verdict))


def _record(comparison: Comparison, direction: str) -> dict[str, Any]:
    return {
        "verdict": comparison.verdict,
        "direction": direction,
        "policy": comparison.policy,
        "changes": [
            {"kind": change.kind, "path": change.path, "message": change.message}
            for change in comparison.changes
        ],
        "witness": comparison.witness,
        "reason": comparison.reason,
    }


_REASONS = {
    "witness-not-found": "neither a proof nor a payload that breaks it was found",
    "validators-disagree": "jsonschema-rs and python-jsonschema disagree on every payload found",
    "ref-unresolved": "a reference leads nowhere",
    "timeout": "the search for a payload ran out of time",
    "recursion-undecided": "recursive schemas could not be decided",
}


_SENTENCES = {
    "compatible": "{read} accepts everything that {sent} sends",
    "breaking": "{read} rejects a payload that {sent} sends",
    "unknown": "whether {read} accepts everything that {sent} sends",
}


def _as_text(comparison: Comparison, schemas: dict[str, Any], paths: tuple[Path, Path]) -> str:
    forward = comparison.direction == "forward"
    sent, read = reversed(paths) if forward else paths
    sentence = _SENTENCES[comparison.verdict].format(read=read, sent=sent)
    lines = [
        f"{comparison.verdict.upper()}  {sentence}   ({comparison.direction}, {comparison.policy})"
    ]
    if comparison.verdict == "breaking":
        rejecting = schemas["writer" if forward else "reader"]
        lines += ["", f"  {sent} allows", *_payload(comparison.witness)]
        lines += [f"  {read} rejects it", *_reasons(rejecting, comparison.witness)]
    elif comparison.verdict == "unknown":
        reason = comparison.reason or ""
        lines += [
            "",
            f"  {reason}: {_REASONS.get(reason, 'a keyword or pattern is not understood')}",
        ]
    if comparison.changes:
        lines += ["", "  changes", *(_change(change) for change in comparison.changes)]
    return "\n".join(lines)


def _payload(witness: Any) -> list[str]:
    text = json.dumps(witness, ensure_ascii=False)
    if len(text) > 80:
        text = json.dumps(witness, ensure_ascii=False, indent=2)
    return [f"    {line}" for line in text.splitlines()]


def _reasons(schema: Any, witness: Any) -> list[str]:
    from eventproof.contracts import violations

    return [f"    {sentence}" for sentence in violations(schema, witness)]


def _change(change: Any) -> str:
    return f"    {change.kind:<36} {change.path or '/'}  {change.message}"


def _lines(contracts: Contracts) -> str:
    names = [str(contract.message) for contract in contracts.contracts]
    width = max(len(name) for name in names)
    return "\n".join(
        f"{name:<{width}}  {contract.provenance:<9} <- {contract.source}"
        for name, contract in zip(names, contracts.contracts, strict=True)
    )


def _on_disk(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _stale(folder: Path, wanted: dict[str, str]) -> list[str]:
    """Contracts on disk that no message has any more; only folders of message types count."""
    kinds = ("command", "event", "query")
    found = (path for kind in kinds for path in sorted((folder / kind).rglob("*.json")))
    names = (path.relative_to(folder).as_posix() for path in found)
    return [name for name in names if name not in wanted]


def _write(path: Path, text: str) -> None:
    try:
        write_text(path, text)
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}.") from error


def _report_differences(folder: Path, differing: list[str], stale: list[str]) -> None:
    for name in differing:
        state = "differs" if (folder / name).exists() else "missing"
        click.echo(f"{state:<8} {folder / name}")
    for name in stale:
        click.echo(f"{'stale':<8} {folder / name}")
    if differing or stale:
        click.echo("run `eventproof contracts build` and commit the result", err=True)
        raise click.exceptions.Exit(exits.FOUND)
    click.echo("contracts are up to date", err=True)
