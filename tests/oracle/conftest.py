"""Tests against programs of others that come from npm; skipped where those are not installed.

npm install --prefix FOLDER @eventcatalog/sdk@2.27.1 mermaid@11 jsdom
EVENTPROOF_NODE_MODULES=FOLDER/node_modules python -m pytest tests/oracle
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
VARIABLE = "EVENTPROOF_NODE_MODULES"


def pytest_configure(config):
    config.addinivalue_line("markers", "oracle: compares with a program that npm installs")


@pytest.fixture(scope="session")
def node():
    """Runs a script of this folder with Node; skips where Node or a package is missing."""
    modules = Path(os.environ.get(VARIABLE, "node_modules")).absolute()

    def run(script, *arguments, needs, stdin=""):
        if not shutil.which("node"):
            pytest.skip("Node is not installed")
        for package in needs:
            if not (modules / package).is_dir():
                pytest.skip(f"{package} is not installed; {VARIABLE} says where to look")
        return subprocess.run(
            ["node", HERE / script, modules, *arguments],
            capture_output=True,
            text=True,
            input=stdin,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def real_catalogs():
    """The folder of real catalogs beside the repository; not everybody has it."""
    folder = HERE.parents[1].parent / "shared" / "catalogs"
    if not folder.is_dir():
        pytest.skip("the real catalogs do not lie beside the repository")
    return folder.resolve()
