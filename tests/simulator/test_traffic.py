"""Any catalog runs without a scenario: its services play the stubs that their pages describe."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import load
from eventproof.contracts import build
from eventproof.findings import NothingToCheck
from eventproof.simulator import cast_of, merged, run_catalog

BESIDE = (parent / "shared" / "catalogs" for parent in Path(__file__).parents[3:])
CATALOGS = sorted(one for folder in BESIDE for one in folder.glob("*") if one.is_dir())
EXAMPLES = Path(__file__).parents[2] / "examples"


def page(folder, kind, name, text="", version="1.0.0", schema=None):
    """Write the page of a resource, and its schema beside it."""
    place = folder / kind / f"{name}-{version}"
    place.mkdir(parents=True, exist_ok=True)
    said = "\nschemaPath: schema.json" if schema else ""
    head = f"id: {name}\nname: {name}\nversion: {version}{said}\n{text}"
    (place / "index.mdx").write_text(f"---\n{head}\n---\n")
    if schema:
        (place / "schema.json").write_text(schema)


def run(folder, messages=200, seed=1):
    catalog = load(folder)
    return run_catalog(cast_of(catalog), build(catalog), messages=messages, seed=seed)


def incidents(folder, name):
    return [one for one in run(folder).incidents if one.property == name]


def receives(message, *triggers, version="1.0.0"):
    """One entry of `receives`; a trigger with a star has a condition."""
    lines = [f"  - id: {message}", f"    version: {version}"]
    if triggers:
        lines.append("    triggers:")
    for name in triggers:
        lines.append(f"      - id: {name.rstrip('*')}")
        if name.endswith("*"):
            lines.append("        condition: sometimes")
    return "\n".join(lines)


def service(folder, name, *received, sends=()):
    text = "receives:\n" + "\n".join(received) if received else ""
    if sends:
        text += "\nsends:\n" + "\n".join(f"  - id: {one}" for one in sends)
    page(folder, "services", name, text)


@pytest.fixture
def shop(tmp_path):
    for event in ("OrderPlaced", "OrderPaid", "OrderShipped"):
        page(tmp_path, "events", event, schema='{"type": "object"}')
    page(tmp_path, "commands", "PlaceOrder", schema='{"type": "object"}')
    return tmp_path


def test_a_command_that_nobody_sends_begins_and_sets_off_what_its_receiver_triggers(shop):
    service(shop, "Orders", receives("PlaceOrder", "OrderPlaced"), sends=["OrderPlaced"])
    service(shop, "Mail", receives("OrderPlaced"))

    ran = run(shop)

    assert set(ran.sent) == {"PlaceOrder 1.0.0", "OrderPlaced 1.0.0"}
    assert sum(ran.sent.values()) == 200
    assert set(ran.handled) == {"Orders", "Mail"}
    assert ran.incidents == ()
    assert ran.without_payload == 0


def test_a_condition_is_a_choice(shop):
    service(shop, "Orders", receives("PlaceOrder", "OrderPlaced*"), sends=["OrderPlaced"])
    service(shop, "Mail", receives("OrderPlaced"))

    sent = run(shop, messages=1_000).sent

    assert 0.4 < sent["OrderPlaced 1.0.0"] / sent["PlaceOrder 1.0.0"] < 0.6


def test_a_service_without_triggers_sends_all_that_it_sends_once_in_a_chain(shop):
    service(shop, "Orders", receives("PlaceOrder"), receives("OrderPaid"), sends=["OrderPlaced"])
    service(shop, "Till", receives("OrderPlaced"), sends=["OrderPaid"])

    ran = run(shop, messages=900)

    counts = list(ran.sent.values())
    assert max(counts) - min(counts) <= 5
    assert ran.incidents == ()


def test_a_service_that_receives_nothing_acts_of_its_own_accord(shop):
    service(shop, "Clock", sends=["OrderPlaced"])
    service(shop, "Mail", receives("OrderPlaced"))

    assert set(run(shop).sent) == {"OrderPlaced 1.0.0"}


def test_services_that_only_answer_each_other_are_set_in_motion_all_the_same(shop):
    service(shop, "Orders", receives("OrderPaid"), sends=["OrderPlaced"])
    service(shop, "Till", receives("OrderPlaced"), sends=["OrderPaid"])

    assert set(run(shop).sent) == {"OrderPaid 1.0.0", "OrderPlaced 1.0.0"}


def test_triggers_without_conditions_that_go_round_are_an_endless_cycle(shop):
    service(shop, "Orders", receives("PlaceOrder", "OrderPlaced"), sends=["OrderPlaced"])
    service(shop, "Till", receives("OrderPlaced", "OrderPaid"), sends=["OrderPaid"])
    service(shop, "Bonus", receives("OrderPaid", "OrderPlaced"), sends=["OrderPlaced"])

    found = incidents(shop, "no-endless-cycle")

    assert any(
        "OrderPlaced 1.0.0 -> OrderPaid 1.0.0 -> OrderPlaced 1.0.0" in one.sentence
        or "OrderPaid 1.0.0 -> OrderPlaced 1.0.0 -> OrderPaid 1.0.0" in one.sentence
        for one in found
    )
    assert all(one.is_violation for one in found)
    assert found[0].path[0] == "the outside sends PlaceOrder 1.0.0"


def test_a_cycle_with_a_condition_comes_to_its_end(shop):
    service(shop, "Orders", receives("PlaceOrder", "OrderPlaced"), sends=["OrderPlaced"])
    service(shop, "Till", receives("OrderPlaced", "OrderPaid*"), sends=["OrderPaid"])
    service(shop, "Bonus", receives("OrderPaid", "OrderPlaced"), sends=["OrderPlaced"])

    ran = run(shop, messages=2_000)

    assert ran.incidents == ()
    assert ran.sent["OrderPlaced 1.0.0"] > ran.sent["PlaceOrder 1.0.0"]


def test_messages_that_multiply_are_a_storm_and_the_run_still_ends(shop):
    service(shop, "Orders", receives("PlaceOrder", "OrderPlaced"), sends=["OrderPlaced"])
    again = ["OrderPlaced*"] * 6
    for number in range(3):
        service(shop, f"Echo{number}", receives("OrderPlaced", *again), sends=["OrderPlaced"])

    ran = run(shop, messages=3_000)

    storms = [one for one in ran.incidents if one.property == "no-event-storm"]
    assert [one.message for one in storms] == ["PlaceOrder 1.0.0"]
    assert "sets off more than 250 messages" in storms[0].sentence
    assert sum(ran.sent.values()) == 3_000


def test_a_message_that_nobody_receives_is_told_and_is_no_violation(shop):
    service(shop, "Orders", receives("PlaceOrder"), sends=["OrderShipped"])

    (one,) = incidents(shop, "no-message-dies-unconsumed")

    assert one.sentence == "Orders sends OrderShipped 1.0.0, and nobody receives it."
    assert one.path == ("the outside sends PlaceOrder 1.0.0", "Orders sends OrderShipped 1.0.0")
    assert not one.is_violation


def test_a_consumer_built_for_another_version_that_cannot_read_it_is_reported(shop):
    newer = (
        '{"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}}}'
    )
    older = '{"type": "object", "required": ["sum"], "properties": {"sum": {"type": "number"}}}'
    page(shop, "events", "OrderPriced", version="1.0.0", schema=older)
    page(shop, "events", "OrderPriced", version="2.0.0", schema=newer)
    service(shop, "Orders", receives("PlaceOrder"), sends=["OrderPriced"])
    service(shop, "Mail", receives("OrderPriced"))

    (one,) = incidents(shop, "messages-are-readable")

    assert one.sentence.startswith(
        "Mail is built for OrderPriced 1.0.0 and cannot read the 2.0.0 that Orders sends: "
    )
    assert "total" in one.payload
    assert one.is_violation


def test_a_consumer_that_gets_another_version_than_its_pin_is_told_of_it(shop):
    page(shop, "events", "OrderPaid", version="2.0.0")
    service(shop, "Books", receives("OrderPaid", version="1.0.0"))
    page(shop, "services", "Tills", "sends:\n  - id: OrderPaid\n    version: 2.0.0")
    (found,) = incidents(shop, "gets-the-pinned-version")
    assert found.sentence == (
        "Books is built for OrderPaid 1.0.0 and gets the 2.0.0 that Tills sends, "
        "and no contract says if it can read it."
    )
    assert not found.is_violation


def test_that_a_version_is_another_is_not_told_where_it_cannot_be_read(shop):
    for version, kind in (("1.0.0", "integer"), ("2.0.0", "string")):
        schema = (
            f'{{"type": "object", "required": ["n"], "properties": {{"n": {{"type": "{kind}"}}}}}}'
        )
        page(shop, "events", "Counted", version=version, schema=schema)
    service(shop, "Books", receives("Counted", version="1.0.0"))
    page(shop, "services", "Tills", "sends:\n  - id: Counted\n    version: 2.0.0")
    assert incidents(shop, "messages-are-readable")
    assert incidents(shop, "gets-the-pinned-version") == []


def test_the_shop_with_the_stale_pin_is_found_out_without_a_scenario():
    found = incidents(EXAMPLES / "orders/catalog", "messages-are-readable")

    assert [one.message for one in found] == ["InventoryAdjusted 0.0.4"]


def test_messages_without_contracts_fly_and_are_counted(tmp_path):
    service(tmp_path, "Orders", receives("Unknown"))

    ran = run(tmp_path)

    assert ran.without_payload == 200
    assert list(ran.sent) == ["Unknown 1.0.0"]


def test_a_catalog_in_which_nobody_sends_or_receives_has_nothing_to_run(shop):
    with pytest.raises(NothingToCheck, match="Nobody in the catalog"):
        run(shop)


def test_what_several_seeds_meet_is_one_incident_with_the_sum_of_its_counts(shop):
    service(shop, "Orders", receives("PlaceOrder"), sends=["OrderShipped"])
    runs = [run(shop, seed=seed) for seed in (1, 2)]

    (one,) = merged(incident for ran in runs for incident in ran.incidents)

    assert one.count == sum(ran.sent["OrderShipped 1.0.0"] for ran in runs)
    assert one.seed == 1


MESSAGES = ("PlaceOrder", "OrderPlaced", "OrderPaid", "OrderShipped")
SERVICES = st.lists(
    st.tuples(
        st.dictionaries(
            st.sampled_from(MESSAGES),
            st.lists(st.sampled_from([*MESSAGES, *(f"{m}*" for m in MESSAGES)]), max_size=3),
            max_size=3,
        ),
        st.lists(st.sampled_from(MESSAGES), max_size=3, unique=True),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(services=SERVICES, seed=st.integers(0, 5))
def test_whatever_triggers_what_a_run_ends_after_its_messages(services, seed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog")
    for number, (received, sends) in enumerate(services):
        entries = [receives(message, *triggers) for message, triggers in received.items()]
        service(folder, f"Service{number}", *entries, sends=sends)

    try:
        ran = run(folder, messages=300, seed=seed)
    except NothingToCheck:
        assert not any(received or sends for received, sends in services)
        return

    assert sum(ran.sent.values()) == 300


@pytest.mark.skipif(not CATALOGS, reason="the real catalogs do not lie beside the repository")
@pytest.mark.parametrize("folder", CATALOGS, ids=lambda one: one.name)
def test_every_real_catalog_runs_for_ten_thousand_messages_the_same_twice(folder):
    catalog = load(folder)
    cast, contracts = cast_of(catalog), build(catalog)

    ran = run_catalog(cast, contracts, messages=10_000, seed=1)

    assert sum(ran.sent.values()) == 10_000
    assert ran == run_catalog(cast, contracts, messages=10_000, seed=1)
