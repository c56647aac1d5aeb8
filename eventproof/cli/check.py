"""`eventproof check`: what the rules find in a catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.output import emit_json
from eventproof.findings import (
    Finding,
    NothingToCheck,
    Severity,
    Summary,
    as_concise,
    as_records,
    as_text,
)

if TYPE_CHECKING:
    from eventproof.catalog import Catalog


@click.command("check")
@click.argument("catalog", type=click.Path(path_type=Path), default=".")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "concise", "json"]),
    default="text",
    show_default=True,
    help="How findings are shown.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), "never"]),
    default=Severity.ERROR.value,
    show_default=True,
    help="The mildest severity that makes the exit code 1.",
)
@click.pass_context
def check_command(ctx: click.Context, catalog: Path, output_format: str, fail_on: str) -> None:
    """Check a catalog: broken files, dangling references, stale consumers, missing schemas.

    Each finding names its rule; `eventproof rule ID` explains it.
    """
    from eventproof.catalog import load

    loaded = load(catalog)
    if not loaded.resources and not loaded.problems:
        raise nothing_in(loaded)
    findings = findings_of(loaded)
    if output_format == "json":
        emit_json("check", _document(loaded, findings))
    elif output_format == "concise":
        click.echo(as_concise(findings), nl=bool(findings))
    else:
        click.echo(
            "\n\n".join(part for part in (as_text(findings), _line(loaded, findings)) if part)
        )
    if fail_on != "never" and any(f.severity.at_least(Severity(fail_on)) for f in findings):
        ctx.exit(exits.FOUND)


def findings_of(catalog: Catalog) -> tuple[Finding, ...]:
    """Return what the rules of all parts find, by place."""
    from eventproof.catalog import check

    parts = (check(catalog),)
    return tuple(sorted((f for part in parts for f in part), key=lambda f: f.sort_key))


def nothing_in(catalog: Catalog) -> NothingToCheck:
    """Return the Problem of a folder without a single resource."""
    return NothingToCheck(
        f"{catalog.shown or '.'} holds no resource of a catalog.",
        hint="Give the folder that holds services, events or domains.",
    )


def _document(catalog: Catalog, findings: Sequence[Finding]) -> dict[str, Any]:
    summary = Summary.of(findings)
    types = Counter(resource.type for resource in catalog.resources)
    return {
        "catalog": catalog.shown or ".",
        "summary": {
            "files": catalog.files,
            "resources": dict(sorted(types.items())),
            "findings": {
                "error": summary.error,
                "warning": summary.warning,
                "info": summary.info,
            },
        },
        "findings": as_records(findings),
    }


def _line(catalog: Catalog, findings: Sequence[Finding]) -> str:
    """Return the last line: what was looked at, and what was found."""
    counts = (
        (catalog.files, "file"),
        (len(catalog.services), "service"),
        (len(catalog.messages), "message"),
    )
    looked_at = ", ".join(f"{count} {noun}{'s' if count != 1 else ''}" for count, noun in counts)
    return f"{looked_at}: {Summary.of(findings)}"
