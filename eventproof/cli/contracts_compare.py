"""`eventproof contracts compare`: two schema files, and what the one rejects of the other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.contracts_options import findings_as, format_options, show, terms_options
from eventproof.cli.contracts_settings import terms_of, wishes
from eventproof.cli.output import as_json

if TYPE_CHECKING:
    from eventproof.contracts import Comparison, Terms

FORMATS = ("text", "json", "markdown", "sarif", "junit", "github")

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
@format_options(FORMATS)
def compare_command(writer: Path, reader: Path, direction: str, **options: Any) -> None:
    """Prove that READER accepts what WRITER sends, or show a payload that it rejects.

    Both are JSON Schema files of draft 4 or newer, as JSON or YAML, or Avro schemas (.avsc),
    which are compared by Avro's own rules, or Protobuf (.proto), compared as it travels.
    Exit code 0 when compatible, 1 when breaking, or unknown unless that only warns.
    """
    from eventproof.contracts import load_schema

    schemas = (load_schema(writer, note=_tell), load_schema(reader, note=_tell))
    wished = wishes(options, reader.absolute().parent)
    terms = terms_of(wished)
    comparison = _compared(*schemas, terms, direction)
    is_forward = comparison.direction == "forward"
    names = (reader, writer) if is_forward else (writer, reader)
    why = _rejections(schemas[0 if is_forward else 1], comparison, terms)
    show(lambda name: _rendered(name, comparison, direction, names, why, wished), FORMATS, options)
    warns = comparison.verdict == "unknown" and wished["unknown"] == "warn"
    if comparison.verdict != "compatible" and not warns:
        raise click.exceptions.Exit(exits.FOUND)


def _tell(sentence: str) -> None:
    """Say on stderr what is amiss with a file, whatever the format of the result."""
    click.echo(sentence, err=True)


def _compared(old: Any, new: Any, terms: Terms, direction: str) -> Comparison:
    """Return the comparison asked for; of `full`, the side that fails, the breaking one first."""
    from eventproof.contracts import compare_under

    results = []
    if direction in ("backward", "full"):
        results.append(compare_under(terms, writer=old, reader=new, direction="backward"))
    if direction in ("forward", "full"):
        results.append(compare_under(terms, writer=new, reader=old, direction="forward"))
    return min(results, key=lambda c: ("breaking", "unknown", "compatible").index(c.verdict))


def _rejections(schema: Any, comparison: Comparison, terms: Terms) -> tuple[str, ...]:
    from eventproof.contracts import rejections

    if comparison.verdict != "breaking":
        return ()
    return tuple(rejections(schema, comparison, terms, limit=5))


def _rendered(
    output_format: str,
    comparison: Comparison,
    direction: str,
    names: Paths,
    why: tuple[str, ...],
    wished: Mapping[str, Any],
) -> str:
    from eventproof import report
    from eventproof.contracts import judge_comparison

    sent, read = (path.as_posix() for path in names)
    if output_format == "json":
        return as_json("contracts-compare", _record(comparison, direction, wished))
    if output_format == "text":
        return report.comparison_text(comparison, sent=sent, read=read, rejections=why)
    if output_format == "markdown":
        return report.comparison_markdown(comparison, sent=sent, read=read, rejections=why)
    sentence = report.comparison_line(comparison, sent=sent, read=read)
    warns = wished["unknown"] == "warn"
    judged = judge_comparison(comparison, sentence, file=read, rejections=why, warns=warns)
    return findings_as(output_format, judged, f"{sent} {read}", command="compare")


def _record(comparison: Comparison, direction: str, wished: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "verdict": comparison.verdict,
        "direction": direction,
        "policy": comparison.policy,
        "protobuf": terms_of(wished).protobuf,
        "changes": [
            {
                "kind": change.kind,
                "confluent": change.confluent,
                "path": change.path,
                "message": change.message,
            }
            for change in comparison.changes
        ],
        "witness": comparison.witness,
        "encoded": comparison.encoded,
        "reason": comparison.reason,
    }
