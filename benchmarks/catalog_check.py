"""`eventproof check` against EventCatalog's linter, and against the least that reading can cost.

    python benchmarks/catalog_check.py [--large] [--rounds 3] [--node-modules FOLDER]

Catalogs of 100 and 1,000 services (and 5,000 with --large) with planted defects; whole processes,
taken in turns; medians. The floor is a process that reads every index file and parses its
frontmatter with PyYAML's C loader, and does nothing else. The linter is installed from npm into
a temporary folder, unless --node-modules says where it is. Fails when eventproof finds anything
but what was planted, or misses a target.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import catalog_generator

LINTER = "@eventcatalog/linter"
SIZES = (100, 1_000)
LARGE = 5_000
CPU_OF_LINTER_MIN = 4.0
"""At 1,000 services the linter must take at least so many times eventproof's CPU time."""
CPU_OF_FLOOR_MAX = 3.0
MEMORY_MAX_MB: Mapping[int, int] = {1_000: 150, LARGE: 500}
ROW = "{:>8} {:>7}  {:<11} {:>7} {:>7} {:>8} {:>9} {:>10}"


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took."""

    cpu_s: float
    """User and system time of the process and its children."""
    wall_s: float
    peak_mb: float
    """Resident memory at its highest, of the largest process."""
    exit_code: int
    stdout: bytes


def measure(command: Sequence[str | Path], bytecode: Path) -> Run:
    """Run a command to its end, whatever its exit code.

    Python finds its bytecode in a folder, as that of an installed package is found beside it.
    """
    # Set, this would compile every module anew in every run.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"PYTHONPYCACHEPREFIX": str(bytecode)}
    with tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        with subprocess.Popen(
            command, stdout=out, stderr=subprocess.DEVNULL, env=environment
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.perf_counter() - begin
        out.seek(0)
        cpu_s = usage.ru_utime + usage.ru_stime
        return Run(cpu_s, wall_s, usage.ru_maxrss / 1024, process.returncode, out.read())


def floor(folder: Path) -> None:
    """Read every index file below a folder and parse its frontmatter; nothing else."""
    import yaml

    for here, _, names in os.walk(folder):
        for name in names:
            if name in ("index.md", "index.mdx"):
                text = (Path(here) / name).read_text(encoding="utf-8")
                try:
                    yaml.load(text.split("---", 2)[1], Loader=yaml.CSafeLoader)
                except yaml.YAMLError:
                    continue


def commands(folder: Path, linter: Path | None) -> dict[str, list[str | Path]]:
    """The processes that are compared, by name, in the order of the table."""
    found: dict[str, list[str | Path]] = {
        "floor": [sys.executable, __file__, "--floor", folder],
        "eventproof": [
            *(sys.executable, "-m", "eventproof", "check", folder),
            *("--format", "json", "--fail-on", "never"),
        ],
    }
    return found | ({"linter": [linter, folder]} if linter else {})


def compare(
    services: int, folder: Path, *, linter: Path | None, rounds: int, bytecode: Path
) -> list[str]:
    """Measure one size and print its rows; returns what is wrong, in sentences."""
    files = catalog_generator.generate(folder, services=services)
    runs: dict[str, list[Run]] = {name: [] for name in commands(folder, linter)}
    for command in commands(folder, linter).values():
        measure(command, bytecode)  # this one finds neither bytecode nor files in memory
    for _ in range(rounds):
        # In turns, so that a change in the machine's load falls on all of them.
        for name, command in commands(folder, linter).items():
            runs[name].append(measure(command, bytecode))
    cpu = {name: statistics.median(run.cpu_s for run in taken) for name, taken in runs.items()}
    for name, taken in runs.items():
        print(
            ROW.format(
                f"{services:,}",
                f"{files:,}",
                name,
                f"{cpu[name]:.2f}",
                f"{statistics.median(run.wall_s for run in taken):.2f}",
                f"{max(run.peak_mb for run in taken):.0f}",
                f"{cpu[name] / cpu['floor']:.1f}",
                f"{cpu['linter'] / cpu[name]:.1f}" if linter else "-",
            )
        )
    last = runs["eventproof"][-1]
    if last.exit_code:
        return [f"At {services:,} services, eventproof ended with exit code {last.exit_code}."]
    peak_mb = max(run.peak_mb for run in runs["eventproof"])
    return _misses(services, cpu, peak_mb) + differences(folder, last.stdout)


def _misses(services: int, cpu: Mapping[str, float], peak_mb: float) -> list[str]:
    """Return which targets were missed."""
    wrong = []
    ratio = cpu.get("linter", float("inf")) / cpu["eventproof"]
    if services == SIZES[-1] and ratio < CPU_OF_LINTER_MIN:
        wrong.append(f"The linter takes only {ratio:.1f} times eventproof's CPU time.")
    if services >= SIZES[-1] and cpu["eventproof"] > CPU_OF_FLOOR_MAX * cpu["floor"]:
        times = cpu["eventproof"] / cpu["floor"]
        wrong.append(f"At {services:,} services, eventproof takes {times:.1f} times the floor.")
    limit_mb = MEMORY_MAX_MB.get(services)
    if limit_mb and peak_mb > limit_mb:
        wrong.append(f"At {services:,} services, {peak_mb:.0f} MB are more than {limit_mb}.")
    return wrong


def differences(folder: Path, output: bytes) -> list[str]:
    """Say where the errors and warnings of a check are not the planted ones."""
    truth = json.loads(catalog_generator.truth_of(folder).read_text(encoding="utf-8"))
    planted = Counter((one["rule"], one["resource"]) for one in truth)
    found = Counter(
        (one["rule"], _subject(folder, one))
        for one in json.loads(output)["findings"]
        if one["severity"] != "info"
    )
    missing = [f"Not found: {rule} on {where}." for rule, where in sorted(planted - found)]
    more = [f"Found, not planted: {rule} on {where}." for rule, where in sorted(found - planted)]
    return missing + more


def _subject(folder: Path, finding: Mapping[str, dict[str, str]]) -> str:
    resource = finding["resource"]
    if resource:
        return f"{resource['type']}:{resource['id']}@{resource['version']}"
    return Path(finding["location"]["file"]).relative_to(folder).as_posix()


def installed_linter(node_modules: Path | None, temporary: Path) -> Path | None:
    """Return the linter's command, installed with npm where need be; None where it cannot be."""
    if node_modules is None:
        if not shutil.which("npm"):
            print("npm is not installed: the linter is left out.", file=sys.stderr)
            return None
        node_modules = temporary / "node_modules"
        done = subprocess.run(
            ["npm", "install", "--prefix", temporary, "--no-audit", "--no-fund", LINTER],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            print(f"npm cannot install {LINTER}: it is left out.", file=sys.stderr)
            return None
    about = json.loads((node_modules / LINTER / "package.json").read_text(encoding="utf-8"))
    print(f"{LINTER} {about['version']}", file=sys.stderr)
    return node_modules / ".bin" / "eventcatalog-linter"


def main() -> int:
    """Print the table and what is wrong; 1 where anything is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--large", action="store_true", help=f"also {LARGE:,} services")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--node-modules", type=Path, help=f"where {LINTER} is installed")
    options = parser.parse_args()
    if options.floor:
        floor(options.floor)
        return 0
    wrong = []
    with tempfile.TemporaryDirectory() as temporary:
        linter = installed_linter(options.node_modules, Path(temporary))
        print(
            ROW.format(
                *("services", "files", "", "CPU s", "wall s", "peak MB", "CPU/floor", "linter/CPU")
            )
        )
        for services in (*SIZES, *([LARGE] if options.large else [])):
            folder = Path(temporary) / f"catalog-{services}"
            wrong += compare(
                services,
                folder,
                linter=linter,
                rounds=options.rounds,
                bytecode=Path(temporary) / "bytecode",
            )
            shutil.rmtree(folder)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
