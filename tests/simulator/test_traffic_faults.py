"""Faults in a catalog that runs without a scenario, and what comes of each."""

import pytest
from click.testing import CliRunner
from test_traffic import page, receives, service

from eventproof.catalog import load
from eventproof.cli.app import cli
from eventproof.contracts import build
from eventproof.simulator import Faults, cast_of, guarantees_of, run_catalog

ALL = {
    "consumer-crashes-before-acknowledging",
    "consumer-crashes-before-handling",
    "message-delivered-twice",
    "message-late",
    "message-lost",
}


CHAIN = ("PlaceOrder", "OrderPlaced", "OrderPaid")


def shop(folder, guarantee=None):
    """A command that sets off an event, which goes by a channel and sets off another."""
    if guarantee:
        page(folder, "channels", "line", f"deliveryGuarantee: {guarantee}")
    for event in ("OrderPlaced", "OrderPaid"):
        page(folder, "events", event, "channels:\n  - id: line", schema='{"type": "object"}')
    page(folder, "commands", "PlaceOrder", "channels:\n  - id: line", schema='{"type": "object"}')
    service(folder, "Orders", receives("PlaceOrder", "OrderPlaced"), sends=["OrderPlaced"])
    service(folder, "Payments", receives("OrderPlaced", "OrderPaid"), sends=["OrderPaid"])
    service(folder, "Mail", receives("OrderPaid"))
    return folder


def run(folder, rate, messages=300):
    catalog = load(folder)
    faults = Faults(rate, guarantees_of(catalog))
    return run_catalog(cast_of(catalog), build(catalog), messages=messages, seed=1, faults=faults)


def met(ran):
    return {one.property for one in ran.incidents} & ALL


def sentences(ran, name):
    return {one.sentence for one in ran.incidents if one.property == name}


@pytest.mark.parametrize(
    ("guarantee", "never"),
    [
        (None, {"message-lost"}),
        ("at-least-once", {"message-lost"}),
        ("at-most-once", {"message-delivered-twice", "consumer-crashes-before-acknowledging"}),
        (
            "exactly-once",
            {"message-lost", "message-delivered-twice", "consumer-crashes-before-acknowledging"},
        ),
    ],
)
def test_what_may_happen_is_what_the_channel_does_not_exclude(tmp_path, guarantee, never):
    assert met(run(shop(tmp_path, guarantee), 0.3)) == ALL - never


def test_without_a_rate_nothing_happens_and_the_run_is_as_it_was(tmp_path):
    catalog = load(shop(tmp_path))
    plain = run_catalog(cast_of(catalog), build(catalog), messages=300, seed=1)

    assert run(tmp_path, 0.0) == plain
    assert met(plain) == set()


def test_the_same_seed_meets_the_same_faults(tmp_path):
    shop(tmp_path)

    assert run(tmp_path, 0.2) == run(tmp_path, 0.2)


def test_what_is_lost_is_never_handled_and_sets_nothing_off(tmp_path):
    ran = run(shop(tmp_path, "at-most-once"), 0.5)

    begun, placed, paid = (ran.sent[f"{name} 1.0.0"] for name in CHAIN)
    assert paid < placed < begun
    assert "Mail never gets OrderPaid 1.0.0." in sentences(ran, "message-lost")
    assert "Payments never gets OrderPlaced 1.0.0, and sends no OrderPaid 1.0.0." in sentences(
        ran, "message-lost"
    )
    gone = sentences(ran, "consumer-crashes-before-handling")
    assert (
        "Orders crashes before it has handled PlaceOrder 1.0.0; it is gone, and sends no "
        "OrderPlaced 1.0.0." in gone
    )


def test_what_comes_twice_sends_all_that_it_sends_again(tmp_path):
    ran = run(shop(tmp_path, "at-least-once"), 0.5)

    begun, placed, paid = (ran.sent[f"{name} 1.0.0"] for name in CHAIN)
    assert paid > placed > begun
    assert "Orders gets PlaceOrder 1.0.0 twice, and sends OrderPlaced 1.0.0 again." in sentences(
        ran, "message-delivered-twice"
    )
    (said,) = (
        one for one in sentences(ran, "consumer-crashes-before-acknowledging") if "Mail" in one
    )
    assert said == (
        "Mail crashes after it has handled OrderPaid 1.0.0 and before it acknowledges that: "
        "it handles it again."
    )


def test_an_exactly_once_channel_repeats_nothing(tmp_path):
    ran = run(shop(tmp_path, "exactly-once"), 0.5)

    assert ran.sent["PlaceOrder 1.0.0"] >= ran.sent["OrderPlaced 1.0.0"]
    assert all(
        one.endswith("which comes again.")
        for one in sentences(ran, "consumer-crashes-before-handling")
    )


def test_a_service_without_triggers_repeats_what_it_sends_too(tmp_path):
    for name in ("Asked", "Told"):
        page(tmp_path, "events", name)
    service(tmp_path, "Teller", "  - id: Asked", sends=["Told"])
    service(tmp_path, "Listener", "  - id: Told")

    ran = run(tmp_path, 0.5)

    assert ran.sent["Told 1.0.0"] > ran.sent["Asked 1.0.0"]


def test_a_service_that_a_data_product_reads_is_no_message(tmp_path):
    shop(tmp_path)
    product = "inputs:\n  - id: OrderPaid\n  - id: Orders\noutputs:\n  - id: line"
    page(tmp_path, "data-products", "orders-lake", product)
    page(tmp_path, "channels", "line")

    ran = run(tmp_path, 0.0)

    assert set(ran.sent) == {"PlaceOrder 1.0.0", "OrderPlaced 1.0.0", "OrderPaid 1.0.0"}
    assert "orders-lake" in ran.handled


def test_the_command_notes_faults_and_they_change_no_exit_code(tmp_path):
    folder = str(shop(tmp_path, "at-most-once"))

    done = CliRunner().invoke(cli, ["simulate", folder, "--faults", "0.2", "--messages", "100"])

    assert done.exit_code == 0
    assert "note: message-lost" in done.stdout
    assert "Orders never gets PlaceOrder 1.0.0, and sends no OrderPlaced 1.0.0." in done.stdout


@pytest.mark.parametrize("rate", ["-0.1", "1.5", "often"])
def test_a_rate_is_between_none_and_all(tmp_path, rate):
    done = CliRunner().invoke(cli, ["simulate", str(shop(tmp_path)), "--faults", rate])

    assert done.exit_code == 2
    assert "--faults" in done.stderr


def test_a_scenario_says_its_faults_itself(tmp_path):
    done = CliRunner().invoke(cli, ["simulate", str(tmp_path / "x.yaml"), "--faults", "0.1"])

    assert done.exit_code == 2
    assert "--faults is for a catalog" in done.stderr
