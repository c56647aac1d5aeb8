"""Runs a catalog without a scenario, its services as stubs, and puts the figures together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventproof.cli.figures import DIGITS, quantile
from eventproof.findings import NothingToCheck, printable

if TYPE_CHECKING:
    from eventproof.simulator import CatalogRun, Incident

BUSIEST = 8
"""Participants that are named in the text."""


@dataclass(frozen=True)  # no slots: what is put together is kept
class Traffic:
    """The runs of one catalog, a seed each."""

    title: str
    """The catalog's folder, as the user typed it."""
    runs: tuple[CatalogRun, ...]
    described: tuple[str, ...]
    """The messages that the catalog describes, with their latest versions."""

    @cached_property
    def incidents(self) -> tuple[Incident, ...]:
        """What went wrong, each once over all seeds; violations first."""
        from eventproof.simulator import merged

        found = merged(incident for run in self.runs for incident in run.incidents)
        return tuple(
            sorted(found, key=lambda i: (not i.is_violation, i.property, i.message, i.sentence))
        )

    @property
    def violations(self) -> tuple[Incident, ...]:
        """What no catalog wants."""
        return tuple(one for one in self.incidents if one.is_violation)

    @property
    def notes(self) -> tuple[Incident, ...]:
        """What a sound catalog may have too."""
        return tuple(one for one in self.incidents if not one.is_violation)

    @property
    def verdict(self) -> str:
        """`violated` when anything is, else `passed`: a run proves nothing."""
        return "violated" if self.violations else "passed"

    @cached_property
    def sent(self) -> Counter[str]:
        """Message -> how often it was sent, over all seeds."""
        total: Counter[str] = Counter()
        for run in self.runs:
            total.update(run.sent)
        return total

    @cached_property
    def handled(self) -> Counter[str]:
        """Participant -> messages that it received, over all seeds."""
        total: Counter[str] = Counter()
        for run in self.runs:
            total.update(run.handled)
        return total

    @property
    def unreached(self) -> tuple[str, ...]:
        """Messages that the catalog describes and no run has sent."""
        return tuple(sorted(name for name in self.described if name not in self.sent))

    @property
    def chain_s(self) -> list[float]:
        """How long the chains took that came to their end, shortest first."""
        return sorted(seconds for run in self.runs for seconds in run.chain_s)

    @property
    def seconds(self) -> float:
        """Simulated seconds, over all seeds."""
        return sum(run.seconds for run in self.runs)


def run_traffic(
    folder: Path, *, messages: int, seeds: Iterable[int], fault_rate: float = 0.0
) -> Traffic:
    """Run the catalog in a folder once a seed. NothingToCheck where it holds none."""
    from eventproof.catalog import load
    from eventproof.contracts import build
    from eventproof.simulator import Faults, cast_of, guarantees_of, run_catalog

    catalog = load(folder)
    if not catalog.files:
        raise NothingToCheck(
            f"{folder} has no index file of an EventCatalog.",
            hint="name a scenario file, or a folder with services/, events/ or domains/ in it",
        )
    contracts, cast = build(catalog), cast_of(catalog)
    faults = Faults(fault_rate, guarantees_of(catalog))
    runs = tuple(
        run_catalog(cast, contracts, messages=messages, seed=seed, faults=faults) for seed in seeds
    )
    return Traffic(folder.as_posix(), runs, tuple(str(message) for message in cast.described))


def traffic_record(traffic: Traffic) -> dict[str, Any]:
    """The runs as they stand in JSON, without the format line."""
    return {
        "scenario": None,
        "catalog": traffic.title,
        "seeds": [run.seed for run in traffic.runs],
        "verdict": traffic.verdict,
        "expected": None,
        "as_expected": traffic.verdict == "passed",
        "journeys": len(traffic.chain_s),
        "seconds": round(traffic.seconds, DIGITS),
        "metrics": {
            "sent": traffic.sent.total(),
            "received": traffic.handled.total(),
            "without_payload": sum(run.without_payload for run in traffic.runs),
            "messages": dict(sorted(traffic.sent.items())),
            "participants": dict(sorted(traffic.handled.items())),
            **{f"journey_p{p}_s": quantile(traffic.chain_s, p) for p in (50, 95, 99)},
        },
        "violations": [_incident_record(one) for one in traffic.violations],
        "notes": [_incident_record(one) for one in traffic.notes],
        "unreached": list(traffic.unreached),
    }


def traffic_text(traffic: Traffic) -> str:
    """The runs for people: the headline, one figure a line, then what went wrong."""
    from eventproof.report import NAME_WIDTH

    broken = ", ".join(dict.fromkeys(one.property for one in traffic.violations))
    words = f"{traffic.verdict.upper()} {broken}".strip()
    seeds = ", ".join(str(run.seed) for run in traffic.runs)
    lines = [
        f"{traffic.title:<{NAME_WIDTH}} {words}   {traffic.sent.total():,} messages",
        "",
        f"  seeds {seeds}; {traffic.seconds:,.0f} simulated seconds; services play stubs",
        *_figures(traffic),
    ]
    for one in traffic.violations:
        lines += ["", f"  {one.property}   {one.count:,} times", f"    {one.sentence}"]
        if len(one.path) > 1:
            lines += ["    after", *(f"      {hop}" for hop in one.path[:-1])]
    for name, notes in groupby(traffic.notes, key=lambda one: one.property):
        lines += ["", f"  note: {name}"]
        # Those of several senders may read the same.
        counts: Counter[str] = Counter()
        for note in notes:
            counts[note.sentence] += note.count
        lines += [f"    {count:>7,}  {sentence}" for sentence, count in counts.items()]
    return "\n".join(printable(line) for line in lines)


def _figures(traffic: Traffic) -> list[str]:
    without = sum(run.without_payload for run in traffic.runs)
    figures = [
        (f"{traffic.handled.total():,}", "received"),
        (f"{without:,}", "sent without a payload: no contract gives one"),
        (f"{len(traffic.unreached):,}", "messages of the catalog that nobody sends or receives"),
        *((f"{quantile(traffic.chain_s, p):.2f}", f"journey p{p}, seconds") for p in (50, 95, 99)),
        *((f"{n:,}", f"received by {name}") for name, n in traffic.handled.most_common(BUSIEST)),
    ]
    return [f"  {figure:>9}  {words}" for figure, words in figures]


def _incident_record(incident: Incident) -> dict[str, Any]:
    return {
        "seed": incident.seed,
        "property": incident.property,
        "sentence": incident.sentence,
        "message": incident.message,
        "count": incident.count,
        "path": list(incident.path),
        "payload": incident.payload,
    }
