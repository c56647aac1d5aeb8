"""The options that the commands of `contracts` share, and the formats of their findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli.contracts_settings import (
    MODES,
    POLICIES,
    STRING_FORMATS,
    TRAVELS,
    UNKNOWN,
)
from eventproof.cli.output import write_text

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.contracts import Judged

Command = Callable[..., None]

_TERMS = (
    click.option(
        "--policy",
        type=click.Choice(POLICIES),
        envvar="EVENTPROOF_POLICY",
        help="declared: a writer sends the properties it declares only; strict: nothing assumed."
        "  [default: declared]",
    ),
    click.option(
        "--reader-fills-defaults/--reader-ignores-defaults",
        default=None,
        envvar="EVENTPROOF_READER_FILLS_DEFAULTS",
        help="Whether a required property with a default may be missing.  [default: ignores]",
    ),
    click.option(
        "--string-formats",
        type=click.Choice(STRING_FORMATS),
        envvar="EVENTPROOF_STRING_FORMATS",
        help="Whether the keyword `format` only informs or is checked.  [default: annotation]",
    ),
    click.option(
        "--protobuf",
        type=click.Choice(TRAVELS),
        envvar="EVENTPROOF_PROTOBUF",
        help="How Protobuf messages travel: as bytes, or as JSON, where names count."
        "  [default: wire]",
    ),
    click.option(
        "--unknown",
        type=click.Choice(UNKNOWN),
        envvar="EVENTPROOF_UNKNOWN",
        help="What a verdict does that could not be decided.  [default: fail]",
    ),
)
_WAIVERS = (
    click.option(
        "--waivers",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="EVENTPROOF_WAIVERS",
        help="Breaks that are accepted for a while.  [default: the eventproof-waivers.toml at or"
        " above the catalog]",
    ),
    click.option(
        "--today",
        metavar="DATE",
        type=click.DateTime(["%Y-%m-%d"]),
        envvar="EVENTPROOF_TODAY",
        help="The day on which waivers are judged.  [default: today]",
    ),
)


def terms_options(command: Command) -> Command:
    """Add the options on how schemas are read."""
    return _with(command, _TERMS)


def waiver_options(command: Command) -> Command:
    """Add the options on waivers."""
    return _with(command, _WAIVERS)


def mode_option(default: str) -> Callable[[Command], Command]:
    """Return the option on which versions are compared."""
    return click.option(
        "--mode",
        type=click.Choice(MODES),
        envvar="EVENTPROOF_MODE",
        help="backward: new readers, old payloads; forward: old readers, new payloads; full: both;"
        f" transitive: with all earlier versions, not only the last.  [default: {default}]",
    )


def format_options(formats: Sequence[str]) -> Callable[[Command], Command]:
    """Return `--format`, and `--output-FORMAT FILE` for each format."""

    def add(command: Command) -> Command:
        outputs = [
            click.option(
                f"--output-{name}",
                metavar="FILE",
                type=click.Path(path_type=Path, dir_okay=False),
                help=f"Write the {name} format to a file as well.",
            )
            for name in formats
        ]
        shown = click.option(
            "--format",
            "output_format",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="How the result is shown on stdout.",
        )
        return _with(command, [shown, *outputs])

    return add


def show(
    rendered: Callable[[str], str], formats: Sequence[str], options: Mapping[str, Any]
) -> None:
    """Write the files that are asked for, and then what goes to stdout."""
    for name in formats:
        file = options[f"output_{name}"]
        if file is not None:
            write_text(file, rendered(name))
    click.echo(rendered(options["output_format"]), nl=False)


def findings_as(output_format: str, judged: Judged, suite: str, *, command: str) -> str:
    """Return the findings in a format that is nobody's own: sarif, junit or github."""
    from eventproof import __version__
    from eventproof.contracts import RULES
    from eventproof.findings import Severity, as_github, as_junit, as_sarif

    if output_format == "sarif":
        return as_sarif(judged.findings, rules=RULES, version=__version__)
    if output_format == "junit":
        return as_junit(
            judged.findings,
            suite=suite,
            fail_on=Severity.ERROR,
            command=f"contracts {command}",
        )
    lines = as_github(judged.findings)
    return f"{lines}\n" if lines else ""


def tell_problems(contracts: Any, catalog: Catalog, *, where: str = "") -> None:
    """Say on stderr how many files of a catalog could not be used."""
    count = len({finding.location for finding in (*catalog.problems, *contracts.problems)})
    if count:
        noun = "problem" if count == 1 else "problems"
        click.echo(f"{count} {noun} while reading{where}; eventproof check names them.", err=True)


def _with(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
