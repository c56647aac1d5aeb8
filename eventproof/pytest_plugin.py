"""The pytest plugin: with `--eventproof`, each scenario file is a test.

A file in a folder `scenarios` that says what it is (a top-level key `scenario`) becomes one test,
which passes when the scenario's verdict is the expected one. Without the option nothing is
collected and nothing heavy is imported: pytest loads this module in every project of its user.

Running a scenario imports the handlers that it names, as pytest imports tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from eventproof.simulator import Exploration, Prepared, Scenario, TimedRun

SUFFIXES = (".yaml", ".yml")
FOLDER = "scenarios"

LOOKED_AT = 1_000_000
"""Bytes of a file in which the key is looked for; no scenario is larger."""

_SCENARIO_KEY = re.compile(rb"""^(?:\xef\xbb\xbf)?["']?scenario["']?\s*:""", re.MULTILINE)


class NotAsExpected(Exception):
    """A scenario's verdict is another than the expected one; its text is what to show."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--eventproof`."""
    parser.getgroup("eventproof").addoption(
        "--eventproof",
        action="store_true",
        help="collect the scenario files in folders named `scenarios` as tests",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Collect a scenario file, where the option asks for it."""
    if not parent.config.getoption("--eventproof"):
        return None
    if file_path.suffix not in SUFFIXES or file_path.parent.name != FOLDER:
        return None
    if not _says_scenario(file_path):
        return None
    collector: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return collector


class ScenarioFile(pytest.File):
    """A scenario file, which holds one test."""

    def collect(self) -> Iterable[ScenarioItem]:
        """Its one test, named as the file is: the title may not be readable."""
        yield ScenarioItem.from_parent(self, name=self.path.stem)


class ScenarioItem(pytest.Item):
    """Runs one scenario by its own driver."""

    def runtest(self) -> None:
        """Raise `NotAsExpected`, or the `Problem` that keeps the scenario from running."""
        from eventproof.simulator import demand_one_order, load_scenario, prepare, watching

        scenario = load_scenario(_as_typed(self.path))
        prepared = prepare(scenario)
        run = _run_timed if scenario.driver == "timed" else _run_exploration
        with watching():
            run(prepared)
        demand_one_order(prepared)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return sentences where the scenario failed, a traceback where eventproof did."""
        from eventproof.findings import Problem

        error = excinfo.value
        if isinstance(error, NotAsExpected):
            return str(error)
        if isinstance(error, Problem):
            hint = f"\nhint: {error.hint}" if error.hint else ""
            return f"error: {error.sentence}{hint}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the test lies and what it is called in a report's header."""
        return self.path, None, f"scenario: {self.name}"


def _says_scenario(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return _SCENARIO_KEY.search(stream.read(LOOKED_AT)) is not None
    except OSError:
        return True  # its test will say why it cannot be read; skipping it would look green


def _run_exploration(prepared: Prepared) -> None:
    from eventproof.simulator import explore_or_sample

    scenario = prepared.scenario
    exploration = explore_or_sample(
        prepared.model, search=scenario.search, seed=scenario.seed, budget=scenario.budget
    )
    if not scenario.as_expected(exploration.verdict) or exploration.unreached:
        raise NotAsExpected(_exploration_text(prepared, exploration))


def _exploration_text(prepared: Prepared, exploration: Exploration) -> str:
    from eventproof.report import exploration_lines
    from eventproof.simulator import tell

    scenario = prepared.scenario
    named = {name: at for at, name in enumerate(scenario.always)}
    violations = sorted(exploration.violations, key=lambda v: named.get(v.property, len(named)))
    story = tell(prepared, exploration, violations[0]) if violations else None
    text = exploration_lines(scenario, exploration, story, tape=None)
    record = f"\n  record it: eventproof explore {scenario.shown}" if story else ""
    return text + record


def _run_timed(prepared: Prepared) -> None:
    from eventproof.simulator import simulate

    scenario = prepared.scenario
    run = simulate(prepared.model, scenario, seed=scenario.seed)
    # A timed run proves nothing, so all that can be expected of it is that something breaks.
    as_expected = bool(run.breaches) is (scenario.expect == "violated")
    if not as_expected or run.unmet:
        raise NotAsExpected(_timed_text(scenario, run))


def _timed_text(scenario: Scenario, run: TimedRun) -> str:
    broken = ", ".join(sorted({breach.property for breach in run.breaches}))
    verdict = f"VIOLATED {broken}" if broken else "PASSED"
    journeys = len(run.tally.journey_s)
    lines = [
        f"{scenario.name}   {verdict}   (expected {scenario.expect or 'passed'})",
        "",
        *(f"  {breach.sentence}" for breach in run.breaches),
        f"  {journeys:,} journeys in {run.seconds:,.0f} simulated seconds, seed {run.seed}",
        *(f"  {value:,} {name.replace('_', ' ')}" for name, value in run.figures.items()),
        *(f"  never reached: {name}; the scenario does not test it" for name in run.unmet),
    ]
    return "\n".join(lines)


def _as_typed(file: Path) -> Path:
    """Return the path as a user would type it here: relative, where the file lies below."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file
