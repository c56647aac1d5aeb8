"""Handlers that go by the order of a set, and what else could look like it."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from simulator_shops import shelves, shop

from eventproof.cli.app import cli
from eventproof.findings import Problem
from eventproof.simulator import Isolation, set_order
from eventproof.simulator.hashing import depends_on_hashing
from eventproof.simulator.set_order import NOTHING, Said, text_of
from eventproof.simulator.statements import Get
from eventproof.simulator.tables import table_of

ACME = Path(__file__).parents[2] / "examples" / "acme"

SCENARIO = """\
scenario: two customers and two teas
catalog: ../catalog
stock: {tea: 1, cup: 1}
customers: {count: 2, cart: {tea: 1, cup: 1}, journey: mine.py:buy}
"""

JOURNEY = """\
async def buy(customer, ctx):
    wanted = {name for name, _ in customer.cart}
    for name in ORDER:
        await ctx.call("payment", name)
"""


@pytest.fixture
def explored(tmp_path, monkeypatch):
    """Explores a journey that goes through a set in that order."""
    clean = shutil.ignore_patterns(".eventproof", "__pycache__")
    shutil.copytree(ACME, tmp_path / "acme", ignore=clean)
    monkeypatch.chdir(tmp_path / "acme" / "scenarios")
    monkeypatch.setattr(set_order, "HASH_SEEDS", ("3", "4"))  # the orders differ

    def exploring(order):
        Path("mine.yaml").write_text(SCENARIO)
        Path("mine.py").write_text(JOURNEY.replace("ORDER", order))
        return CliRunner().invoke(cli, ["explore", "mine.yaml"])

    return exploring


def test_a_handler_that_sends_in_the_order_of_a_set_is_named_with_its_line(explored):
    done = explored("wanted")
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith(
        "error: journey is not deterministic: given the same answers, it asks `payment cup` in "
        "one process and `payment tea` in another (mine.py:4).\n"
    )
    assert "sort it" in done.stderr


def test_a_handler_that_sorts_its_set_is_none(explored):
    assert explored("sorted(wanted)").exit_code == 0


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("for x in {a, b}: pass", True),
        ("wanted = {x for x in y}", True),
        ("wanted = set(y)", True),
        ("groups = defaultdict(set)", True),
        ("for x in a.keys() - b.keys(): pass", True),
        ("shard = hash(name) % 4", True),
        ("if x in {1, 2}: pass", False),
        ("if x not in frozenset(y): pass", False),
        ("for x in sorted({a, b}): pass", False),
        ("for x in sorted({a, b}, key=f): pass", True),
        ("n = len(set(y))", False),
        ("n = len(set({a, b}))", True),
        ("both = {**a, 'b': [1]}", False),
        ("for x in a.keys(): pass", False),
        ("def f():\n    known = {x for x in y}\n    return [z for z in w if z in known]", False),
        ("def f():\n    known = set(y)\n    return z in known, len(known)", False),
        ("def f():\n    known = set(y)\n    return [z for z in known]", True),
        ("def f():\n    known = set(y)\n    return z in known, g(known)", True),
        ("def f():\n    global known\n    known = set(y)\n    return z in known", True),
        ("def f():\n    known = {x for x in {a, b}}\n    return z in known", True),
    ],
)
def test_code_counts_where_the_order_of_a_set_may_show(tmp_path, code, counts):
    file = tmp_path / "code.py"
    file.write_text(code)
    assert depends_on_hashing(file) is counts


def test_the_walks_of_one_model_are_the_same_again():
    async def journey(customer, ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=len(customer.name))
        return customer.name

    model = shop(journey)
    walks = [[*set_order._walked(model, number)] for number in (0, 1, 0, 1)]
    assert walks[:2] == walks[2:]
    assert [said.asks for said in walks[0]][-2:] == ["end customer-1", "end customer-2"]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (frozenset("ab"), frozenset("ba"), True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        (("a", "b"), ("b", "a"), False),
        (1, 1.0, False),
        (Isolation.SERIALIZABLE, Isolation.READ_COMMITTED, False),
        (object(), object(), True),
    ],
)
def test_values_are_told_apart_by_what_they_say_and_not_by_how_they_lie(one, other, is_same):
    assert (text_of(one) == text_of(other)) is is_same


def test_a_step_is_told_by_the_name_of_its_table():
    table = table_of(shelves)
    assert text_of(Get(table, table.key("a"))).startswith(
        "Get(table=shelves, key=('shelves', 'a')"
    )


def test_a_process_that_asks_more_than_the_other_is_told():
    said = Said("journey", "wait 1 s", "Sleep(1)", " (mine.py:3)")
    with pytest.raises(Problem, match=r"asks `wait 1 s` in one process and `nothing` in another"):
        set_order._compare([said], [])
    set_order._compare([said], [said])
    assert NOTHING.place == ""


def test_a_message_that_differs_inside_is_told_by_what_differs():
    one, other = (
        Said("journey", "publish order", f"Publish(Order(lines=({items})))", "")
        for items in ("'cup', 'tea'", "'tea', 'cup'")
    )
    with pytest.raises(Problem, match=r"its `publish order` has …\S.*'cup'.*… in one process"):
        set_order._compare([one], [other])
