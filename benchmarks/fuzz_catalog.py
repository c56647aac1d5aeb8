"""Breaks the pages of real catalogs in every way it knows, and fails on any exception.

    python benchmarks/fuzz_catalog.py --minutes 10 [--seed 7] [--catalog FOLDER]

Takes the example catalogs, and those of `../shared/catalogs` where they lie beside the repository.
Each round copies a few pages of one catalog, mutates some of them, and reads, checks and draws the
result. It fails when something is raised, when a file is lost, when a round takes longer than
ROUND_S_MAX, or when memory grows from round to round. The pages that it failed on are kept.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventproof.catalog import build_graph, check, load

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "catalogs"
FILES_MAX = 40
ROUND_S_MAX = 20.0
WARM_ROUNDS = 60
"""Memory is compared with what these rounds took, when caches and the interpreter are warm."""
GROWTH_MB_MAX = 100
_KB_PER_MB = 1024

TOKENS = (
    b"---", b"\n---\n", b"id: ", b"version: ", b": ", b"- ", b"&a ", b"*a", b"<<: *a",
    b"!!binary ", b"[", b"]", b"{", b"}", b"[" * 70, b"{a: " * 70, b"- " * 70, b"\x00",
    b"\xff", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"\r\n", b"\r", b"\x85", b"\xe2\x80\xa8", b"\t", b"'", b'"', b"|", b">", b"#",
    b"null", b"~", b"true", b"1.0", b"1e999", b".nan", b"2024-13-45", b"2024-01-01", b"9" * 500,
    b"1" + b":00" * 200, b"../../..", b"/etc/passwd", b"`" * 9, b"```\n", b"<!--", b"{/*", b"[[",
    b"[[event|x@1]]", b'<Schema file="x" />', b"](./x.md)", b"sends:\n", b"steps: [{id: 1}]\n",
    b"? {a: b}\n", b"x-eventproof: {ignore: [{rule: CAT1}]}\n", b"%YAML 3.0\n", b"=: 3\n",
)  # fmt: skip

Mutation = Callable[[random.Random, bytes], bytes]


def _insert(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randint(0, len(raw))
    return raw[:at] + rng.choice(TOKENS) + raw[at:]


def _delete(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randint(0, len(raw))
    return raw[:at] + raw[at + rng.choice((1, 3, 20, 200)) :]


def _flip(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randrange(len(raw)) if raw else 0
    return raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]


def _swap_lines(rng: random.Random, raw: bytes) -> bytes:
    lines = raw.split(b"\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _repeat_line(rng: random.Random, raw: bytes) -> bytes:
    lines = raw.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[:at], *[lines[at]] * rng.choice((2, 3, 2000)), *lines[at:]])


def _indent(rng: random.Random, raw: bytes) -> bytes:
    lines = raw.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at] = rng.choice((b" ", b"  ", b"\t", b"    - ")) + lines[at].lstrip()
    return b"\n".join(lines)


def _change_value(rng: random.Random, raw: bytes) -> bytes:
    lines = raw.split(b"\n")
    at = rng.randrange(len(lines))
    key, colon, _ = lines[at].partition(b":")
    lines[at] = key + (colon or b":") + b" " + rng.choice(TOKENS)
    return b"\n".join(lines)


def _line_ends(_rng: random.Random, raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


MUTATIONS: Sequence[Mutation] = (
    _insert, _insert, _delete, _flip, _swap_lines, _repeat_line, _indent, _change_value,
    _change_value, _line_ends,
)  # fmt: skip


@dataclass
class Tally:
    """What has been done so far."""

    rounds: int = 0
    files: int = 0
    findings: int = 0
    slowest_s: float = 0.0
    slowest_seed: int = 0


def one_round(rng: random.Random, source: Path, folder: Path) -> tuple[int, int]:
    """Break a few pages of a catalog and check it: how many files, how many findings."""
    pages = sorted(path for path in source.rglob("*") if path.suffix in (".md", ".mdx"))
    for page in rng.sample(pages, min(len(pages), FILES_MAX)):
        target = folder / page.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        raw = page.read_bytes()
        for _ in range(rng.choice((0, 1, 1, 2, 5))):
            raw = rng.choice(MUTATIONS)(rng, raw)
        target.write_bytes(raw)
    catalog = load(folder)
    findings = check(catalog)
    graph = build_graph(catalog)
    _account(folder, [*catalog.resources, *catalog.documents], catalog.pages, catalog.problems)
    if not {one.key for one in catalog.resources} <= set(graph):
        raise AssertionError("a resource has no node in the graph")
    return catalog.files, len(findings)


def _account(folder: Path, read: Sequence, pages: Sequence, problems: Sequence) -> None:
    seen = {one.file for one in read} | set(pages)
    seen |= {problem.location.file for problem in problems}
    lost = [path for path in folder.rglob("index.md*") if path.as_posix() not in seen]
    # Folders of builds and hidden ones are not the catalog's.
    lost = [path for path in lost if not any(part.startswith(".") for part in path.parts)]
    if lost:
        raise AssertionError(f"lost: {lost[0]}")


def sources() -> list[Path]:
    """The catalogs that there are."""
    examples = sorted((ROOT / "examples").glob("*/catalog"))
    shared = sorted(path for path in SHARED.iterdir() if path.is_dir()) if SHARED.is_dir() else []
    return [*examples, *shared]


def memory_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_PER_MB


def fuzz(catalogs: Sequence[Path], *, minutes: float, seed: int) -> str | None:
    """Run rounds until the time is over; return what went wrong, or None."""
    end, tally, warm_mb = time.monotonic() + 60 * minutes, Tally(), 0.0
    while time.monotonic() < end:
        round_seed = seed * 1_000_000 + tally.rounds
        rng = random.Random(round_seed)
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        begin = time.monotonic()
        try:
            files, findings = one_round(rng, rng.choice(catalogs), folder)
        except Exception:
            return f"{traceback.format_exc()}\nseed {round_seed}; the pages are in {folder}"
        took = time.monotonic() - begin
        if took > ROUND_S_MAX:
            return f"a round took {took:.1f} s; seed {round_seed}; the pages are in {folder}"
        shutil.rmtree(folder)
        tally.rounds += 1
        tally.files += files
        tally.findings += findings
        if took > tally.slowest_s:
            tally.slowest_s, tally.slowest_seed = took, round_seed
        if tally.rounds == WARM_ROUNDS:
            warm_mb = memory_mb()
        if warm_mb and memory_mb() > warm_mb + GROWTH_MB_MAX:
            return f"memory grew from {warm_mb:.0f} to {memory_mb():.0f} MB; seed {round_seed}"
    print(
        f"{tally.rounds} rounds, {tally.files} files, {tally.findings} findings,"
        f" slowest round {tally.slowest_s:.2f} s (seed {tally.slowest_seed}),"
        f" {memory_mb():.0f} MB: no exception"
    )
    return None


def main() -> int:
    """Fuzz for as long as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--catalog", type=Path, action="append")
    options = parser.parse_args()
    fault = fuzz(options.catalog or sources(), minutes=options.minutes, seed=options.seed)
    if fault:
        print(fault, file=sys.stderr)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
