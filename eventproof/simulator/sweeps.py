"""Sweeps: a scenario's seeds in simulated time, in one process, several, or on a Dask cluster.

A seed's run depends on the scenario and the seed alone, and the runs come back in the order of the
seeds; so where they ran cannot be told from the result. Runs can be kept in a file, one a line, as
they finish; the same sweep then goes on from there. What could be wrong: a kept run of another
scenario (each line names what it is of), a line that was cut off, and a worker without the files.
"""

from __future__ import annotations

import hashlib
import json
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any

from eventproof import __version__
from eventproof.findings import Problem
from eventproof.simulator.attempts import Attempts
from eventproof.simulator.measures import Sales, Tally, TimedRun
from eventproof.simulator.preparation import Prepared, prepare
from eventproof.simulator.properties import Breach
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.timed import simulate

TASKS_PER_JOB = 4
"""Tasks that each process gets, so that one that is slow does not hold up the others."""

CLUSTER_TASKS = 64
"""Tasks that a cluster gets, however many workers it has."""

CONNECT_S = 10
"""Seconds until a cluster that does not answer is given up."""

PREPARING = threading.Lock()
"""A Dask worker runs tasks in threads, and to load handlers is for one at a time: modules are
imported for the process, and CPython 3.11 cannot parse in two threads at once."""

Progress = Callable[[int, int], None]
"""Told (runs finished, runs in all)."""


class WorkerLost(Exception):
    """Who ran some of the seeds is gone; the text says who."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who runs the seeds."""

    jobs: int = 1
    """Processes; 1 runs in this one."""
    cluster: str | None = None
    """Address of a Dask scheduler, such as `tcp://host:8786`; it decides how many run at once."""


def sweep(
    prepared: Prepared,
    seeds: Sequence[int],
    *,
    crew: Crew | None = None,
    kept: Path | None = None,
    progress: Progress | None = None,
) -> tuple[TimedRun, ...]:
    """The run of each seed, in their order.

    `Problem` when interrupted, when a worker dies, or without joblib.

    `kept` is a file in which finished runs are looked up, and to which new ones are added.
    """
    crew = crew or Crew()
    name = _name_of(prepared)
    runs = _read(kept, name) if kept is not None else {}
    todo = [seed for seed in dict.fromkeys(seeds) if seed not in runs]
    done = len(seeds) - len(todo)
    try:
        for run in _run(prepared, todo, crew):
            runs[run.seed] = run
            done += 1
            if kept is not None:
                _write(kept, name, run)
            if progress is not None:
                progress(done, len(seeds))
    except KeyboardInterrupt as interrupt:
        raise _ended("interrupted", done, len(seeds), kept) from interrupt
    except WorkerLost as lost:
        raise _ended(str(lost), done, len(seeds), kept) from lost
    return tuple(runs[seed] for seed in seeds)


def _run(prepared: Prepared, seeds: Sequence[int], crew: Crew) -> Iterator[TimedRun]:
    if crew.jobs == 1 and crew.cluster is None:
        for seed in seeds:
            yield simulate(prepared.model, prepared.scenario, seed=seed)
        return
    try:
        import joblib

        if crew.cluster is not None:
            import distributed  # noqa: F401 - asked for here, so that its lack is one sentence
    except ImportError as error:
        raise Problem(
            f"to run in several processes, {error.name} is needed, which is not installed.",
            hint="pip install 'eventproof[cluster]'",
        ) from error
    size = -(-len(seeds) // (CLUSTER_TASKS if crew.cluster else crew.jobs * TASKS_PER_JOB))
    tasks = [seeds[at : at + size] for at in range(0, len(seeds), max(size, 1))]
    with _backend(joblib, crew), _loss_told():
        parallel = joblib.Parallel(return_as="generator_unordered")
        with _deaf_to_interrupts():
            batches = parallel(joblib.delayed(_task)(prepared.scenario, task) for task in tasks)
        for found in batches:
            yield from found


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes started meanwhile do not hear of Ctrl-C; the one that starts them does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears of it, and may say who does
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _loss_told() -> Iterator[None]:
    """A process of this machine that dies is `WorkerLost`; a cluster gives its runs to others."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield
    except BrokenProcessPool as error:
        said = "a worker process was killed, which is often for want of memory,"
        raise WorkerLost(said) from error


@contextmanager
def _backend(joblib: Any, crew: Crew) -> Iterator[None]:
    if crew.cluster is None:
        with joblib.parallel_config("loky", n_jobs=crew.jobs):
            yield
        return
    # It has no types, and need not be installed for those of this module to be checked.
    distributed: Any = import_module("distributed")
    address = crew.cluster.removeprefix("dask://")
    try:
        client = distributed.Client(
            address if "://" in address else f"tcp://{address}",
            timeout=CONNECT_S,
            set_as_default=False,
        )
    except (OSError, ValueError) as error:
        raise Problem(
            f"no Dask scheduler answers at {crew.cluster}.",
            hint="start one with `dask scheduler`, and give its address: dask://host:8786",
        ) from error
    with client, joblib.parallel_config("dask", client=client, n_jobs=-1):
        yield


def _task(scenario: Scenario, seeds: Sequence[int]) -> list[TimedRun]:
    """What one process does: nothing is shared with the others but the scenario's files."""
    with PREPARING:
        model = prepare(scenario).model
    return [simulate(model, scenario, seed=seed) for seed in seeds]


def _name_of(prepared: Prepared) -> str:
    """What a kept run is a run of: scenario, catalog, handlers and version."""
    scenario = {
        one.name: getattr(prepared.scenario, one.name)
        for one in fields(prepared.scenario)
        if one.name not in ("path", "shown", "catalog", "seed", "text")
    }
    said = json.dumps(scenario, sort_keys=True, default=str)
    parts = (__version__, said, prepared.catalog_digest, prepared.handlers_digest)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read(kept: Path, name: str) -> dict[int, TimedRun]:
    try:
        lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{kept} cannot be read: {error}.") from error
    runs: dict[int, TimedRun] = {}
    for line in lines:
        body = _body(line)
        if body.get("of") == name:
            run = _restored(body["run"])
            runs[run.seed] = run
    return runs


def _body(line: str) -> dict[str, Any]:
    """A line of the file; nothing where it was cut off, as by an interruption."""
    try:
        body = json.loads(line)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _record(run: TimedRun) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "seconds": run.seconds,
        "steps": run.tally.steps,
        "outcomes": run.tally.outcomes,
        "journey_s": run.tally.journey_s,
        "breaches": [asdict(breach) for breach in run.breaches],
        "unmet": run.unmet,
        "figures": run.figures,
        "sales": asdict(run.sales),
        "attempts": asdict(run.attempts) if run.attempts is not None else None,
        "connection_waits_s": run.connection_waits_s,
    }


def _restored(body: dict[str, Any]) -> TimedRun:
    tally = Tally(Counter(body["steps"]), Counter(body["outcomes"]), body["journey_s"])
    waits_s, attempts = body["connection_waits_s"], body["attempts"]
    return TimedRun(
        seed=body["seed"],
        seconds=body["seconds"],
        tally=tally,
        breaches=tuple(Breach(**breach) for breach in body["breaches"]),
        unmet=tuple(body["unmet"]),
        figures=body["figures"],
        sales=Sales(**body["sales"]),
        attempts=None if attempts is None else _attempts(attempts),
        connection_waits_s=None if waits_s is None else tuple(waits_s),
    )


def _attempts(body: dict[str, Any]) -> Attempts:
    return Attempts(**{**body, "load": tuple(body["load"])})


def _write(kept: Path, name: str, run: TimedRun) -> None:
    try:
        with kept.open("a", encoding="utf-8") as file:
            # Its newline comes first: what follows a line that was cut off stays readable.
            file.write("\n" + json.dumps({"of": name, "run": _record(run)}))
    except OSError as error:
        raise Problem(f"{kept} cannot be written: {error.strerror}.") from error


def _ended(how: str, done: int, wanted: int, kept: Path | None) -> Problem:
    hint = "the same command goes on from there" if kept else "with --resume FILE, runs are kept"
    return Problem(f"{how} after {done} of {wanted} runs.", hint=hint)
