"""The house rules, held by running the tools: one `python -m pytest` says whether all is well."""

import ast
import io
import re
import subprocess
import sys
import sysconfig
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE_BOUND = 400
FUNCTION_BOUND = 60

PACKAGE = sorted((ROOT / "eventproof").rglob("*.py"))
OURS = [
    *PACKAGE,
    *sorted((ROOT / "benchmarks").rglob("*.py")),
    *sorted((ROOT / "tests").rglob("*.py")),
    # What is generated is held by the generators' own tests.
    *sorted(p for p in (ROOT / "examples").rglob("*.py") if p.parent.name == "handlers"),
]

EXCEPTION = re.compile(r"#\s*(?:ruff:\s*)?(noqa|type:\s*ignore)\b", re.IGNORECASE)
CODE = r"(?:(?:ruff: )?noqa: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*|type: ignore\[[a-z, -]+\])"
WITH_CODE_AND_REASON = re.compile(rf"# {CODE} +[-#] +\S.{{8,}}")


def offenders(files, rule):
    """File -> what the rule finds in its text, for the files in which it finds anything."""
    found = {file.relative_to(ROOT).as_posix(): rule(file.read_text()) for file in files}
    return {name: faults for name, faults in found.items() if faults}


def comments(source):
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]


def unexplained(source):
    """The lines whose lint exception lacks its code or its reason."""
    found = [(n, c[at.start() :]) for n, c in comments(source) for at in EXCEPTION.finditer(c)]
    return [line for line, exception in found if not WITH_CODE_AND_REASON.match(exception)]


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "--strict", "eventproof"),
    ],
    ids=" ".join,
)
def test_the_tool_has_nothing_to_say(command):
    done = run(sys.executable, "-m", *command)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_part_reaches_upwards_or_past_a_door():
    done = run(Path(sysconfig.get_path("scripts")) / "lint-imports", "--no-cache")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "floors, top to bottom KEPT" in done.stdout


def test_a_module_can_be_read_at_one_sitting():
    def too_long(source):
        lines = len(source.splitlines())
        return lines if lines > MODULE_BOUND else None

    assert offenders(PACKAGE, too_long) == {}


def test_a_function_can_be_seen_at_once():
    def too_long(source):
        nodes = ast.walk(ast.parse(source))
        functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        return [f.name for f in functions if f.end_lineno - f.lineno >= FUNCTION_BOUND]

    assert offenders(OURS, too_long) == {}


def test_nothing_is_put_off_in_a_comment():
    def put_off(source):
        return [line for line, text in comments(source) if re.search(r"\b(TODO|FIXME)\b", text)]

    assert offenders(OURS, put_off) == {}


def test_no_test_measures_time():
    measuring = re.compile(r"(perf_counter|monotonic|\w+_time|now_s)\(\)[^\n]* - |seconds < ")
    found = [
        str(path) for path in ROOT.glob("tests/**/*.py") if measuring.search(path.read_text())
    ]
    assert [path for path in found if not path.endswith("test_house.py")] == []


def test_a_module_says_what_it_is():
    modules = [file for file in OURS if ROOT / "tests" not in file.parents]

    assert offenders(modules, lambda source: not ast.get_docstring(ast.parse(source))) == {}


def test_a_lint_exception_carries_its_code_and_its_reason():
    assert offenders(OURS, unexplained) == {}


@pytest.mark.parametrize(
    ("comment", "is_explained"),
    [
        ("# noqa: S311 - a seeded simulation", True),
        ("# noqa: A002, ARG001 - the field's own name", True),
        ("# type: ignore[import-untyped] # ships no types", True),
        ("# ruff: noqa: E501 - a name in the catalog is longer than a line", True),
        ("# the reason first  # noqa: S311 - a seeded simulation", True),
        ("# noqa", False),
        ("# noqa: S311", False),
        ("# noqa - because", False),
        ("# noqa: S311 - ok", False),
        ("# type: ignore", False),
        ("# type: ignore[attr-defined]", False),
        ("# type: ignore # ships no types", False),
        ("# ruff: noqa", False),
    ],
)
def test_what_counts_as_explained(comment, is_explained):
    assert (unexplained(f"x = 1  {comment}\n") == []) is is_explained
