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
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any

from eventproof import __version__
from eventproof.findings import Problem
from eventproof.simulator.attempts import Attempts
from eventproof.simulator.cluster import Cluster, WorkerLost, results_of
from eventproof.simulator.measures import Sales, Tally, TimedRun
from eventproof.simulator.preparation import Prepared, prepare
from eventproof.simulator.properties import Breach
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.timed import simulate

TASKS_PER_JOB = 4
"""Tasks that each process gets, so that one that is slow does not hold up the others."""

CLUSTER_TASKS = 64
"""Tasks that a cluster gets, however many workers it has."""

PREPARING = threading.Lock()
"""A Dask worker runs tasks in threads, and to load handlers is for one at a time: modules are
imported for the process, and CPython 3.11 cannot parse in two threads at once."""

Digests = tuple[str, str]
"""Of the catalog and of the handlers."""

Progress = Callable[[int, int], None]
"""Told (runs finished, runs in all)."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who runs the seeds."""

    jobs: int = 1
    """Processes; 1 runs in this one."""
    cluster: Cluster | None = None
    """Whose workers run them, in place of processes of this machine."""


def sweep(
    prepared: Prepared,
    seeds: Sequence[int],
    *,
    crew: Crew | None = None,
    kept: Path | None = None,
    progress: Progress | None = None,
) -> tuple[TimedRun, ...]:
    """The run of each seed, in their order.

    `Problem` when interrupted, when a process or the cluster is lost, or without the extra.
    `kept` is a file in which finished runs are looked up, and to which new ones are added.
    """
    crew = crew or Crew()
    name = _name_of(prepared)
    runs = _read(kept, name) if kept is not None else {}
    todo = [seed for seed in dict.fromkeys(seeds) if seed not in runs]
    done = len(seeds) - len(todo)
    try:
        with closing(_run(prepared, todo, crew)) as found:
            for run in found:
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


def _run(prepared: Prepared, seeds: Sequence[int], crew: Crew) -> Generator[TimedRun]:
    if crew.jobs == 1 and crew.cluster is None:
        for seed in seeds:
            yield simulate(prepared.model, prepared.scenario, seed=seed)
        return
    if not seeds:
        return
    size = -(-len(seeds) // (CLUSTER_TASKS if crew.cluster else crew.jobs * TASKS_PER_JOB))
    tasks = [seeds[at : at + size] for at in range(0, len(seeds), size)]
    calls = [(prepared.scenario, _digests(prepared), task) for task in tasks]
    if crew.cluster is None:
        _demand_installed("joblib")
        found = _in_processes(calls, crew.jobs)
    else:
        _demand_installed("distributed")
        found = results_of(_task, calls, on=crew.cluster)
    for runs in found:
        yield from runs


def _demand_installed(module: str) -> None:
    try:
        import_module(module)
    except ImportError as error:
        raise Problem(
            f"to run in several processes, {error.name} is needed, which is not installed.",
            hint="pip install 'eventproof[cluster]'",
        ) from error


def _in_processes(calls: Sequence[tuple[Any, ...]], jobs: int) -> Iterator[list[TimedRun]]:
    """What each call of the task returns. `WorkerLost` where a process of this machine dies."""
    from concurrent.futures.process import BrokenProcessPool

    import joblib

    parallel = joblib.Parallel(n_jobs=jobs, backend="loky", return_as="generator_unordered")
    try:
        with _deaf_to_interrupts():
            found = parallel(joblib.delayed(_task)(*call) for call in calls)
        with _closed_in_silence(found):
            for runs in found:  # noqa: UP028 - `yield from` would close it by itself
                yield runs
    except BrokenProcessPool as error:
        said = "a worker process was killed, which is often for want of memory,"
        raise WorkerLost(said) from error


@contextmanager
def _closed_in_silence(found: Any) -> Iterator[None]:
    """What an interruption leaves undone is said in one sentence; joblib would warn of it too."""
    try:
        yield
    finally:
        with warnings.catch_warnings(action="ignore"):
            found.close()


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


def _task(scenario: Scenario, digests: Digests, seeds: Sequence[int]) -> list[TimedRun]:
    """What one process does: nothing is shared with the others but the scenario's files."""
    with PREPARING:
        prepared = prepare(scenario)
    if _digests(prepared) != digests:
        raise Problem(
            f"the catalog or the handlers of {scenario.shown} are others than those that the "
            "sweep was started with.",
            hint="all processes of a sweep need the same files under the same path",
        )
    return [simulate(prepared.model, scenario, seed=seed) for seed in seeds]


def _digests(prepared: Prepared) -> Digests:
    return prepared.catalog_digest, prepared.handlers_digest


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


KEPT = '{"of": '
"""How the line of a kept run begins; a line that was cut off may be shorter."""


def _read(kept: Path, name: str) -> dict[int, TimedRun]:
    if kept.exists() and not kept.is_file():
        raise Problem(f"{kept} is no file in which runs can be kept.", hint="name a new file")
    try:
        lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{kept} cannot be read: {error}.") from error
    runs: dict[int, TimedRun] = {}
    for line in lines:
        if not line.startswith(KEPT[: len(line)]):
            raise Problem(
                f"{kept} holds something else than runs, and nothing is added to it.",
                hint="name a new file",
            )
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
            file.write(f'\n{KEPT}{json.dumps(name)}, "run": {json.dumps(_record(run))}}}')
    except OSError as error:
        raise Problem(f"{kept} cannot be written: {error.strerror}.") from error


def _ended(how: str, done: int, wanted: int, kept: Path | None) -> Problem:
    so_far = f"{how} after {done} of {wanted} runs"
    if kept is None:
        return Problem(f"{so_far}.", hint="with --resume FILE, runs are kept")
    told = f"{so_far}, which are kept in {kept}." if done else f"{so_far}."
    return Problem(told, hint="the same command goes on from there")
