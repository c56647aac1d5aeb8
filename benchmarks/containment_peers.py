"""eventproof beside jsonsubschema (PyPI) and json-schema-diff (npm), on the same pairs in one run.

    python benchmarks/containment_peers.py [--every N] [--markdown]

The peers are installed into a temporary folder by pip and npm; one that cannot be is left out with
a sentence. Each contender answers in a process of its own, one pair at a time, within five
seconds; starting it is not timed. `--every N` asks every Nth pair only.

`missed` are breaks that were called compatible, `alarms` the reverse. A label that a payload
contradicts which both validators confirm is left out of the table for everybody.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contracts"))

import containment_suites as suites

from eventproof.contracts import compare

HEADS = ("suite", "contender", "pairs", "correct", "missed", "alarms", "unknown", "crashed",
         "late", "median ms", "p99 ms")  # fmt: skip

RUN_LIMIT_S = 900
"""How long one contender may take over one suite, in seconds."""

OURS = """
from eventproof.contracts import compare
def answer(writer, reader):
    verdict = compare(writer=writer, reader=reader, policy="strict").verdict
    return {"compatible": True, "breaking": False}.get(verdict)
"""

JSONSUBSCHEMA = """
from jsonsubschema import isSubschema
def answer(writer, reader):
    return bool(isSubschema(writer, reader))
"""

PYTHON_LOOP = """
import json, os, signal, sys, time, warnings
warnings.simplefilter("ignore")
replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
class Late(BaseException):
    pass
def ring(*_):
    raise Late
signal.signal(signal.SIGALRM, ring)
answer({"type": "string", "maxLength": 1}, {"type": "string"})  # loads what is loaded once
for line in sys.stdin:
    writer, reader = json.loads(line)
    begin = time.perf_counter()
    signal.alarm(5)
    try:
        said = answer(writer, reader)
    except Late:
        said = "late"
    except BaseException as error:
        said = "crashed"
    signal.alarm(0)
    replies.write(json.dumps([said, time.perf_counter() - begin]) + "\\n")
    replies.flush()
"""

JSON_SCHEMA_DIFF = """
const {diffSchemas} = require('json-schema-diff');
const lines = require('readline').createInterface({input: process.stdin});
(async () => {
  for await (const line of lines) {
    const [writer, reader] = JSON.parse(line);
    const begin = process.hrtime.bigint();
    let said;
    const late = new Promise((resolve) => setTimeout(resolve, 5000, 'late').unref());
    try {
      const found = diffSchemas({sourceSchema: writer, destinationSchema: reader});
      const first = await Promise.race([found, late]);
      said = first === 'late' ? 'late' : !first.removalsFound;
    } catch (error) { said = 'crashed'; }
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    process.stdout.write(JSON.stringify([said, seconds]) + '\\n');
  }
})();
"""


def contenders(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield a name and a command for everyone that can be asked."""
    yield "eventproof", [sys.executable, "-c", OURS + PYTHON_LOOP]
    python = folder / "python"
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(python)]
    if _installed([*command, "jsonsubschema"], "jsonsubschema"):
        path = f"import sys; sys.path.insert(0, {str(python)!r})"
        yield "jsonsubschema", [sys.executable, "-c", path + JSONSUBSCHEMA + PYTHON_LOOP]
    npm = shutil.which("npm")
    if npm is None:
        print("json-schema-diff is left out: there is no npm", file=sys.stderr)
        return
    command = [npm, "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder)]
    if _installed([*command, "json-schema-diff"], "json-schema-diff"):
        script = folder / "answer.js"
        script.write_text(JSON_SCHEMA_DIFF, encoding="utf-8")
        yield "json-schema-diff", ["node", str(script)]


def _installed(command: list[str], name: str) -> bool:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name} is left out: it cannot be installed here", file=sys.stderr)
    return done.returncode == 0


def asked(command: list[str], pairs: list[suites.Pair]) -> list[tuple[object, float]]:
    """Ask one contender about every pair; who ends before its time has crashed on the rest."""
    text = "".join(json.dumps([pair.writer, pair.reader]) + "\n" for pair in pairs)
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, check=False, timeout=RUN_LIMIT_S
        )
        lines = done.stdout.splitlines()
    except subprocess.TimeoutExpired as stopped:
        lines = (stopped.stdout or b"").decode().splitlines()
    replies = [json.loads(line) for line in lines if line.startswith("[")]
    replies += [["crashed", 5.0]] * (len(pairs) - len(replies))
    return [(said, seconds) for said, seconds in replies]


def counted(pairs: list[suites.Pair], replies: list[tuple[object, float]]) -> list[str]:
    """The cells of one contender on one suite."""
    counts: Counter[str] = Counter()
    for pair, (said, _) in zip(pairs, replies, strict=True):
        if isinstance(said, bool):
            wrong = "missed" if said else "alarms"
            counts["correct" if said == pair.contained else wrong] += 1
        else:
            counts[str(said or "unknown")] += 1
    seconds = sorted(spent for _, spent in replies)
    times = (statistics.median(seconds), seconds[int(len(seconds) * 0.99)])
    kinds = ("correct", "missed", "alarms", "unknown", "crashed", "late")
    shown = (f"{1000 * spent:.2f}" for spent in times)
    return [str(len(pairs)), *(str(counts[kind]) for kind in kinds), *shown]


def undisputed(name: str, every: int) -> list[suites.Pair]:
    """The pairs of a suite whose labels no confirmed payload contradicts."""
    kept = []
    for pair in list(suites.pairs(name))[::every]:
        found = compare(writer=pair.writer, reader=pair.reader, policy="strict")
        refuted = pair.contained and found.verdict == "breaking"
        if not (refuted and suites.refutes(pair, found.witness)):
            kept.append(pair)
    return kept


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    if not suites.FOLDER.is_dir():
        print("the containment suites are not beside this repository", file=sys.stderr)
        return 3
    rows = table(every=options.every)
    if options.markdown:
        print("\n".join(as_markdown(rows)))
    else:
        for row in rows:
            print(f"{row[0]:<20}{row[1]:<18}" + "".join(f"{cell:>10}" for cell in row[2:]))
    return 0


def table(*, every: int) -> list[list[str]]:
    """The heads and one row for each contender on each suite."""
    rows = [list(HEADS)]
    with tempfile.TemporaryDirectory() as folder:
        commands = list(contenders(Path(folder)))
        for suite in suites.NAMES:
            pairs = undisputed(suite, every)
            rows += [[suite, name, *counted(pairs, asked(c, pairs))] for name, c in commands]
    return rows


def as_markdown(rows: list[list[str]]) -> Iterator[str]:
    """The lines of a table of Markdown."""
    for row in (rows[0], ["---"] * len(HEADS), *rows[1:]):
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    sys.exit(main())
