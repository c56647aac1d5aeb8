"""`faults` of a scenario file: explored, replayed from their tape, and met in simulated time."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof.cli.app import cli
from eventproof.findings import Problem
from eventproof.simulator import load_scenario, prepare
from eventproof.simulator.network import Guarantee, Left

ACME = Path(__file__).parents[2] / "examples" / "acme"


FORGETFUL = """
from .checkout_orchestrator import *
from .checkout_orchestrator import _write_order


class Forgetful(CheckoutOrchestrator):
    async def on_inventory_reserved(self, event, ctx):
        if await ctx.call("payment", "authorise") != "approve":
            release = ReleaseInventory(
                reservation_id=event.reservation_id, reason="CHECKOUT_FAILED"
            )
            return await self.publish_release_inventory(release, ctx)
        lines = [(item.product_id, item.quantity) for item in event.items]
        async with ctx.transaction() as tx:
            await _write_order(tx, event.cart_id, lines, "PAID")
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A copy of the Acme shop whose checkout does not look whether a message came before."""
    clean = shutil.ignore_patterns(".eventproof", "__pycache__")
    shutil.copytree(ACME, tmp_path / "acme", ignore=clean)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme/handlers/forgetful.py").write_text(FORGETFUL)
    return tmp_path / "acme"


def with_faults(shop, faults, scenario="last-unit", count=None):
    file = shop / "scenarios" / "faulty.yaml"
    text = (shop / "scenarios" / f"{scenario}.yaml").read_text()
    text = text.replace("checkout_orchestrator.py:CheckoutOrchestrator", "forgetful.py:Forgetful")
    if count:
        text = text.replace("count: 2", f"count: {count}")
    file.write_text(text.replace("\nstock:", f"\nfaults: {faults}\nstock:"))
    return "acme/scenarios/faulty.yaml"


def run(*arguments):
    return CliRunner().invoke(cli, [*arguments])


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ("{duplicates: 1}", "publish inventory-reserved, delivered twice"),
        ("{crashes: 1}", "commit, then the handler crashes"),
    ],
)
def test_consumers_that_are_not_idempotent_are_refuted_and_the_tape_shows_it(shop, faults, said):
    done = run("explore", with_faults(shop, faults), "--format", "json")

    assert done.exit_code == 1, done.output
    found = json.loads(done.stdout)
    oversold = next(one for one in found["violations"] if one["property"] == "never-oversold")
    assert said in [step["action"] for step in oversold["steps"]]
    assert "REPRODUCED never-oversold" in run("replay", oversold["tape"]).output


def test_a_channel_that_delivers_exactly_once_makes_them_right_again(shop):
    faults = "{duplicates: 1, losses: 1, guarantee: exactly-once}"

    assert run("explore", with_faults(shop, faults)).exit_code == 0


def put_on_a_line(shop, message):
    """The message goes by a channel that may lose it."""
    pages = sorted(shop.rglob("index.mdx"))
    page = next(file for file in pages if f"id: {message}\n" in file.read_text()[:200])
    page.write_text(page.read_text().replace("version:", "channels:\n  - id: line\nversion:", 1))
    channel = shop / "catalog" / "channels" / "line" / "index.mdx"
    channel.parent.mkdir(parents=True)
    head = "id: line\nname: line\nversion: 1.0.0\ndeliveryGuarantee: at-most-once"
    channel.write_text(f"---\n{head}\n---\n")


def test_the_catalogs_channel_says_what_may_happen(shop):
    put_on_a_line(shop, "inventory-reserved")

    network = prepare(load_scenario(with_faults(shop, "{losses: 1}"))).model.network

    assert network.left == Left(losses=1)
    assert network.guarantee("inventory-reserved") is Guarantee.AT_MOST_ONCE
    assert network.guarantee("place-order") is Guarantee.AT_LEAST_ONCE


def test_faults_happen_in_simulated_time_too_the_same_for_a_seed(shop):
    faults = "{duplicates: 5, crashes: 5, rate: 0.5}"
    file = with_faults(shop, faults, scenario="flash-sale")

    first, second = (run("simulate", file, "--format", "json") for _ in range(2))

    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["verdict"] == "violated"


def test_an_unknown_fault_names_the_nearest_one_and_its_line(shop):
    with pytest.raises(Problem) as problem:
        load_scenario(with_faults(shop, "{duplicate: 1}"))

    assert "faulty.yaml:7: unknown key `duplicate`" in problem.value.sentence
    assert problem.value.hint == "did you mean `duplicates`?"


def with_turns(shop, said, scenario="last-unit"):
    file = shop / "scenarios" / "turns.yaml"
    text = (shop / "scenarios" / f"{scenario}.yaml").read_text()
    file.write_text(text.replace("\nstock:", f"\n{said}\nstock:"))
    return "acme/scenarios/turns.yaml"


def test_a_scenario_says_what_is_in_order_and_how_many_are_handled_at_once(shop):
    put_on_a_line(shop, "inventory-reserved")
    file = with_turns(shop, "ordered: {line: cartId}\nat_once: {inventory-service: 1}")

    turns = prepare(load_scenario(file)).model.turns

    assert turns.ordered == {"inventory-reserved": (("line", "cartId"),)}
    assert turns.at_once == {"inventory-service": 1}
    assert run("explore", file).exit_code == 0
    assert run("simulate", with_turns(shop, "at_once: {inventory-service: 1}")).exit_code == 0


def on_its_page(shop, key):
    page = shop / "catalog" / "channels" / "line" / "index.mdx"
    page.write_text(page.read_text().replace("id: line", f"id: line\nx-partition-key: {key}"))


@pytest.mark.parametrize(
    ("said", "ordered"),
    [
        ("at_once: {inventory-service: 1}", {"inventory-reserved": (("line", "cartId"),)}),
        ("ordered: {line: reservationId}", {"inventory-reserved": (("line", "reservationId"),)}),
        ("at_once: {inventory-service: 1}\nordered: {line: null}", {}),
    ],
)
def test_the_key_of_a_channel_is_on_its_page_unless_a_scenario_says_another(shop, said, ordered):
    put_on_a_line(shop, "inventory-reserved")
    on_its_page(shop, "cartId")

    assert prepare(load_scenario(with_turns(shop, said))).model.turns.ordered == ordered


def test_a_key_on_a_page_that_no_message_has_is_told_with_its_line(shop):
    put_on_a_line(shop, "inventory-reserved")
    on_its_page(shop, "cartID")

    with pytest.raises(Problem) as problem:
        prepare(load_scenario(with_turns(shop, "")))

    said = "catalog/channels/line/index.mdx:3: no message of line has a field cartID."
    assert problem.value.sentence.endswith(said)
    assert problem.value.hint == "did you mean `cartId`?"


@pytest.mark.parametrize(
    ("said", "sentence", "hint"),
    [
        (
            "at_once: {inventory-servise: 1}",
            "turns.yaml:7: the catalog has no service inventory-servise.",
            "did you mean `inventory-service`?",
        ),
        (
            "ordered: {lime: cartId}",
            "turns.yaml:7: the catalog has no channel with messages lime.",
            "did you mean `line`?",
        ),
        (
            "ordered: {line: cartID}",
            "turns.yaml:7: no message of line has a field cartID.",
            "did you mean `cartId`?",
        ),
        ("at_once: {inventory-service: 0}", "turns.yaml:7: `at_once.inventory-service`: 0", None),
    ],
)
def test_what_is_asked_of_turns_and_cannot_be_is_told_with_its_line(shop, said, sentence, hint):
    put_on_a_line(shop, "inventory-reserved")

    with pytest.raises(Problem) as problem:
        prepare(load_scenario(with_turns(shop, said)))

    assert sentence in problem.value.sentence
    assert hint is None or problem.value.hint == hint
