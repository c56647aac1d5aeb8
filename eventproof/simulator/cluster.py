"""A Dask cluster that works for this process: calls go there, what they return comes as they end.

`results_of` is the door: a function, the arguments of each call and where the cluster is in; what
the calls return out, in whatever order they end. A cluster is many machines, and each part of it
may be missing or go: the scheduler, every worker, one worker after another, eventproof on one of
them. That ends in one sentence, never in a wait: `Problem` where the cluster cannot do the work,
`WorkerLost` where it was lost on the way.

Three things could be wrong: a worker of another version, which would do the work in another way
(each call says of which version it is), a scheduler that is there and answers nothing (it is asked
whenever nothing has come for a while), and what a client that loses its cluster has to say (it is
kept off stderr, where the one sentence is).
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import Any

from eventproof import __version__
from eventproof.findings import Problem

LOOK_S = 1.0
"""Seconds without a result after which the cluster is asked whether it is there."""

ASK_S = 0.1
"""Seconds between two questions whether a worker has come."""


class WorkerLost(Exception):
    """Who did some of the work is gone; the text says who."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a Dask scheduler is, and how long it is waited for."""

    address: str
    """Such as `dask://host:8786`."""
    answer_s: float = 10
    """Seconds until a scheduler that does not answer is given up."""
    workers_s: float = 60
    """Seconds until a cluster without any worker is given up."""

    @property
    def url(self) -> str:
        """The address as Dask has it: `tcp://host:8786`."""
        bare = self.address.removeprefix("dask://")
        return bare if "://" in bare else f"tcp://{bare}"


def results_of(
    function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], *, on: Cluster
) -> Iterator[Any]:
    """What the function returns for each tuple of arguments, in the order in which they end.

    The cluster decides how many run at once, and gives the calls of a worker that dies to others.
    `Problem` when no scheduler answers, no worker comes or one cannot do the work, and whatever
    the function raises; `WorkerLost` when the cluster, or worker after worker, is lost meanwhile.
    """
    import cloudpickle

    with _client(on) as client:
        if not _has_worker(client, on):
            raise Problem(
                f"the Dask cluster at {on.address} has no worker; {on.workers_s:g} s were waited.",
                hint=f"start one with `dask worker {on.url}`",
            )
        work = [cloudpickle.dumps((function, arguments)) for arguments in calls]
        futures = client.map(pickle.loads, [pickle.dumps(_Work(one)) for one in work], pure=False)
        yield from _arriving(client, futures, on)


@dataclass(frozen=True, slots=True)
class _Work:
    """A call, which is made when it is unpickled.

    So the scheduler needs no eventproof, and for a worker without it, that is an error of the
    task; as the task's own function, it would be the end of the worker.
    """

    pickled: bytes

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, bytes]]:
        return _call, (__version__, self.pickled)


def _call(version: str, pickled: bytes) -> Any:
    """What a worker does. Its arguments stay as they are, so that all versions understand them."""
    where = _distributed().get_worker().address
    if version != __version__:
        raise Problem(
            f"the worker {where} has eventproof {__version__}, and {version} is asked of it.",
            hint=_needs(version),
        )
    function, arguments = pickle.loads(pickled)  # noqa: S301 - what a worker is there for
    try:
        return function(*arguments)
    except Problem as problem:
        raise Problem(f"on the worker {where}: {problem.sentence}", hint=problem.hint) from problem


@contextmanager
def _client(on: Cluster) -> Iterator[Any]:
    with _silent("distributed.client", "distributed.core"):
        _demand_scheduler(on)
        client = _distributed().Client(on.url, timeout=on.answer_s, set_as_default=False)
        try:
            yield client
        finally:
            with suppress(OSError):  # as of a scheduler that is gone
                client.close(timeout=on.answer_s)


def _demand_scheduler(on: Cluster) -> None:
    """`Problem` where no scheduler answers in time; a client would wait for ever for some."""
    hint = "start one with `dask scheduler`, and give its address: dask://host:8786"
    try:
        with ThreadPoolExecutor(1) as thread:  # this one may have a loop that runs
            found = thread.submit(asyncio.run, _identity(on)).result()
    except Exception as error:  # each of Dask's ways to connect has errors of its own
        said = " ".join(str(error).split()) or f"nothing was heard for {on.answer_s:g} s"
        raise Problem(
            f"no Dask scheduler answers at {on.address}: {said.rstrip('.')}.", hint=hint
        ) from error
    if found != "Scheduler":
        raise Problem(f"at {on.address} is no Dask scheduler, but a {found}.", hint=hint)


async def _identity(on: Cluster) -> str:
    dask = _distributed()
    ways = dask.Security().get_connection_args("client")
    async with dask.rpc(on.url, connection_args=ways) as there:
        return str((await asyncio.wait_for(there.identity(), on.answer_s))["type"])


def _distributed() -> Any:
    """Dask's library: typed in part, and not needed for this module to be checked."""
    return import_module("distributed")


@contextmanager
def _silent(*names: str) -> Iterator[None]:
    """What these say is what the sentence at the end says, with tracebacks."""
    levels = {logging.getLogger(name): logging.getLogger(name).level for name in names}
    try:
        for logger in levels:
            logger.setLevel(logging.CRITICAL)
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def _arriving(client: Any, futures: Sequence[Any], on: Cluster) -> Iterator[Any]:
    ended: SimpleQueue[Any] = SimpleQueue()
    for future in futures:
        future.add_done_callback(ended.put)
    for _ in futures:
        yield _result(_next(ended, client, on), on)


def _next(ended: SimpleQueue[Any], client: Any, on: Cluster) -> Any:
    """The next future that has ended, one way or the other."""
    while True:
        try:
            return ended.get(timeout=LOOK_S)
        except Empty:
            if not _has_worker(client, on):
                said = f"the Dask cluster at {on.address} had no worker for {on.workers_s:g} s,"
                raise WorkerLost(said) from None


def _has_worker(client: Any, on: Cluster) -> bool:
    """Whether there is a worker, or one comes in time. `WorkerLost` where nobody answers."""
    until = time.monotonic() + on.workers_s
    try:
        while not client.sync(client.scheduler.ncores, callback_timeout=on.answer_s):
            if time.monotonic() > until:
                return False
            time.sleep(ASK_S)
    except OSError as error:
        raise _gone(on) from error
    return True


def _result(future: Any, on: Cluster) -> Any:
    try:
        return future.result(timeout=on.workers_s)
    except _distributed().KilledWorker as killed:
        deaths = killed.allowed_failures + 1
        raise WorkerLost(
            f"the same runs were the end of {deaths} workers of {on.address}, one after another, "
            "which is often for want of memory,"
        ) from killed
    except CancelledError as error:
        raise _gone(on) from error
    except (ImportError, AttributeError) as error:
        raise Problem(
            f"a worker of {on.address} cannot run the scenario: {type(error).__name__}: {error}.",
            hint=_needs(__version__),
        ) from error
    except OSError as error:
        if future.status == "error":  # of the function, and not on the way here
            raise
        raise _gone(on) from error


def _gone(on: Cluster) -> WorkerLost:
    return WorkerLost(f"the Dask cluster at {on.address} was lost")


def _needs(version: str) -> str:
    return f"each worker needs the same version: pip install 'eventproof[cluster]=={version}'"


__all__ = ["Cluster", "WorkerLost", "results_of"]
