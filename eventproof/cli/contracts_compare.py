"""`eventproof contracts compare`: two schema files, and what the one rejects of the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.contracts_options import terms_options
from eventproof.cli.contracts_settings import terms_of, wishes
from eventproof.cli.output import emit_json
from eventproof.findings import printable

if TYPE_CHECKING:
    from eventproof.contracts import Change, Comparison, Terms

Paths = tuple[Path, Path]


@click.command("compare")
@click.argument("writer", type=click.Path(path_type=Path))
@click.argument("reader", type=click.Path(path_type=Path))
@terms_options
@click.option(
    "--direction",
    type=click.Choice(["backward", "forward", "full"]),
    default="backward",
    show_default=True,
    help="WRITER is the old schema and READER the new one; forward swaps them, full is both.",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")
def compare_command(
    writer: Path, reader: Path, direction: str, format_: str, **options: Any
) -> None:
    """Prove that READER accepts what WRITER sends, or show a payload that it rejects.

    Both are JSON Schema files of any draft, as JSON or YAML. Exit code 0 when compatible, 1 when
    breaking, or unknown unless that only warns.
    """
    from eventproof.contracts import load_schema

    schemas = (load_schema(writer), load_schema(reader))
    wished = wishes(options, reader.absolute().parent)
    terms = terms_of(wished)
    comparison = _compared(*schemas, terms, direction)
    if format_ == "json":
        emit_json("contracts-compare", _record(comparison, direction))
    else:
        click.echo(_as_text(comparison, schemas, (writer, reader), terms))
    warns = comparison.verdict == "unknown" and wished["unknown"] == "warn"
    if comparison.verdict != "compatible" and not warns:
        raise click.exceptions.Exit(exits.FOUND)


def _compared(old: Any, new: Any, terms: Terms, direction: str) -> Comparison:
    """Return the comparison asked for; of `full`, the side that fails, the breaking one first."""
    from eventproof.contracts import compare_under

    results = []
    if direction in ("backward", "full"):
        results.append(compare_under(terms, writer=old, reader=new, direction="backward"))
    if direction in ("forward", "full"):
        results.append(compare_under(terms, writer=new, reader=old, direction="forward"))
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


_SENTENCES = {
    "compatible": "{read} accepts everything that {sent} sends",
    "breaking": "{read} rejects a payload that {sent} sends",
    "unknown": "whether {read} accepts everything that {sent} sends",
}


def _as_text(comparison: Comparison, schemas: tuple[Any, Any], paths: Paths, terms: Terms) -> str:
    from eventproof.contracts import REASONS

    forward = comparison.direction == "forward"
    sent, read = reversed(paths) if forward else paths
    sentence = _SENTENCES[comparison.verdict].format(read=read, sent=sent)
    lines = [
        f"{comparison.verdict.upper()}  {sentence}   ({comparison.direction}, {comparison.policy})"
    ]
    if comparison.verdict == "breaking":
        rejecting = schemas[0 if forward else 1]
        lines += ["", f"  {sent} allows", *_payload(comparison.witness)]
        lines += [f"  {read} rejects it", *_reasons(rejecting, comparison.witness, terms)]
    elif comparison.verdict == "unknown":
        reason = comparison.reason or ""
        why = REASONS.get(reason.partition(":")[0], "it could not be decided")
        lines += ["", f"  {reason}: {why}"]
    if comparison.changes:
        lines += ["", "  changes", *(_change(change) for change in comparison.changes)]
    return "\n".join(printable(line) for line in lines)


def _payload(witness: Any) -> list[str]:
    text = json.dumps(witness, ensure_ascii=False)
    if len(text) > 80:
        text = json.dumps(witness, ensure_ascii=False, indent=2)
    return [f"    {line}" for line in text.splitlines()]


def _reasons(schema: Any, witness: Any, terms: Terms) -> list[str]:
    from eventproof.contracts import rejections

    return [f"    {sentence}" for sentence in rejections(schema, witness, terms, limit=5)]


def _change(change: Change) -> str:
    return f"    {change.kind:<36} {change.path or '/'}  {change.message}"
