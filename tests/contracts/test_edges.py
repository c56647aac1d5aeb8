import pytest

from eventproof.contracts import Terms, build, matrix, successions


def stock(kind, **more):
    return {"properties": {"quantity": {"type": kind}}, "required": ["quantity"], **more}


def event(page, id_, version, schema):
    folder = f"events/{id_}/versioned/{version}"
    return {
        f"{folder}/index.mdx": page(id_, version, "schemaPath: schema.json"),
        f"{folder}/schema.json": schema,
    }


def service(page, id_, sends=(), receives=()):
    def listed(key, pointers):
        lines = [
            f"  - id: {p[0]}" + (f"\n    version: '{p[1]}'" if p[1] else "") for p in pointers
        ]
        return "\n".join([f"{key}:", *lines]) if lines else ""

    more = "\n".join(filter(None, [listed("sends", sends), listed("receives", receives)]))
    return {f"services/{id_}/index.mdx": page(id_, "1.0.0", f"owners: [{id_}-team]\n{more}")}


@pytest.fixture
def shop(catalog_of, page):
    """Three versions of Adjusted: integer, number, string; and services of one's choice."""

    def make(*services):
        files = {
            **event(page, "Adjusted", "1.0.0", stock("integer")),
            **event(page, "Adjusted", "1.1.0", stock("number")),
            **event(page, "Adjusted", "2.0.0", stock("string")),
        }
        for one in services:
            files |= service(page, *one)
        return build(catalog_of(files))

    return make


def lines(edges):
    return [
        f"{e.writer.participant.id} {e.writer.read_as} > {e.reader.participant.id} "
        f"{e.reader.read_as}: {e.verdict} {e.reason or ''}".strip()
        for e in edges
    ]


def test_every_producer_meets_every_consumers_pin(shop):
    contracts = shop(
        ("Old", [("Adjusted", "1.0.0")]),
        ("New", [("Adjusted", "1.1.0")]),
        ("Reader", (), [("Adjusted", "1.0.0")]),
        ("Modern", (), [("Adjusted", "1.1.0")]),
    )

    assert lines(matrix(contracts, Terms())) == [
        "New 1.1.0 > Modern 1.1.0: compatible",
        "New 1.1.0 > Reader 1.0.0: breaking",
        "Old 1.0.0 > Modern 1.1.0: compatible",
        "Old 1.0.0 > Reader 1.0.0: compatible",
    ]


def test_those_who_agree_are_left_out_where_only_the_others_are_asked_for(shop):
    contracts = shop(
        ("Old", [("Adjusted", "1.0.0")]),
        ("Reader", (), [("Adjusted", "1.0.0")]),
        ("Modern", (), [("Adjusted", "2.0.0")]),
    )
    every = lines(matrix(contracts, Terms()))

    assert "Old 1.0.0 > Reader 1.0.0: compatible" in every
    assert lines(matrix(contracts, Terms(), with_agreed=False)) == [
        "Old 1.0.0 > Modern 2.0.0: breaking"
    ]


def test_a_break_has_its_witness_and_why_it_is_rejected(shop):
    (edge,) = matrix(
        shop(("New", [("Adjusted", "1.1.0")]), ("Reader", (), [("Adjusted", "1.0.0")])), Terms()
    )

    assert edge.comparison.witness == {"quantity": 0.5}
    assert edge.rejections == ('/quantity: 0.5 is not of type "integer"',)
    assert edge.breach.versions == {"1.0.0", "1.1.0"}


def test_a_consumer_without_a_pin_reads_the_latest(shop):
    (edge,) = matrix(
        shop(("Old", [("Adjusted", "1.0.0")]), ("R", (), [("Adjusted", None)])), Terms()
    )

    assert (edge.reader.version, edge.reader.pin, edge.verdict) == ("2.0.0", "latest", "breaking")


def test_a_producer_that_sends_the_version_a_consumer_reads_sends_it_that_one(shop):
    contracts = shop(
        ("Both", [("Adjusted", "1.0.0"), ("Adjusted", "2.0.0")]),
        ("Reader", (), [("Adjusted", "1.0.0")]),
    )

    assert lines(matrix(contracts, Terms())) == ["Both 1.0.0 > Reader 1.0.0: compatible"]


def test_a_pin_to_a_missing_version_is_unknown_and_never_silent(shop):
    contracts = shop(("New", [("Adjusted", "1.1.0")]), ("R", (), [("Adjusted", "0.9.0")]))

    assert lines(matrix(contracts, Terms())) == ["New 1.1.0 > R 0.9.0: unknown version-missing"]


def test_two_who_name_the_same_missing_version_agree(shop):
    contracts = shop(("New", [("Adjusted", "0.9.0")]), ("R", (), [("Adjusted", "0.9.0")]))

    assert lines(matrix(contracts, Terms())) == ["New 0.9.0 > R 0.9.0: compatible"]


def test_a_version_without_a_contract_is_unknown(catalog_of, page):
    catalog = catalog_of(
        {
            **event(page, "Adjusted", "1.0.0", stock("integer")),
            "events/Adjusted/index.mdx": page("Adjusted", "2.0.0"),
            **service(page, "New", [("Adjusted", "2.0.0")]),
            **service(page, "Reader", (), [("Adjusted", "1.0.0")]),
        }
    )

    assert lines(matrix(build(catalog), Terms())) == [
        "New 2.0.0 > Reader 1.0.0: unknown no-contract"
    ]


def test_the_answer_to_a_query_is_written_by_who_handles_it(catalog_of, page):
    def query(version, answer):
        folder = f"queries/GetStock/versioned/{version}"
        request, response = {"type": "object"}, {"type": answer}
        return {
            f"{folder}/index.mdx": page("GetStock", version, "schemaPath: schema.json"),
            f"{folder}/schema.json": {"properties": {"request": request, "response": response}},
        }

    catalog = catalog_of(
        {
            **query("1.0.0", "integer"),
            **query("1.1.0", "number"),
            **service(page, "Asking", [("GetStock", "1.0.0")]),
            **service(page, "Answering", (), [("GetStock", "1.1.0")]),
        }
    )

    request, response = matrix(build(catalog), Terms())
    assert (request.part, request.writer.participant.id, request.verdict) == (
        "request", "Asking", "compatible",
    )  # fmt: skip
    assert (response.part, response.writer.participant.id, response.verdict) == (
        "response", "Answering", "breaking",
    )  # fmt: skip


def test_messages_without_versions_are_the_same_version(catalog_of):
    catalog = catalog_of(
        {
            "eventcatalog.config.js": "module.exports = {}",
            "events/Paid/index.md": "---\nname: Paid\nproducers: [A]\nconsumers: [B]\n---\n",
            "events/Paid/schema.json": {"type": "object"},
            "services/A/index.md": "---\nname: A\n---\n",
            "services/B/index.md": "---\nname: B\n---\n",
        }
    )

    assert [edge.verdict for edge in matrix(build(catalog), Terms())] == ["compatible"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("backward", ["1.0.0>1.1.0 backward compatible", "1.1.0>2.0.0 backward breaking"]),
        ("forward", ["1.0.0>1.1.0 forward breaking", "1.1.0>2.0.0 forward breaking"]),
        (
            "backward-transitive",
            [
                "1.0.0>1.1.0 backward compatible",
                "1.0.0>2.0.0 backward breaking",
                "1.1.0>2.0.0 backward breaking",
            ],
        ),
    ],
)
def test_a_mode_says_which_versions_are_compared_and_how(shop, mode, expected):
    steps = successions(shop(), mode=mode, terms=Terms())

    assert [f"{s.old}>{s.new} {s.direction} {s.verdict}" for s in steps] == expected


def test_a_forward_break_hurts_who_still_reads_the_old_version(shop):
    contracts = shop(
        ("Reader", (), [("Adjusted", "1.0.0")]), ("Modern", (), [("Adjusted", "1.1.0")])
    )
    backward, forward, *_ = successions(contracts, mode="full", terms=Terms())

    assert [party.participant.id for party in forward.readers] == ["Reader"]
    assert [party.participant.id for party in backward.readers] == ["Modern"]
