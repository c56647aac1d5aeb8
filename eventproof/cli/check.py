"""`eventproof check`: what the rules find in a catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli import exits
from eventproof.cli.contracts_options import waiver_options
from eventproof.cli.contracts_settings import judging
from eventproof.cli.output import write_text
from eventproof.findings import (
    Known,
    Layer,
    NothingToCheck,
    Problem,
    Severity,
    baseline_text,
    demand_known,
    known_of,
    read_baseline,
)

if TYPE_CHECKING:
    from eventproof.catalog import Catalog
    from eventproof.cli.check_settings import CheckSettings
    from eventproof.cli.checking import Checked

FORMATS = ("text", "concise", "json", "sarif", "junit", "github", "markdown")
_NEVER = "never"
_RULES_HELP = "rules: ids, beginnings of ids such as CAT3, or names, parted by commas"


def _output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--output-FORMAT FILE` for each format."""
    for name in reversed(FORMATS):
        option = click.option(
            f"--output-{name}",
            metavar="FILE",
            type=click.Path(path_type=Path, dir_okay=False),
            help=f"Write the {name} format to a file as well.",
        )
        command = option(command)
    return command


@click.command("check")
@click.argument("catalog", type=click.Path(path_type=Path), default=".")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    envvar="EVENTPROOF_FORMAT",
    help="How findings are shown on stdout.",
)
@_output_options
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), _NEVER]),
    envvar="EVENTPROOF_FAIL_ON",
    help="The mildest severity that makes the exit code 1.  [default: error]",
)
@click.option(
    "--select",
    metavar="RULES",
    multiple=True,
    envvar="EVENTPROOF_SELECT",
    help=f"Only these {_RULES_HELP}.",
)
@click.option(
    "--ignore",
    metavar="RULES",
    multiple=True,
    envvar="EVENTPROOF_IGNORE",
    help="All but these; where both name a rule, the longer one counts.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="EVENTPROOF_BASELINE",
    help="Leave out the findings that this file knows of.",
)
@click.option("--baseline-update", is_flag=True, help="Write what is found to the baseline.")
@click.option("--baseline-prune", is_flag=True, help="Drop from it what no longer occurs.")
@waiver_options
@click.option("--fix", is_flag=True, help="Make the mends that cannot be wrong, then check.")
@click.option("--diff", is_flag=True, help="Show these mends on stdout and make none.")
@click.pass_context
def check_command(ctx: click.Context, /, catalog: Path, **options: Any) -> None:
    """Check a catalog: broken files, dangling references, stale consumers, broken contracts.

    Each finding names its rule; `eventproof rule ID` explains it. Settings stand under [check] in
    eventproof.toml, or under [tool.eventproof.check] in pyproject.toml, at or above the catalog.
    """
    from eventproof.catalog import load
    from eventproof.cli.check_settings import check_settings_for
    from eventproof.cli.checking import all_rules, check_catalog
    from eventproof.cli.mending import fixed, mends_of

    loaded = load(catalog)
    if not loaded.resources and not loaded.problems:
        raise nothing_in(loaded)
    wishes = _wishes(options, check_settings_for(loaded.root, all_rules()))
    known = _known(wishes)
    waiving = {name: options[name] for name in ("waivers", "today")}
    terms, leniency = judging(loaded.root, waiving)

    def checked_now(now: Catalog) -> Checked:
        return check_catalog(
            now,
            layers=wishes.layers,
            overrides=wishes.settings.overrides,
            patterns_from=wishes.settings.folder,
            baseline=known,
            terms=terms,
            leniency=leniency,
        )

    checked = checked_now(loaded)
    if options["fix"] and not options["diff"]:
        checked, done = fixed(checked, lambda: checked_now(load(catalog)))
        click.echo(done, err=True)
    checked = _baseline_kept(checked, known, wishes)
    diff = "".join(mend.diff for mend in mends_of(checked.findings)) if options["diff"] else None
    _show(checked, diff, wishes.fail_on, options)
    grave = (f for f in checked.findings if wishes.fail_on and f.severity.at_least(wishes.fail_on))
    ctx.exit(exits.FOUND if any(grave) or diff else exits.CLEAN)


def nothing_in(catalog: Catalog) -> NothingToCheck:
    """Return the Problem of a folder without a single resource."""
    return NothingToCheck(
        f"{catalog.shown or '.'} holds no resource of a catalog.",
        hint="Give the folder that holds services, events or domains.",
    )


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the flags, the environment and the settings file ask for, in this order."""

    settings: CheckSettings
    layers: tuple[Layer, ...]
    fail_on: Severity | None
    baseline: Path | None
    update: bool
    prune: bool


def _wishes(options: Mapping[str, Any], settings: CheckSettings) -> _Wishes:
    """Put the settings together. Raises Problem for an unknown rule, or a flag without a file."""
    from eventproof.cli.checking import all_rules

    flags = Layer(_selectors(options["select"]), _selectors(options["ignore"]))
    demand_known(flags.select, all_rules(), where="--select")
    demand_known(flags.ignore, all_rules(), where="--ignore")
    word = options["fail_on"] or settings.fail_on or Severity.ERROR
    wishes = _Wishes(
        settings=settings,
        layers=(settings.layer, flags),
        fail_on=None if word == _NEVER else Severity(word),
        baseline=options["baseline"] or settings.baseline,
        update=options["baseline_update"],
        prune=options["baseline_prune"],
    )
    if (wishes.update or wishes.prune) and wishes.baseline is None:
        raise Problem("There is no baseline to write.", hint="Name it: --baseline FILE.")
    return wishes


def _selectors(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _known(wishes: _Wishes) -> tuple[Known, ...]:
    """Return the baseline's entries; none where it is about to be written for the first time."""
    file = wishes.baseline
    if file is None or (wishes.update and not file.exists()):
        return ()
    return read_baseline(file)


def _baseline_kept(checked: Checked, known: Sequence[Known], wishes: _Wishes) -> Checked:
    """Write the baseline where that is asked for; else say what is left over in it."""
    if wishes.baseline is None:
        return checked
    if wishes.update:
        found = (*checked.findings, *checked.known)
        write_text(wishes.baseline, baseline_text((*map(known_of, found), *checked.kept)))
        click.echo(f"{wishes.baseline} now knows {len(found)} findings", err=True)
        return replace(checked, findings=(), known=found, gone=())
    if wishes.prune:
        write_text(wishes.baseline, baseline_text(set(known) - set(checked.gone)))
        click.echo(f"dropped {len(checked.gone)} findings from {wishes.baseline}", err=True)
    elif checked.gone:
        head = f"{wishes.baseline} knows of findings that are gone; --baseline-prune drops them:"
        click.echo("\n".join((head, *(f"  {entry}" for entry in checked.gone))), err=True)
    return checked


def _show(
    checked: Checked, diff: str | None, fail_on: Severity | None, options: Mapping[str, Any]
) -> None:
    """Write the outputs: the files first, so that a reader that stops early loses none."""
    from eventproof.cli.check_formats import rendered

    for name in FORMATS:
        file = options[f"output_{name}"]
        if file is not None:
            write_text(file, rendered(checked, name, fail_on=fail_on))
    shown = rendered(checked, options["output_format"], fail_on=fail_on) if diff is None else diff
    click.echo(shown, nl=False)
