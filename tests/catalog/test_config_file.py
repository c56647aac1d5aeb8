import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import check, resolve
from eventproof.catalog.config_file import core_version, dependencies_in, read_config, users_in

CONFIG = """
import path from 'path';
/** users: [{id: 'commented'}] */
const url = "https://example.com"; // users: [{id: 'commented'}]
module.exports = {
  title: "it's { a shop",
  organizationName: process.env.NAME || 'Shop',
  users: [
    { id: 'dboyne', name: "David", role: roleOf({ a: [1, 2] }), },
    { id: `b\\`x` },
    ...more,
    person('x', [1]),
  ],
  dependencies: {
    events: [{ id: 'OrderPlaced', version: '1.2.0' }, { id: "StockLow" }],
    services: [{ id: 'Orders' }],
    plugins: [{ id: 'none' }],
  },
  generators: [[path.join(__dirname, 'x'), { users: [{ id: 'inner' }] }]],
};
"""


@pytest.fixture
def config(tmp_path):
    """Reads a configuration."""

    def read(text):
        file = tmp_path / "eventcatalog.config.js"
        file.write_bytes(text if isinstance(text, bytes) else text.encode(errors="replace"))
        return read_config(file)

    return read


def test_users_are_read_from_the_configuration_without_running_it(config):
    users = list(users_in(config(CONFIG)))

    assert [user["id"] for user in users] == ["dboyne", "b`x"]
    assert users[0] == {"id": "dboyne", "name": "David", "role": None}


def test_dependencies_are_read_with_the_version_that_eventcatalog_takes_for_granted(config):
    found = [(one.type, one.id, one.version) for one in dependencies_in(config(CONFIG))]

    assert found == [
        ("event", "OrderPlaced", "1.2.0"),
        ("event", "StockLow", "1.0.0"),
        ("service", "Orders", "1.0.0"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "", "export default config;", "module.exports = {users}", "users: [", "{users: [{",
        "{users:", "{users: 'x", "{users: [[[[[", "{" * 5000, "{users: [" + "{a:[" * 5000,
        b"\xff\x00{users: [",
        "module.exports = { users: getUsers(), dependencies: require('./x') }",
    ],
)  # fmt: skip
def test_a_configuration_that_makes_no_sense_says_nothing(config, text):
    assert list(users_in(config(text))) == []
    assert list(dependencies_in(config(text))) == []


@given(st.text("{}[]():,'\"`/*\\ users dependencies events id.x\n", max_size=80))
@settings(max_examples=200, deadline=None)
def test_no_configuration_ends_in_an_exception(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("config") / "eventcatalog.config.js"
    file.write_text(text)
    found = read_config(file)

    assert all(user["id"] is not None for user in users_in(found))
    assert all(one.version for one in dependencies_in(found))
    assert set(found) <= {"users", "dependencies"}


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ('{"dependencies": {"@eventcatalog/core": "^4.7.5"}}', 4),
        ('{"devDependencies": {"@eventcatalog/core": "2.0.0"}}', 2),
        ('{"dependencies": {"@eventcatalog/core": "latest"}}', None),
        ('{"dependencies": []}', None),
        ("[" * 100_000, None),
        ("{", None),
    ],
)
def test_package_json_says_which_eventcatalog_is_meant(tmp_path, text, major):
    (tmp_path / "package.json").write_text(text)

    assert core_version(tmp_path) == major


def test_a_dependency_of_another_catalog_is_not_missing(write, page):
    more = "receives:\n  - id: OrderPlaced\n    version: 1.2.0\n  - id: Gone\n"
    catalog = write(
        {"services/A/index.mdx": page("A", more=more), "eventcatalog.config.js": CONFIG}
    )
    placed, gone = catalog.find("A").receives

    assert resolve(catalog, placed).status == "external"
    assert resolve(catalog, gone).status == "unknown-id"
    assert [one.about for one in check(catalog) if one.rule == "CAT202"] == ["receives:Gone"]


V1 = {
    "services/Orders/index.md": "---\nname: Orders\nowners: [dboyne, msmith]\n---\n",
    "events/Placed/index.md": "---\nname: Placed\nversion: 1.0.0\nproducers: [Orders]\n---\n",
}


def test_owners_of_version_1_are_those_of_its_configuration(write):
    catalog = write({**V1, "eventcatalog.config.js": CONFIG})
    (finding,) = [one for one in check(catalog) if one.rule == "CAT203"]

    assert catalog.layout == "v1"
    assert catalog.find("dboyne").name == "David"
    assert finding.about == "msmith"


def test_without_a_configuration_nobody_of_version_1_is_unknown(write):
    assert [one for one in check(write(V1)) if one.rule == "CAT203"] == []


def test_a_configuration_outside_the_catalog_is_not_read(write, page, tmp_path):
    (tmp_path / "secret.js").write_text(CONFIG)
    write({"services/A/index.mdx": page("A", more="receives:\n  - id: OrderPlaced\n")})
    (tmp_path / "catalog" / "eventcatalog.config.js").symlink_to(tmp_path / "secret.js")

    assert write({}).dependencies == ()
