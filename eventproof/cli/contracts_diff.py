"""`eventproof contracts diff`: a catalog against an earlier state of itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.contracts_options import (
    findings_as,
    format_options,
    mode_option,
    show,
    tell_problems,
    terms_options,
    waiver_options,
)
from eventproof.cli.contracts_settings import leniency_of, terms_of, wishes
from eventproof.cli.output import as_json
from eventproof.findings import NothingToCheck, Problem

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts import Mode

FORMATS = ("text", "json", "markdown", "sarif", "junit", "github")


@click.command("diff")
@click.argument("catalog", type=click.Path(path_type=Path), default=".")
@click.option(
    "--against",
    required=True,
    metavar="REF|FOLDER",
    help="A branch, tag or commit of the catalog's repository, or another folder.",
)
@mode_option("full")
@terms_options
@click.option(
    "--major-may-break/--no-major-may-break",
    default=None,
    envvar="EVENTPROOF_MAJOR_MAY_BREAK",
    help="Only tell of breaks that a new major version announces.  [default: they fail]",
)
@waiver_options
@format_options(FORMATS)
@click.pass_context
def diff_command(ctx: click.Context, /, catalog: Path, against: str, **options: Any) -> None:
    """Compare CATALOG as it lies here with an earlier state of it: what breaks whom.

    Messages that were added or removed, schemas that were edited under their version, version
    numbers that promise something else than the change does, and every break with a payload and
    its consumers. The checkout is not touched. Exit code 1 on errors.
    """
    from eventproof.catalog import load
    from eventproof.contracts import build, difference, judge_difference

    loaded = load(catalog)
    wished = wishes(options, loaded.root)
    terms, leniency = terms_of(wished), leniency_of(wished, loaded.root)
    mode: Mode = wished["mode"] or "full"
    with _earlier(loaded, against) as folder:
        before, now = build(load(folder)), build(loaded)
        assert before.catalog is not None
        if not loaded.messages and not before.catalog.messages:
            raise NothingToCheck(f"{catalog} has no message, here or in {against}.")
        tell_problems(before, before.catalog, where=f" {against}")
        tell_problems(now, loaded)
        found = difference(before, now, mode=mode, terms=terms)
        judged = judge_difference(before.catalog, loaded, found, leniency, against=against)

    def rendered(name: str) -> str:
        from eventproof import report
        from eventproof.cli.contracts_records import diff_document

        if name == "json":
            title = loaded.shown or "."
            document = diff_document(title, against, found, judged, terms=terms, mode=mode)
            return as_json("contracts-diff", document)
        if name == "markdown":
            return report.difference_markdown(found, judged, against=against)
        if name == "text":
            return report.difference_text(found, judged, against=against)
        return findings_as(name, judged, loaded.shown or ".", command="diff")

    show(rendered, FORMATS, options)
    if judged.fails:
        ctx.exit(exits.FOUND)


@contextmanager
def _earlier(catalog: Catalog, against: str) -> Iterator[Path]:
    """Give a folder with the earlier state. Raises `Problem` where there is none."""
    from tempfile import TemporaryDirectory

    from eventproof.contracts import tree_at

    named = Path(against)
    if named.is_dir():
        yield named
        return
    if named.is_file():
        raise Problem(f"{against} is a file.", hint="name a git ref, or the folder of a catalog.")
    with TemporaryDirectory(prefix="eventproof-") as folder:
        target = Path(folder).resolve()
        if not tree_at(catalog.root, against, target):
            shown = catalog.shown or "."
            click.echo(f"{against} does not have {shown}: everything is new.", err=True)
        yield target
