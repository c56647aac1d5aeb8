"""Tapes: what was found is replayed, told in a few lines, written down, and read again."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_shops import never, shelves, shop, stocked, units_on

from eventproof.findings import Problem
from eventproof.simulator import (
    Tape,
    TapeStep,
    at_least,
    dump,
    explore,
    load_scenario,
    minus,
    plus,
    prepare,
    read_tape,
    replay_tape,
    tell,
)
from eventproof.simulator.replay import replay_deeds, tape_steps

ROOT = Path(__file__).parents[2]

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

tapes = st.builds(
    Tape,
    scenario=texts, name=texts, eventproof=texts, catalog_digest=texts, handlers_digest=texts,
    seed=st.integers(0, 10**9), customers=st.integers(0, 9), property=texts, sentence=texts,
    stock=st.dictionaries(texts, st.integers(0, 9), max_size=2),
    steps=st.lists(
        st.builds(
            TapeStep, actor=texts, slot=st.integers(0, 9), process=texts, step=texts,
            kind=st.sampled_from(["step", "wait", "abort"]), choice=st.none() | texts,
        ), max_size=4,
    ).map(tuple),
)  # fmt: skip

A_TAPE = Tape(
    "s.yaml",
    "a shop",
    "0",
    "c",
    "h",
    1,
    2,
    {"tea": 1},
    "p",
    "It broke.",
    (TapeStep("c", 0, "j", "begin", "step"),),
)


def naive_shop():
    async def journey(_customer, ctx):
        async with ctx.transaction() as tx:
            row = await tx.get(shelves, "a")
            if row.units < 1:
                return "refused"
            await tx.update(shelves, "a", units=row.units - 1)
            await tx.update(shelves, "sold", units=plus(1))
        return await ctx.call("payment", "authorise")

    oversold = never("never-oversold", lambda view: units_on(view, "sold") > 1)
    return shop(
        journey,
        rows=stocked(a=1, sold=0),
        always=[oversold],
        outcomes={"payment": ("approve", "decline")},
    )


def tape_of(model, name):
    violation = next(v for v in explore(model).violations if v.property == name)
    return tape_steps(violation.deeds, replay_deeds(model, violation.deeds).moments)


@pytest.fixture
def taped():
    model = naive_shop()
    return model, tape_of(model, "never-oversold")


@settings(max_examples=50, deadline=None)
@given(tape=tapes)
def test_a_tape_that_is_written_is_read_as_it_was(tmp_path_factory, tape):
    file = tmp_path_factory.getbasetemp() / "round.json"
    file.write_text(dump(tape), encoding="utf-8")
    assert read_tape(file) == tape


def test_a_tape_has_a_line_for_each_step():
    lines = dump(replace(A_TAPE, steps=A_TAPE.steps * 3)).splitlines()
    assert sum('"actor"' in line for line in lines) == 3


class TestTapesThatFit:
    def test_a_violation_is_reproduced_from_its_tape(self, taped):
        model, steps = taped
        assert replay_tape(model, steps).breaks("never-oversold")

    def test_half_a_tape_shows_half_the_run(self, taped):
        model, steps = taped
        half = replay_tape(model, steps[: len(steps) // 2])
        assert not half.breaks("never-oversold")
        assert len(half.moments) == len(steps) // 2

    def test_where_the_property_allows_more_nothing_breaks(self, taped):
        model, steps = taped
        generous = never("never-oversold", lambda view: units_on(view, "sold") > 2)
        assert not replay_tape(replace(model, always=(generous,)), steps).breaks("never-oversold")

    def test_an_empty_tape_replays_to_nothing(self):
        assert replay_tape(naive_shop(), ()).moments == ()


class TestTapesThatDoNotFit:
    def refused(self, model, steps):
        with pytest.raises(Problem, match=r"^the tape does not fit: at step \d+ .*\.$") as problem:
            replay_tape(model, steps)
        assert "explore again" in problem.value.hint
        return problem.value.sentence

    def test_another_handler_is_told_with_the_step_and_what_it_asks_now(self, taped):
        _, steps = taped

        async def journey(_customer, ctx):
            async with ctx.transaction() as tx:
                await tx.update(shelves, "a", units=minus(1), guard=at_least(units=1))

        mended = replace(naive_shop(), journey=journey)
        at = next(n for n, s in enumerate(steps, start=1) if s.step.startswith("read"))
        said = self.refused(mended, steps)
        assert f"at step {at} it has `read shelves: no row` of journey for customer-" in said
        assert "whose handlers now ask `units - 1` of journey" in said

    def test_a_customer_who_does_not_come_any_more(self, taped):
        model, steps = taped
        assert "now ask nothing" in self.refused(replace(model, customers=()), steps)

    def test_a_step_after_the_end(self, taped):
        model, steps = taped
        assert f"at step {len(steps) + 1} it has" in self.refused(model, (*steps, steps[0]))

    def test_a_step_that_nobody_knows(self, taped):
        model, steps = taped
        said = self.refused(model, (replace(steps[0], kind="leap"),))
        assert "`leap` is not what can become of `begin` of journey" in said

    def test_a_payment_that_the_scenario_does_not_know(self, taped):
        model, steps = taped
        last = replay_tape(model, steps).moments[-1].event.actor
        pays = TapeStep(last, 0, "journey", "payment authorise", "step", "perhaps")
        said = self.refused(model, (*steps, pays))
        assert "`step perhaps` is not what can become of `payment authorise`" in said

    @pytest.mark.parametrize("number", [0, 1])
    def test_an_abort_of_what_is_no_statement_of_a_deadlock(self, taped, number):
        model, steps = taped
        wrong = replace(steps[number], kind="abort", choice=None if number else "40P01")
        self.refused(model, (*steps[:number], wrong))

    def test_a_step_that_must_wait_now(self):
        model = naive_shop()
        first, second = (
            TapeStep(f"customer-{n}", 0, "journey", step, "step")
            for n, step in ((1, "begin"), (2, "begin"))
        )
        read = "read shelves: no row"
        write = "write units = 0"
        steps = (
            first, second,
            replace(first, step=read), replace(second, step=read),
            replace(first, step=write), replace(second, step=write),
        )  # fmt: skip
        assert "at step 6 `write units = 0` of journey must now wait" in self.refused(model, steps)
        waits = replace(steps[4], kind="wait")
        assert "at step 5 `write units = 0` of journey need not wait" in self.refused(
            model, (*steps[:4], waits)
        )


class TestDamagedTapes:
    def test_a_missing_tape(self, tmp_path):
        with pytest.raises(Problem, match="cannot be read: No such file"):
            read_tape(tmp_path / "none.json")

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[]", "5", "null", '{"format": "eventproof-tape-2"}', "[" * 100_000, "\ufeff{}"],
    )
    def test_what_is_no_tape(self, tmp_path, text):
        file = tmp_path / "tape.json"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(Problem, match="is not a tape"):
            read_tape(file)

    def test_a_binary_file(self, tmp_path):
        file = tmp_path / "tape.json"
        file.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(Problem, match="is not a tape"):
            read_tape(file)

    @pytest.mark.parametrize("key", sorted(asdict(A_TAPE)))
    @pytest.mark.parametrize("value", [..., None, 1.5, {"a": 1.5}, {"a": -1}, [1]])
    def test_a_field_that_is_missing_or_of_another_kind(self, tmp_path, key, value):
        body = json.loads(dump(A_TAPE))
        if value is ...:
            if key == "loop":
                return  # most runs end
            del body[key]
        else:
            body[key] = value
        self.refused(tmp_path, body)

    @pytest.mark.parametrize("key", sorted(asdict(A_TAPE.steps[0])))
    @pytest.mark.parametrize("value", [1.5, {"a": 1}, [1], True])
    def test_a_step_with_a_field_of_another_kind(self, tmp_path, key, value):
        body = json.loads(dump(A_TAPE))
        body["steps"][0][key] = value
        self.refused(tmp_path, body)

    @pytest.mark.parametrize(
        ("key", "value"),
        [("customers", 10**9), ("customers", -1), ("name", "half \ud800")],
    )
    def test_customers_that_cannot_come_and_half_a_character(self, tmp_path, key, value):
        self.refused(tmp_path, json.loads(dump(A_TAPE)) | {key: value})

    def test_a_field_too_many(self, tmp_path):
        self.refused(tmp_path, json.loads(dump(A_TAPE)) | {"speed": 2})

    def refused(self, tmp_path, body):
        file = tmp_path / "tape.json"
        file.write_text(json.dumps(body))
        with pytest.raises(Problem, match="is a damaged tape") as problem:
            read_tape(file)
        assert "\n" not in problem.value.sentence


class TestStories:
    @pytest.mark.parametrize(
        "scenario",
        [
            "acme/scenarios/last-unit-naive",
            "orders/scenarios/last-unit",
            "orders/scenarios/stale-reader",
        ],
    )
    def test_every_violation_of_the_examples_is_told_and_its_tape_replays(
        self, scenario, tmp_path
    ):
        prepared = prepare(load_scenario(ROOT / f"examples/{scenario}.yaml"))
        exploration = explore(prepared.model)
        assert exploration.violations
        for violation in exploration.violations:
            story = tell(prepared, exploration, violation)
            assert story.sentence.endswith((".", "property"))
            assert story.left_out + len(story.lines) == len(story.tape.steps)
            file = tmp_path / "tape.json"
            file.write_text(dump(story.tape), encoding="utf-8")
            assert replay_tape(prepared.model, read_tape(file).steps).breaks(violation.property)

    def test_the_first_to_act_is_told_as_the_first_customer(self):
        prepared = prepare(load_scenario(ROOT / "examples/acme/scenarios/last-unit-naive.yaml"))
        exploration = explore(prepared.model)
        oversold = next(v for v in exploration.violations if v.property == "never-oversold")
        story = tell(prepared, exploration, oversold)
        assert story.lines[0].actor == "customer-1"
        assert [line.step for line in story.lines] == list(range(1, len(story.lines) + 1))
        assert story.sentence.startswith("Customers 1 and 2 both read available = 1 before either")
        paid = [dict(line.figures)["paid"] for line in story.lines]
        assert paid == sorted(paid)
        assert paid[-1] == 2

    def test_what_a_transaction_reads_of_a_row_that_it_has_written_is_no_line(self):
        prepared = prepare(load_scenario(ROOT / "examples/acme/scenarios/last-unit.yaml"))
        sold = never("paid", lambda view: any(view.table("order_lines")))
        shop = replace(prepared, model=replace(prepared.model, always=(sold,)))
        exploration = explore(shop.model)
        (violation,) = exploration.violations
        story = tell(shop, exploration, violation)
        assert [line.text for line in story.lines] == ["available - 1", "commit", "paid"]

    def test_a_story_that_the_replay_does_not_show_is_a_fault_of_ours(self):
        prepared = prepare(load_scenario(ROOT / "examples/acme/scenarios/last-unit-naive.yaml"))
        exploration = explore(prepared.model)
        violation = exploration.violations[0]
        with pytest.raises(Problem, match="does not show it"):
            tell(prepared, exploration, replace(violation, deeds=violation.deeds[:5]))


COMMANDS = [
    ["explore", "scenarios/last-unit-naive.yaml"],
    ["simulate", "scenarios/flash-sale.yaml", "--seeds", "2"],
    ["replay", ".eventproof/tapes/last-unit-naive.json"],
]

RUN_ALL = """
import sys
from pathlib import Path
from click.testing import CliRunner
from eventproof.cli.app import cli

for arguments in {commands}:
    for style in ("text", "json"):
        done = CliRunner().invoke(cli, [*arguments, "--format", style])
        print(arguments, style, done.exit_code)
        print(done.stdout)
print(Path(".eventproof/tapes/last-unit-naive.json").read_text())
"""


def said_by_a_process(folder, *, hash_seed):
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL.format(commands=COMMANDS)],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_processes_say_the_same_to_the_byte(tmp_path):
    """Explore, simulate and replay, as text and as JSON, and the tape that is written."""
    folder = tmp_path / "acme"
    shutil.copytree(ROOT / "examples/acme", folder, ignore=shutil.ignore_patterns(".eventproof"))
    said = said_by_a_process(folder, hash_seed=1)
    assert said == said_by_a_process(folder, hash_seed=2)

    for arguments in COMMANDS:
        for style in ("text", "json"):
            assert f"{arguments} {style} 0\n" in said
    assert "REPRODUCED never-oversold" in said
    assert '"format": "eventproof-tape-1"' in said
