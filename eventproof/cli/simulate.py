"""`eventproof simulate`: a scenario or a catalog in simulated time, over one or several seeds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventproof.cli import exits
from eventproof.cli.number import Number
from eventproof.cli.output import emit_json

if TYPE_CHECKING:
    from eventproof.cli.comparing import Compared
    from eventproof.cli.timing import Timed
    from eventproof.simulator import Scenario

MESSAGES = 1_000
"""Messages that a catalog sends in each run, where the command line does not say."""
FIRST_SEED = 1


@click.command("simulate", short_help="Run a scenario, or a whole catalog, in simulated time.")
@click.argument("path", metavar="SCENARIO|CATALOG", type=click.Path(path_type=Path))
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.option("--seeds", type=click.IntRange(min=1), default=1, help="How many seeds to run.")
@click.option("--seed", type=click.IntRange(min=0), help="The first seed; else the scenario's.")
@click.option(
    "--customers", type=click.IntRange(min=1), help="How many come; else the scenario's."
)
@click.option(
    "--messages",
    type=click.IntRange(min=1, max=10_000_000),
    help=f"Of a catalog: how many are sent for each seed; {MESSAGES:,} without it.",
)
@click.option(
    "--faults",
    "fault_rate",
    type=Number(0, 1),
    metavar="RATE",
    help="Of a catalog: how often a message meets a fault; 0 without it.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Run seeds in this many processes (extra `cluster`).",
)
@click.option("--cluster", help="Run seeds on a Dask cluster: dask://host:port (extra `cluster`).")
@click.option(
    "--resume",
    "kept",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep finished runs in this file, and do not run them again.",
)
@click.option(
    "--compare",
    metavar="KEY=VALUE,VALUE",
    help="Run the seeds under each of these policies: allocate, allocate_at or isolation.",
)
@click.pass_context
def simulate_command(
    ctx: click.Context,
    path: Path,
    style: str,
    seeds: int,
    seed: int | None,
    customers: int | None,
    messages: int | None,
    fault_rate: float | None,
    jobs: int,
    cluster: str | None,
    kept: Path | None,
    compare: str | None,
) -> None:
    """Run a SCENARIO in simulated time and measure it; the same seed gives the same figures.

    Over several seeds, means come with 95 % confidence intervals. Several processes or a cluster
    give the same bytes as one; a cluster's workers need the scenario's files under the same path.
    A race that is met is made smaller and becomes a tape, one for each broken property.
    Imports the handlers that the scenario names. Exit code 0 when the verdict is the expected
    one, 1 when it is another.

    With --compare, the same seeds (and so arrivals and draws) run under each policy, and the
    differences from the first one come with 95 % confidence intervals. No tapes are written, and
    the exit code is 0 whatever the verdicts are.

    A CATALOG runs without a scenario, and nothing is imported: every service plays the stub that
    its page describes, and payloads are drawn from the contracts. Exit code 1 when a message
    breaks a contract, a consumer cannot read what it gets, or messages set each other off without
    end; 3 when there is nothing to run. With --faults, messages are lost, delivered twice or late,
    and consumers crash, as far as the channels' delivery guarantees allow; what came of each is
    noted, and does not change the exit code.
    """
    if path.is_dir():
        if customers is not None:
            raise click.UsageError("--customers is for a scenario; a catalog takes --messages.")
        if jobs > 1 or cluster is not None or kept is not None or compare is not None:
            raise click.UsageError("--jobs, --cluster, --resume and --compare are for a scenario.")
        first = FIRST_SEED if seed is None else seed
        is_clean = _run_catalog(
            path, style, messages or MESSAGES, range(first, first + seeds), fault_rate or 0.0
        )
    else:
        if fault_rate is not None:
            raise click.UsageError("--faults is for a catalog; a scenario says so in its file.")
        if messages is not None:
            raise click.UsageError("--messages is for a catalog; a scenario takes --customers.")
        scenario = _scenario(path, customers)
        first = scenario.seed if seed is None else seed
        crew_of = (jobs, cluster)
        is_clean = _run_scenario(
            scenario, style, range(first, first + seeds), crew_of, kept, compare
        )
    ctx.exit(exits.CLEAN if is_clean else exits.FOUND)


def _run_scenario(
    scenario: Scenario,
    style: str,
    seeds: range,
    crew_of: tuple[int, str | None],
    kept: Path | None,
    compare: str | None,
) -> bool:
    from eventproof.cli.comparing import run_compared
    from eventproof.cli.project import project_root_of
    from eventproof.cli.timing import run_timed
    from eventproof.simulator import Cluster, Crew

    jobs, address = crew_of
    crew = Crew(jobs, Cluster(address) if address is not None else None)
    if compare is None:
        work = project_root_of(scenario.path)
        return _show(run_timed(scenario, seeds=seeds, crew=crew, kept=kept, work=work), style)
    _show_compared(run_compared(scenario, compare, seeds=seeds, crew=crew, kept=kept), style)
    return True


def _run_catalog(folder: Path, style: str, messages: int, seeds: range, fault_rate: float) -> bool:
    from eventproof.cli.traffic import run_traffic, traffic_record, traffic_text

    traffic = run_traffic(folder, messages=messages, seeds=seeds, fault_rate=fault_rate)
    if style == "json":
        emit_json("simulate", traffic_record(traffic))
    else:
        click.echo(traffic_text(traffic))
    return traffic.verdict == "passed"


def _scenario(file: Path, customers: int | None) -> Scenario:
    from dataclasses import replace

    from eventproof.simulator import load_scenario

    loaded = load_scenario(file)
    if customers is None:
        return loaded
    return replace(loaded, customers=replace(loaded.customers, count=customers))


def _show(timed: Timed, style: str) -> bool:
    from eventproof.cli.timing import timed_record, timed_text

    if style == "json":
        emit_json("simulate", timed_record(timed))
    else:
        click.echo(timed_text(timed))
    return timed.as_expected


def _show_compared(compared: Compared, style: str) -> None:
    from eventproof.cli.comparing import compared_record, compared_text

    if style == "json":
        emit_json("simulate", compared_record(compared))
    else:
        click.echo(compared_text(compared))
