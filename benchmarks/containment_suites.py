"""Every corroborated pair of the containment suites, policy strict: how many verdicts are right.

    python benchmarks/containment_suites.py [--unknown] [--markdown]

The suites lie beside the repository (tests/contracts/containment_suites.py says where). Time is
the CPU time of one `compare`, explanation included. Every witness is put before both validators
again, as they are: `refuted` counts labels that such a payload contradicts, `wrong` every other
verdict against its label. `--unknown` lists what was not decided and what was refuted;
`--markdown` prints docs/reference/containment.md, for which the peers are asked as well
(containment_peers.py, a few minutes).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contracts"))

import containment_suites as suites

from eventproof.contracts import REASONS, compare
from eventproof.contracts.change_names import KINDS

HEADS = (
    "suite",
    "pairs",
    "correct",
    "refuted",
    "wrong",
    "unknown",
    "median ms",
    "p99 ms",
    "max ms",
)
PAGE = Path(__file__).with_name("containment_page.md")


@dataclass(slots=True)
class Measured:
    """What came of one suite."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def cells(self) -> tuple[str, ...]:
        """One row of the table."""
        ordered = sorted(self.seconds)
        times = (statistics.median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1])
        counted = (self.counts[key] for key in ("correct", "refuted", "wrong", "unknown"))
        shown = (f"{1000 * seconds:.2f}" for seconds in times)
        return (self.name, str(len(ordered)), *map(str, counted), *shown)


def measure(name: str) -> Measured:
    """Compare every pair of one suite."""
    found = Measured(name)
    for pair in suites.pairs(name):
        begin = time.process_time()
        comparison = compare(writer=pair.writer, reader=pair.reader, policy="strict")
        found.seconds.append(time.process_time() - begin)
        outcome = judged(pair, comparison.verdict, comparison.witness)
        found.counts[outcome] += 1
        if outcome != "correct":
            found.remarks.append(
                f"{pair.id}  {outcome}  {comparison.reason or comparison.witness!r}"
            )
    return found


def judged(pair: suites.Pair, verdict: str, witness: object) -> str:
    """Hold a verdict against its label, and its witness against both validators."""
    if verdict == "unknown":
        return "unknown"
    if verdict == "breaking" and not suites.refutes(pair, witness):
        return "wrong"
    if (verdict == "compatible") == pair.contained:
        return "correct"
    return "refuted" if verdict == "breaking" else "wrong"


def as_text(rows: list[Measured]) -> Iterator[str]:
    """The table for a terminal."""
    for row in (HEADS, *(one.cells() for one in rows)):
        yield f"{row[0]:<20}" + "".join(f"{cell:>10}" for cell in row[1:])


def as_markdown(rows: list[Measured]) -> Iterator[str]:
    """The reference page, its text and its tables."""
    import containment_peers

    table = [" | ".join(HEADS), " | ".join(["---", *["---:"] * (len(HEADS) - 1)])]
    table += [" | ".join(one.cells()) for one in rows]
    refuted = [line for one in rows for line in one.remarks if "  refuted  " in line]
    kinds = ["kind | it says | Confluent's name", "--- | --- | ---"]
    kinds += [
        f"`{kind}` | {says} | {f'`{name}`' if name else ''}"
        for kind, (says, name) in KINDS.items()
    ]
    parts = {
        "REASONS": "\n".join(f"| `{code}` | {says} |" for code, says in REASONS.items()),
        "PEERS": "\n".join(containment_peers.as_markdown(containment_peers.table(every=1))),
        "SUITES": "\n".join(f"| {line} |" for line in table),
        "REFUTED": "\n".join(
            f"- `{line.split('  ')[0]}`: `{line.split('  ')[2]}`" for line in refuted
        ),
        "KINDS": "\n".join(f"| {line} |" for line in kinds),
    }
    text = PAGE.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    yield text.rstrip("\n")


def main() -> int:
    """Print the table; fail when any verdict is wrong."""
    if not suites.FOLDER.is_dir():
        print("the containment suites are not beside this repository", file=sys.stderr)
        return 3
    rows = [measure(name) for name in suites.NAMES]
    print("\n".join(as_markdown(rows) if "--markdown" in sys.argv else as_text(rows)))
    if "--unknown" in sys.argv:
        print("\n".join(f"  {line}" for one in rows for line in one.remarks))
    return 1 if any(one.counts["wrong"] for one in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
