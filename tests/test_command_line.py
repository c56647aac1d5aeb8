"""The command as a whole: what it costs to start, what it says, and how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from eventproof import __version__
from eventproof.cli.app import cli

ROOT = Path(__file__).parents[1]

HEAVY = (
    "jinja2", "jsonschema", "jsonschema_rs", "markdown_it", "networkx", "rich", "simpy",
    "sqlalchemy", "yaml",
)  # fmt: skip

LOADED_AFTER = """
import sys
from eventproof.cli import main
for line in sys.stdin.read().splitlines():
    sys.argv = ["eventproof", *line.split()]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (line, end.code)
print("loaded:", *sorted(name for name in {heavy!r} if name in sys.modules))
"""


def commands(group=cli, path=()):
    """Every command with the words that call it."""
    yield path, group
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))


ALL = [
    pytest.param(path, command, id=" ".join(path) or "eventproof") for path, command in commands()
]


def test_asking_for_help_loads_no_library_that_help_does_not_need():
    # This guards the start-up time; a test that measured it would fail on a busy machine.
    asked = "\n".join(" ".join((*path, "--help")) for path, _ in commands())
    done = subprocess.run(
        [sys.executable, "-c", LOADED_AFTER.format(heavy=HEAVY)],
        input=f"--version\n{asked}\n",
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage: eventproof") == len(list(commands()))
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]


def test_that_guard_sees_a_library_that_a_command_does_load():
    done = subprocess.run(
        [sys.executable, "-c", LOADED_AFTER.format(heavy=HEAVY)],
        input="graph examples/acme/catalog\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
    )

    assert "networkx" in done.stdout.splitlines()[-1]


def test_the_version_is_the_package_s():
    done = CliRunner().invoke(cli, ["--version"], prog_name="eventproof")

    assert (done.exit_code, done.stdout) == (0, f"eventproof, version {__version__}\n")


@pytest.mark.parametrize(("path", "command"), ALL)
def test_every_command_says_what_it_does_and_what_each_option_is_for(path, command):
    shown = CliRunner().invoke(cli, [*path, "--help"])

    assert shown.exit_code == 0
    assert command.help
    options = [p for p in command.params if isinstance(p, click.Option)]
    silent = [o.opts[0] for o in options if not o.help and not isinstance(o.type, click.Choice)]
    assert silent == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("check no-such-folder", 2),
        ("graph no-such-folder", 2),
        ("prove no-such-folder", 2),
        ("explore no-such-scenario.yaml", 2),
        ("simulate no-such-scenario.yaml", 2),
        ("replay no-such-tape.json", 2),
        ("rule CAT999", 2),
        ("contracts build no-such-folder", 2),
        ("contracts compare no-such-schema.json no-such-schema.json", 2),
        ("generate python no-such-folder", 2),
        ("chekc .", 2),
        ("check .", 3),
        ("graph .", 3),
        ("prove .", 3),
        ("contracts build .", 3),
        ("generate python .", 3),
    ],
)
def test_what_cannot_be_worked_on_is_said_on_stderr_with_the_documented_code(
    line, code, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, line.split())

    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("line", ["--help", "graph examples/acme/catalog --format json"])
def test_a_reader_that_closes_the_pipe_early_is_no_error(line):
    reads, writes = os.pipe()
    os.close(reads)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "eventproof", *line.split()],
            stdout=writes,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
    finally:
        os.close(writes)

    assert done.stderr == ""
