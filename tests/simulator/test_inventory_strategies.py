"""Concurrency strategies: the right ones proved, the wrong ones refuted by what they break."""

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from simulator_stock import run

from eventproof.simulator import explore, load_scenario, prepare
from eventproof.simulator.inventory import ALWAYS, STRATEGIES, contest, initial_rows, order_flow
from eventproof.simulator.properties import Always, Sometimes
from eventproof.simulator.steps import Isolation

ROOT = Path(__file__).parents[2]
RIGHT = [strategy for strategy in STRATEGIES.values() if strategy.right]
SERIALIZABLE = ("serializable-retry", "append-serializable")  # many states, explored once
RETRYING = ("snapshot-retry", *SERIALIZABLE)
PROVED_FOR_TWO = "append-serializable"  # for three: benchmarks/prove_strategies.py
WRONG = [strategy for strategy in STRATEGIES.values() if not strategy.right]


def by_name(strategy):
    return strategy.name


@pytest.mark.parametrize("strategy", RIGHT, ids=by_name)
def test_a_right_strategy_is_proved_for_three_customers_and_two_products(strategy):
    customers = 2 if strategy.name == PROVED_FOR_TWO else 3
    model = contest(strategy, customers=customers)
    sold_out = Sometimes(
        "all but one paid",
        lambda view: sorted(view.outcomes) == ["paid"] * (customers - 1) + ["refused: 400"],
    )
    found = explore(replace(model, sometimes=(sold_out,)))
    assert (found.verdict, found.unreached, found.exhausted) == ("proved", (), True)


@pytest.mark.parametrize(
    "strategy", [s for s in RIGHT if s.name not in ("units", *SERIALIZABLE)], ids=by_name
)
def test_a_right_strategy_sells_what_there_is(strategy):
    """All but the unit rows, which refuse while another's unit is only locked."""
    served = Sometimes("busy", lambda view: "refused: 503" in view.outcomes)
    left = Sometimes(
        "a cup is left though a customer was refused",
        lambda view: sorted(view.outcomes) in (["paid", *["refused: 400"] * 2],),
    )
    found = explore(replace(contest(strategy, customers=3), sometimes=(served, left)))
    assert found.unreached == (served.name, left.name)


@pytest.mark.parametrize("strategy", WRONG, ids=by_name)
def test_a_wrong_strategy_is_refuted_by_the_property_that_it_is_said_to_break(strategy):
    found = explore(contest(strategy, customers=2))
    assert strategy.breaks in {violation.property for violation in found.violations}


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=by_name)
def test_alone_every_strategy_takes_gives_back_and_ships(strategy):
    async def looks(ctx):
        async with ctx.transaction() as tx:
            return await strategy.look(tx, "tea")

    async def work(ctx):
        seen = [await looks(ctx)]
        await strategy.take(ctx, (("tea", 3),), "first")
        seen.append(await looks(ctx))
        async with ctx.transaction() as tx:
            await strategy.give_back(tx, "tea", 3, "first")
        await strategy.take(ctx, (("tea", 2),), "second")
        seen.append(await looks(ctx))
        async with ctx.transaction() as tx:
            await strategy.ship(tx, "tea", 2, "second")
        return f"{[*seen, await looks(ctx)]}"

    ran = run(strategy.rows({"tea": 4}), work)
    assert ran.outcome == "[4, 1, 2, 2]"
    if strategy.name not in ("units", "buckets"):
        assert ALWAYS["ledger-balances"].broken(ran.view) is None


@pytest.mark.parametrize("cups", [1, 2])
@pytest.mark.parametrize("strategy", RIGHT, ids=by_name)
def test_giving_back_beside_taking_loses_nothing_with_a_right_strategy(strategy, cups):
    cart = (("cup", 1),)

    async def change_of_mind(customer, ctx):
        await strategy.take(ctx, cart, customer.name)
        async with ctx.transaction() as tx:
            await strategy.give_back(tx, "cup", 1, customer.name)
        return "given back"

    def lost(view):
        left = sum(row.available for row in view.table("stock"))
        wrong = len(view.outcomes) == 2 and strategy.rows is initial_rows
        return "a unit" if wrong and left != cups - view.outcomes.count("paid") else None

    model = contest(strategy, customers=2)
    actors = tuple(
        replace(customer, cart=cart, journey=journey)
        for customer, journey in zip(model.customers, (change_of_mind, model.journey), strict=True)
    )
    model = replace(
        model,
        customers=actors,
        rows=strategy.rows({"cup": cups}),
        always=(*model.always, Always("nothing-lost", lost)),
    )
    found = explore(model)
    failed = {violation.property for violation in found.violations}
    # Above READ COMMITTED giving back needs a second try as well; that is the caller's.
    assert failed <= ({"every-command-ends"} if strategy.name in RETRYING else set())


@pytest.mark.parametrize("name", ["locked", "optimistic", "single-writer", "units", "buckets"])
def test_the_whole_order_flow_is_proved_with_a_right_strategy(name):
    strategy = STRATEGIES[name]
    cart = (("cup", 1),)
    model = contest(strategy, customers=2)
    model = replace(
        model,
        customers=tuple(replace(customer, cart=cart) for customer in model.customers),
        journey=order_flow(allocate=name),
        rows=strategy.rows({"cup": 1}),
        outcomes={"payment": ("approve", "decline")},
        sometimes=(),
    )
    assert explore(model).verdict == "proved"


def test_strategies_without_a_second_try_fail_at_repeatable_read():
    fates = {}
    for strategy in (s for s in RIGHT if s.name not in SERIALIZABLE):
        model = contest(strategy, customers=3, isolation=Isolation.REPEATABLE_READ)
        found = explore(model)
        fates[strategy.name] = {violation.property for violation in found.violations}
    assert fates.pop("snapshot-retry") == set()
    assert set(map(tuple, fates.values())) == {("every-command-ends",)}


def test_a_scenario_may_name_every_strategy_and_no_other():
    text = files("eventproof.simulator").joinpath("scenario.schema.json").read_text("utf-8")
    customers = json.loads(text)["properties"]["customers"]["properties"]
    assert customers["allocate"]["enum"] == list(STRATEGIES)


def test_the_scenario_on_the_page_is_proved(tmp_path):
    page = (ROOT / "docs/reference/inventory.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "scenario.yaml"
    file.write_text(text.replace("../catalog", f"{ROOT}/examples/acme/catalog"), "utf-8")
    assert explore(prepare(load_scenario(file)).model).verdict == "proved"
