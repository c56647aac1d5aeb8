"""A scenario's verdict in words: one line that says all, and the lines beneath it."""

from __future__ import annotations

from collections.abc import Sequence

from eventproof.report.timelines import timeline
from eventproof.simulator import Exploration, Scenario, Story

NAME_WIDTH = 46
"""Column where the verdict begins, so that verdicts stand beneath each other."""


def headline(scenario: Scenario, exploration: Exploration) -> str:
    """`<title>   VERDICT …`: the scenario, its verdict, and whether that was expected."""
    verdict = exploration.verdict
    words = verdict.upper()
    if verdict == "violated":
        words += " " + ", ".join(_in_order(scenario, exploration))
    elif verdict in ("proved", "passed"):
        words += f"   {_extent(exploration)}"
    return f"{scenario.name:<{NAME_WIDTH}} {words}{_expectation(scenario, verdict)}"


def exploration_lines(
    scenario: Scenario, exploration: Exploration, story: Story | None, tape: str | None
) -> str:
    """Everything that there is to say of one exploration."""
    blocks = [headline(scenario, exploration)]
    if story is not None:
        blocks.append(_indented(story.sentence))
        table = timeline(story.lines)
        if table:
            blocks.append(_indented(table))
    blocks.append(_indented("\n".join(_footer(exploration, story, tape))))
    return "\n\n".join(blocks)


def _footer(exploration: Exploration, story: Story | None, tape: str | None) -> list[str]:
    lines = []
    if story is not None:
        count = exploration.count
        share = f"; {count.violating:,} of {count.total:,} interleavings violate" if count else ""
        lines.append(_found_by(exploration, share))
        if story.left_out:
            what = "changed no stock" if story.product else "wrote nothing"
            lines.append(f"{story.left_out} steps that {what} are left out")
    elif exploration.verdict in ("proved", "passed") or not exploration.exhausted:
        lines.append(_scope(exploration))
    if not (exploration.runs and exploration.violations):  # the runs ended with that one
        lines += _unreached(exploration)
    lines += [
        f"not told: whether every run comes to `{name}`; the budget ended first"
        for name in exploration.undecided
    ]
    if exploration.note:
        lines.append(exploration.note)
    if tape:
        lines.append(f"replay it: eventproof replay {tape}")
    return lines


def not_reached(exploration: Exploration) -> str:
    """How to say that something was not reached: never, or not in what was looked at."""
    if exploration.exhausted:
        return "never reached"
    if exploration.ended_by == "violation":
        return "not reached before the violation ended the exploration"
    if exploration.ended_by:
        return "not reached before the budget ended"
    return f"not reached in {exploration.runs:,} runs at random"


def _unreached(exploration: Exploration) -> list[str]:
    # Only of all that can be is it the scenario's own doing.
    why = "; the scenario does not test it" if exploration.exhausted else ""
    return [f"{not_reached(exploration)}: {name}{why}" for name in exploration.unreached]


def _scope(exploration: Exploration) -> str:
    if exploration.exhausted:
        return "every order of steps and every outcome was tried"
    if not exploration.states:
        runs = f"{exploration.runs:,} runs at random"
        if exploration.ended_by:
            runs = f"the budget{_bound(exploration)} ended after {runs}"
        return f"{runs}: nothing was found, and nothing is proved"
    after = f" nor in {exploration.runs:,} runs at random after it," if exploration.runs else ""
    budget = f"the budget{_bound(exploration)} ended first"
    return f"{budget}: nothing was found,{after} and nothing is proved"


def _found_by(exploration: Exploration, share: str) -> str:
    if exploration.runs is None:
        return f"shortest of {exploration.states:,} states{share}"
    return f"found by run {exploration.runs:,} at random, which may be longer than it need be"


def _bound(exploration: Exploration) -> str:
    return f" of {exploration.ended_by}" if exploration.ended_by else ""


def _extent(exploration: Exploration) -> str:
    parts = []
    if exploration.states:
        parts.append(f"{exploration.states:,} states{_interleavings(exploration)}")
    if exploration.runs is not None:
        parts.append(f"{exploration.runs:,} runs at random")
    return ", ".join(parts)


def _in_order(scenario: Scenario, exploration: Exploration) -> Sequence[str]:
    broken = [violation.property for violation in exploration.violations]
    named = [name for name in scenario.always if name in broken]
    return [*named, *(name for name in broken if name not in named)]


def _interleavings(exploration: Exploration) -> str:
    return f", {exploration.count.total:,} interleavings" if exploration.count else ""


def _expectation(scenario: Scenario, verdict: str) -> str:
    if scenario.as_expected(verdict):
        return "   (as expected)" if scenario.expect == verdict == "violated" else ""
    return f"   (expected {scenario.expect or 'proved'})"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
