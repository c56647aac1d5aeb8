"""The README and the pages under docs say what is true: their commands are run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eventproof", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def commands_of(page: Path) -> list[tuple[str, str]]:
    """Pairs of a command in the page's console blocks and the output shown beneath it."""
    found = []
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command.split("  #")[0].strip(), output.rstrip()))
    return found


def runnable() -> list[tuple[str, str, str]]:
    """The eventproof commands of all pages that work on the examples."""
    found = []
    for page in PAGES:
        for command, output in commands_of(page):
            ours = command.removeprefix("pip install . && ")
            if ours.startswith("eventproof ") and "examples/" in ours:
                found.append((page.name, ours, output))
    return found


def test_the_readme_shows_the_true_output_of_its_first_command():
    command, shown = commands_of(ROOT / "README.md")[0]

    assert command == "pip install . && eventproof prove examples/acme"
    assert shown == run("prove", "examples/acme").stdout.rstrip()


def test_the_readmes_two_set_up_commands_are_the_ones_that_ci_runs():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [command for command, _ in commands_of(ROOT / "README.md")]
    set_up = [command for command in commands if command.startswith("pip install")]

    assert set_up[-1] == 'pip install -e ".[test]" && python -m pytest'
    for command in set_up:
        assert command.replace("pip install", "pip install --quiet") in ci


@pytest.mark.parametrize(("page", "command", "output"), runnable())
def test_a_command_on_a_page_runs_and_shows_what_the_page_shows(page, command, output):
    done = run(*shlex.split(command)[1:])

    expected = 1 if "examples/orders" in command else 0
    assert done.returncode == expected, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if output:
        assert done.stdout.rstrip() == output


def test_both_summaries_fit_in_twenty_five_lines():
    for example in ("acme", "orders"):
        assert len(run("prove", f"examples/{example}").stdout.splitlines()) <= 25


def test_the_reference_pages_are_what_the_code_says():
    made = subprocess.run(
        [sys.executable, "docs/make_reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert made.returncode == 0, made.stdout + made.stderr


def test_every_page_is_reached_and_no_link_in_the_repository_is_broken():
    linked = set()
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text("utf-8")):
            file = (page.parent / target).resolve()
            assert file.exists(), f"{page.name} links to {target}"
            linked.add(file)
    pages = {page.resolve() for page in PAGES if page.name != "README.md"}
    assert pages <= linked, sorted(str(page) for page in pages - linked)


def test_the_architecture_page_stays_within_sixty_lines():
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= 60


def test_markdown_has_no_line_that_ends_in_a_blank():
    for page in PAGES:
        for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
            assert line == line.rstrip(), f"{page.name}:{number}"
