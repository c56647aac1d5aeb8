"""Scenario files, right and wrong: whatever is wrong is one sentence with its line."""

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.findings import Problem
from eventproof.simulator import Journal, Mode, SQLite, explore, load_scenario, prepare

ROOT = Path(__file__).parents[2]

PLAIN = """\
scenario: two customers and one tea
catalog: ../catalog
stock: {tea: 1}
customers:
  count: 2
  cart: {tea: 1}
"""

FULL = (ROOT / "examples/acme/scenarios/flash-sale.yaml").read_text()


@pytest.fixture(scope="module")
def shop_folder(tmp_path_factory):
    """A copy of the acme shop, to which scenarios and handlers can be added."""
    folder = tmp_path_factory.mktemp("acme")
    for part in ("catalog", "handlers", "scenarios"):
        shutil.copytree(ROOT / "examples/acme" / part, folder / part)
    return folder


@pytest.fixture
def write(shop_folder):
    """Writes a scenario beside the shop's own."""

    def written(text):
        file = shop_folder / "scenarios" / "mine.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return written


@pytest.fixture
def refused(write):
    """What is said of a scenario that cannot be used, without its folder, and the hint."""

    def saying(text, *, of=load_scenario):
        file = write(text)
        with pytest.raises(Problem) as problem:
            of(file)
        said = problem.value.sentence
        assert "\n" not in said
        assert said.endswith(".")
        assert problem.value.exit_code == 2
        return said.replace(f"{file.parent}/", ""), problem.value.hint

    return saying


def loaded_and_prepared(file):
    return prepare(load_scenario(file))


def explored(file):
    return explore(prepare(load_scenario(file)).model)


def with_handler(shop_folder, code, *, name="Mine"):
    """A scenario whose inventory service is a handler file of this code."""
    folder = shop_folder / f"handlers-{abs(hash(code))}"
    shutil.copytree(shop_folder / "handlers", folder, dirs_exist_ok=True)
    (folder / "mine.py").write_text(code)
    return PLAIN + f"handlers:\n  inventory-service: ../{folder.name}/mine.py:{name}\n"


class TestReading:
    def test_what_is_not_said_has_its_default(self, write):
        scenario = load_scenario(write(PLAIN))
        assert scenario.name == "two customers and one tea"
        assert scenario.customers.count == 2
        assert scenario.customers.cart == (("tea", 1),)
        assert scenario.external["payment"].names == ("approve", "decline")
        assert scenario.always == ("never-oversold", "ledger-balances")
        assert (scenario.driver, scenario.expect, scenario.seed) == ("explore", None, 1)

    def test_what_is_said_is_read(self, write):
        scenario = load_scenario(
            write(
                FULL
                + "isolation: repeatable read\nbudget: {states: 7, seconds: 2.5}\nseed: 9\n"
                + "latency: {statement_s: 0.5}\nexternal: {carrier: {outcomes: [here, lost]}}\n"
            )
        )
        assert scenario.driver == "timed"
        assert scenario.isolation == "repeatable read"
        assert (scenario.budget.states, scenario.budget.seconds) == (7, 2.5)
        assert scenario.latency.statement_s == 0.5
        assert scenario.external["carrier"].names == ("here", "lost")
        assert scenario.external["payment"].weights == (("approve", 0.95), ("decline", 0.05))
        assert scenario.seed == 9

    def test_the_database_is_postgresql_unless_it_is_said(self, write):
        assert load_scenario(write(PLAIN)).sqlite is None
        assert load_scenario(write(PLAIN + "database: postgresql\n")).sqlite is None
        plain = load_scenario(write(PLAIN + "database: sqlite\n"))
        assert plain.sqlite == SQLite(Journal.ROLLBACK, Mode.DEFERRED)
        said = load_scenario(write(PLAIN + "database: sqlite\njournal: wal\nmode: immediate\n"))
        assert said.sqlite == SQLite(Journal.WAL, Mode.IMMEDIATE)
        assert prepare(said).model.sqlite == said.sqlite
        patient = load_scenario(write(PLAIN + "database: sqlite\nbusy_timeout_s: 5\n"))
        assert patient.sqlite == SQLite(busy_timeout_s=5)

    def test_the_paths_begin_at_the_files_folder(self, write, shop_folder):
        assert load_scenario(write(PLAIN)).catalog == (shop_folder / "catalog").resolve()

    @pytest.mark.parametrize("name", ["last-unit", "order-flow", "two-products", "flash-sale"])
    def test_the_examples_can_be_prepared(self, name):
        scenario = load_scenario(ROOT / f"examples/acme/scenarios/{name}.yaml")
        prepared = prepare(scenario)
        assert len(prepared.model.customers) == scenario.customers.count

    @pytest.mark.parametrize(
        ("expect", "verdict", "fits"),
        [
            (None, "proved", True),
            (None, "passed", True),
            (None, "violated", False),
            (None, "unknown", False),
            ("violated", "violated", True),
            ("violated", "proved", False),
            ("proved", "passed", False),
        ],
    )
    def test_a_verdict_is_the_expected_one_or_not(self, write, expect, verdict, fits):
        text = PLAIN + (f"expect: {expect}\n" if expect else "")
        assert load_scenario(write(text)).as_expected(verdict) is fits


class TestFilesThatAreNoScenario:
    def test_a_missing_file(self, tmp_path):
        with pytest.raises(Problem, match="cannot be read: No such file") as problem:
            load_scenario(tmp_path / "none.yaml")
        assert "scenarios/last-unit.yaml" in problem.value.hint

    def test_a_folder(self, tmp_path):
        with pytest.raises(Problem, match="cannot be read: Is a directory"):
            load_scenario(tmp_path)

    def test_a_binary_file(self, refused):
        said, _ = refused(b"\x89PNG\r\n\x1a\n\xff\xfe")
        assert said == "mine.yaml is not UTF-8 text."

    def test_a_file_that_is_too_large(self, refused):
        said, _ = refused(PLAIN + "#" * 1_000_001)
        assert said == "mine.yaml is larger than 1000000 bytes; no scenario is."

    def test_broken_yaml_is_told_with_its_line(self, refused):
        said, _ = refused(PLAIN + "payment: {outcomes: [approve\n")
        assert said.startswith("mine.yaml:")
        assert "broken YAML" in said
        assert int(said.split(":")[1]) >= 7

    @pytest.mark.parametrize(
        "text",
        [
            "a: \x00",
            "stock: !!timestamp x\n",
            "stock: !!bool perhaps\n",
            "stock: !!int ''\n",
            "stock: !!python/object:os.system x\n",
            "when: 2024-13-45\n",
            "? [a]\n: b\n",
            "a: &a [*a]\n",
            "a: *b\n",
            "--- a\n--- b\n",
            "[" * 5_000,
            "{a: " * 5_000,
            "\t- a",
        ],
    )
    def test_yaml_that_cannot_be_read_is_one_sentence(self, refused, text):
        refused(text)

    def test_aliases_of_aliases_are_not_written_out(self, refused):
        levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
        said, _ = refused(PLAIN + "a0: &a0 [x]\n" + "\n".join(levels) + "\nalways: [*a29]\n")
        assert len(said) < 1_000

    def test_a_whole_wrong_value_is_not_written_out(self, refused):
        said, _ = refused("scenario: [" + "long, " * 10_000 + "]\n" + PLAIN.partition("\n")[2])
        assert len(said) < 1_000

    @pytest.mark.parametrize("text", ["", "- a\n", "just words\n", "5\n"])
    def test_what_is_no_mapping_is_none(self, refused, text):
        said, _ = refused(text)
        assert "mine.yaml:1:" in said


class TestKeysAndValues:
    def test_an_unknown_key_is_told_with_its_line_and_the_nearest_one(self, refused):
        said, hint = refused(PLAIN + "\nexternl: {}\n")
        assert (said, hint) == ("mine.yaml:8: unknown key `externl`.", "did you mean `external`?")

    def test_an_unknown_key_within_is_told_with_its_line(self, refused):
        said, hint = refused(PLAIN + "  journy: ../handlers/customer.py:buy\n")
        assert (said, hint) == ("mine.yaml:7: unknown key `journy`.", "did you mean `journey`?")

    def test_an_unknown_key_like_no_other_names_all(self, refused):
        _, hint = refused(PLAIN + "zzz: 1\n")
        assert "scenario" in hint
        assert "stock" in hint

    @pytest.mark.parametrize("missing", ["scenario", "catalog"])
    def test_a_missing_key_is_named(self, refused, missing):
        body = {k: v for k, v in yaml.safe_load(PLAIN).items() if k != missing}
        said, _ = refused(yaml.safe_dump(body))
        assert f"'{missing}' is a required property" in said

    @pytest.mark.parametrize(
        ("line", "about"),
        [
            ("count: two", "`customers.count`"),
            ("count: 0", "`customers.count`"),
            ("count: 2.0", "`customers.count`"),
            ("count: true", "`customers.count`"),
            ("allocate: quickly", "`customers.allocate`"),
            ("think_time_s: -1", "`customers.think_time_s`"),
            ("think_time_s: .inf", "`customers.think_time_s`"),
            ("think_time_s: .nan", "`customers.think_time_s`"),
            ("think_time_s: {uniform: {from_s: 2, to_s: 1}}", "`customers.think_time_s`"),
            ("arrivals_per_s: 0", "`customers.arrivals_per_s`"),
            ("journey: buy", "`customers.journey`"),
        ],
    )
    def test_a_wrong_value_of_the_customers_is_told_with_its_line(self, refused, line, about):
        kept = [x for x in PLAIN.splitlines() if not x.strip().startswith(line.split(":")[0])]
        said, _ = refused("\n".join([*kept, f"  {line}", ""]))
        assert said.startswith(f"mine.yaml:{len(kept) + 1}: ")
        assert about in said

    @pytest.mark.parametrize(
        ("line", "about"),
        [
            ("seed: -1", "`seed`"),
            ("seed: 1.0", "`seed`"),
            ("expect: hope", "`expect`"),
            ("driver: 5", "`driver`"),
            ("always: never-oversold", "`always`"),
            ("always: [5]", "`always.0`"),
            ("isolation: dirty", "`isolation`"),
            ("budget: {states: 0}", "`budget.states`"),
            ("budget: {seconds: .nan}", "`budget.seconds`"),
            ("payment: {outcomes: []}", "`payment.outcomes`"),
            ("payment: {outcomes: {approve: 0}}", "`payment.outcomes`"),
            ("payment: {outcomes: {approve: .inf}}", "`payment.outcomes`"),
            ("handlers: {inventory-service: Handler}", "`handlers.inventory-service`"),
        ],
    )
    def test_a_wrong_value_is_told_with_its_line(self, refused, line, about):
        said, _ = refused(PLAIN + line + "\n")
        assert said.startswith("mine.yaml:7: ")
        assert about in said

    @pytest.mark.parametrize(
        ("lines", "about"),
        [
            ("journal: wal", "`journal` means nothing here: it is for SQLite"),
            ("busy_timeout_s: 5", "`busy_timeout_s` means nothing here: it is for SQLite"),
            ("mode: immediate", "`mode` means nothing here: it is for SQLite"),
            ("isolation: serializable\ndatabase: sqlite", "`isolation` means nothing here"),
        ],
    )
    def test_a_key_of_the_other_database_is_told_with_its_line(self, refused, lines, about):
        said, hint = refused(PLAIN + lines + "\n")
        assert said.startswith("mine.yaml:7: ")
        assert about in said
        assert "`database: " in hint


class TestNamesInAScenario:
    def test_an_unknown_service_with_the_nearest_one(self, refused):
        said, hint = refused(
            PLAIN
            + "handlers:\n  inventory-servce: ../handlers/inventory_service.py:InventoryService\n",
            of=loaded_and_prepared,
        )
        assert "the catalog has no service inventory-servce" in said
        assert hint == "did you mean `inventory-service`?"

    @pytest.mark.parametrize("kind", ["always", "sometimes"])
    def test_an_unknown_property_with_the_nearest_one(self, refused, kind):
        name, near = {
            "always": ("never-oversald", "never-oversold"),
            "sometimes": ("a customer payd", "a customer paid"),
        }[kind]
        said, hint = refused(PLAIN + f"{kind}: [{name}]\n", of=loaded_and_prepared)
        assert f"`{kind}` names the unknown property `{name}`" in said
        assert hint == f"did you mean `{near}`?"

    def test_an_unknown_class_with_the_nearest_one(self, refused):
        said, hint = refused(
            PLAIN
            + "handlers:\n  inventory-service: ../handlers/inventory_service.py:InventoryServce\n",
            of=loaded_and_prepared,
        )
        assert "inventory_service.py has no InventoryServce" in said
        assert hint == "did you mean `InventoryService`?"

    def test_an_unknown_function_with_the_nearest_one(self, refused):
        said, hint = refused(
            PLAIN + "  journey: ../handlers/customer.py:buyy\n", of=loaded_and_prepared
        )
        assert "customer.py has no buyy" in said
        assert hint == "did you mean `buy`?"

    def test_a_missing_handler_file(self, refused):
        said, _ = refused(
            PLAIN + "  journey: ../handlers/custmer.py:buy\n", of=loaded_and_prepared
        )
        assert "there is no file ../handlers/custmer.py" in said

    def test_a_handler_file_of_too_long_a_name(self, refused):
        refused(PLAIN + f"  journey: {'a' * 5_000}.py:buy\n", of=loaded_and_prepared)

    def test_a_missing_catalog(self, refused):
        said, _ = refused(PLAIN.replace("../catalog", "../catalogue"), of=loaded_and_prepared)
        assert "there is no folder ../catalogue" in said

    def test_a_product_that_is_not_in_stock_with_the_nearest_one(self, refused):
        said, hint = refused(
            PLAIN.replace("cart: {tea: 1}", "cart: {tee: 1}"), of=loaded_and_prepared
        )
        assert "customers want tee, which is not in stock at all" in said
        assert hint == "did you mean `tea`?"

    def test_the_handler_of_another_service(self, refused):
        handler = "../handlers/inventory_service.py:InventoryService"
        said, _ = refused(
            PLAIN + f"handlers:\n  checkout-orchestrator: {handler}\n", of=loaded_and_prepared
        )
        assert "is not a handler of checkout-orchestrator" in said

    def test_a_class_without_the_generated_base(self, refused, shop_folder):
        code = "class Mine:\n    SERVICE = 'inventory-service'\n"
        said, _ = refused(with_handler(shop_folder, code), of=loaded_and_prepared)
        assert "is not a handler of inventory-service" in said

    def test_a_handler_that_leaves_methods_out(self, refused, shop_folder):
        code = (
            "from .generated.inventory_service import InventoryServiceBase\n"
            "class Mine(InventoryServiceBase):\n    pass\n"
        )
        said, _ = refused(with_handler(shop_folder, code), of=loaded_and_prepared)
        assert (
            "does not define on_get_stock_level, on_release_inventory, on_reserve_inventory"
            in said
        )

    @pytest.mark.parametrize("key", ["2", "true", "~", "2024-01-01", "1.5"])
    def test_a_product_whose_name_is_not_text_wants_quotes(self, refused, write, key):
        text = PLAIN.replace("stock: {tea: 1}", f"stock: {{tea: 1, {key}: 3}}")
        assert refused(text) == (f"mine.yaml:3: the key {key} is not text.", "put it in quotes")

        quoted = text.replace(f" {key}:", f" '{key}':")
        assert load_scenario(write(quoted)).stock == {"tea": 1, key: 3}

    @pytest.mark.parametrize("path", ['"a\\0b"', '"a\\0.py:Mine"'])
    def test_a_path_with_a_nul_in_it_is_no_path(self, refused, path):
        if ".py" in path:
            refused(PLAIN + f"handlers: {{inventory-service: {path}}}\n", of=loaded_and_prepared)
        else:
            refused(PLAIN.replace("../catalog", path), of=loaded_and_prepared)


class TestHandlerFiles:
    @pytest.mark.parametrize(
        ("code", "place", "said_of_it"),
        [
            ("raise RuntimeError('no\\nluck')\n", "mine.py:1", "RuntimeError: no luck."),
            ("\n\ndef broken(:\n", "mine.py:3", "SyntaxError: "),
            ("import nothing_like_it\n", "mine.py:1", "ModuleNotFoundError: No module named "),
            ("import sys\nsys.exit(3)\n", "mine.py:2", "SystemExit: 3."),
            ("from .broken import it\n", "mine.py:1", "SyntaxError: "),
        ],
    )
    def test_a_file_that_cannot_be_imported_is_told_with_its_line(
        self, refused, shop_folder, code, place, said_of_it
    ):
        (shop_folder / "handlers" / "broken.py").write_text("def\n")
        said, _ = refused(with_handler(shop_folder, code), of=loaded_and_prepared)
        assert said.startswith(f"{place}, named by mine.yaml:8, cannot be imported: {said_of_it}")

    @pytest.mark.parametrize(
        ("body", "said_of_it"),
        [
            ("raise KeyError('tea')", r"journey raised KeyError: 'tea' (mine.py:4)."),
            (
                "await asyncio.sleep(0)",
                "journey awaited NoneType, which is not a step (mine.py",
            ),
            ("await asyncio.sleep(1)", "journey raised RuntimeError: no running event loop"),
            (
                "await ctx.call('carrier', 'fetch')",
                "does not say what carrier may answer (mine.py",
            ),
            (
                "await ctx.publish(customer)",
                "journey sends Customer, which is no message (mine.py",
            ),
        ],
    )
    def test_a_journey_that_fails_when_it_runs_is_told(
        self, refused, shop_folder, body, said_of_it
    ):
        folder = shop_folder / f"journey-{abs(hash(body))}"
        folder.mkdir(exist_ok=True)
        (folder / "mine.py").write_text(
            f"import asyncio\n\nasync def buy(customer, ctx):\n    {body}\n"
        )
        said, _ = refused(PLAIN + f"  journey: ../{folder.name}/mine.py:buy\n", of=explored)
        assert said_of_it in said

    def test_two_projects_with_files_of_the_same_name_do_not_meet(self, tmp_path):
        for number in (1, 2):
            (tmp_path / f"p{number}").mkdir()
            (tmp_path / f"p{number}" / "mine.py").write_text(
                f"async def buy(_c, _x): return '{number}'\n"
            )
        from eventproof.simulator.handlers import load_named

        first, second = (
            load_named("mine.py:buy", folder=tmp_path / f"p{n}", shown="x") for n in (1, 2)
        )
        assert first is not second


def assert_one_sentence_or_none(work):
    """Whatever goes wrong is a Problem of one line; any other exception fails the test."""
    said = ""
    try:
        work()
    except Problem as problem:
        said = problem.sentence
    assert "\n" not in said


words = st.text("abc:{}[]&*!|>-?#'\"%@,\\ \t\n0.5~\u00e9\u2028", max_size=12)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_scenario_with_anything_put_into_it_is_read_or_refused(tmp_path_factory, data):
    text = FULL
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        to = min(len(text), at + data.draw(st.integers(0, 15)))
        text = text[:at] + data.draw(words) + text[to:]
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text, encoding="utf-8")
    assert_one_sentence_or_none(lambda: load_scenario(file))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats()
    | st.sampled_from(["tea", "", "never-oversold", "../catalog", "proved"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["tea", "count", "cart", "outcomes"]) | st.integers(0, 9),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(key=st.sampled_from(sorted(yaml.safe_load(FULL))), value=values)
def test_a_scenario_with_any_value_under_any_key_is_prepared_or_refused(shop_folder, key, value):
    body = yaml.safe_load(FULL) | {key: value}
    file = shop_folder / "scenarios" / "any.yaml"
    file.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")
    assert_one_sentence_or_none(lambda: prepare(load_scenario(file)))
