"""A project may have folders called as eventproof's parts are, and packages in them.

Import packages named `catalog` or `contracts` at the top would be shadowed by them, or shadow
them; that is why the parts live inside the one package. Run from what the wheel installs, as a
user has it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = sorted(
    path.name for path in (ROOT / "eventproof").iterdir() if (path / "__init__.py").exists()
)


@pytest.fixture
def hostile(tmp_path):
    """The acme shop, with a package beside it for each part that raises when it is imported."""
    shutil.copytree(
        ROOT / "examples" / "acme",
        tmp_path,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(".eventproof", "__pycache__"),
    )
    for part in PARTS:
        package = tmp_path / part
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text(f"raise ImportError('{part} of the project')\n")
    return tmp_path


@pytest.fixture
def run(hostile, installed):
    """Runs a module of Python's in the hostile folder."""

    def run_module(*arguments):
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            capture_output=True,
            text=True,
            cwd=hostile,
            env={**os.environ, "PYTHONPATH": str(installed)},
        )

    return run_module


def test_the_folder_is_hostile_indeed(run):
    assert {"catalog", "contracts", "findings", "simulator"} <= set(PARTS)
    for part in PARTS:
        assert f"ImportError: {part} of the project" in run(part).stderr


def test_check_works_in_a_hostile_folder(run):
    done = run("eventproof", "check", "catalog")

    assert (done.returncode, done.stderr) == (0, "")
    assert "no findings" in done.stdout or "0 errors" in done.stdout


def test_prove_works_in_a_hostile_folder(run):
    done = run("eventproof", "prove", ".")

    assert (done.returncode, done.stderr) == (0, "")
    assert "HOLDS" in done.stdout


def test_the_pytest_plugin_works_in_a_hostile_folder(run, hostile):
    (hostile / "test_own.py").write_text("def test_addition():\n    assert 1 + 1 == 2\n")
    scenarios = list((hostile / "scenarios").iterdir())

    done = run("pytest", "--eventproof", "-p", "no:cacheprovider")

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(scenarios) + 1} passed" in done.stdout
