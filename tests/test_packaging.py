"""What a user installs: the wheel holds the package, the whole package, and nothing beside it."""

import configparser
import email
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from eventproof import __version__

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "eventproof"

IMPORT_EVERYTHING = """
import importlib, pkgutil, eventproof
print(eventproof.__file__)
for module in pkgutil.walk_packages(eventproof.__path__, "eventproof."):
    print(importlib.import_module(module.name).__file__)
"""


@pytest.fixture(scope="module")
def packed(wheel):
    """Name in the wheel -> content."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _is_left_by_a_tool(path):
    """Whether a file lies in a cache, which no wheel holds."""
    inside = path.relative_to(ROOT).parts
    return "__pycache__" in inside or any(part.startswith(".") for part in inside)


def sources(*, suffix=None):
    """The package's files in this repository, as they are named in a wheel."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file())
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in files
        if not _is_left_by_a_tool(path) and (suffix is None or path.name.endswith(suffix))
    }


def test_the_wheel_holds_one_package_and_what_is_said_of_it(packed):
    top = {name.split("/")[0] for name in packed}

    assert top == {"eventproof", f"eventproof-{__version__}.dist-info"}


def test_the_wheel_holds_every_file_of_the_package_unchanged(packed):
    assert {n: text for n, text in packed.items() if n.startswith("eventproof/")} == sources()


def test_types_templates_and_schemas_are_among_them(packed):
    assert "eventproof/py.typed" in packed
    for suffix in (".jinja", ".schema.json"):
        assert set(sources(suffix=suffix))
        assert set(sources(suffix=suffix)) <= set(packed)


def test_the_wheel_says_which_version_and_licence_it_has(packed):
    about = email.message_from_bytes(packed[f"eventproof-{__version__}.dist-info/METADATA"])

    assert about["Version"] == __version__
    assert about["License-Expression"] == "Apache-2.0"
    assert f"eventproof-{__version__}.dist-info/licenses/LICENSE" in packed


def test_the_wheel_brings_the_command_and_the_pytest_plugin(packed):
    points = configparser.ConfigParser()
    points.read_string(packed[f"eventproof-{__version__}.dist-info/entry_points.txt"].decode())

    assert dict(points["console_scripts"]) == {"eventproof": "eventproof.cli:main"}
    assert dict(points["pytest11"]) == {"eventproof": "eventproof.pytest_plugin"}


def test_every_module_can_be_imported_from_what_was_installed(installed, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_EVERYTHING],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
    )

    assert done.returncode == 0, done.stderr
    imported = {Path(line).relative_to(installed).as_posix() for line in done.stdout.splitlines()}
    assert imported == set(sources(suffix=".py"))
