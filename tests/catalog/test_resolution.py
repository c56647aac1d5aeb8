from eventproof.catalog import Pointer, consumers, producers, resolve


def test_a_pointer_leads_to_the_highest_version_within_its_range(write, page):
    catalog = write(
        {
            "events/E/index.mdx": page("E", "2.0.0"),
            "events/E/versioned/1.9.0/index.mdx": page("E", "1.9.0"),
            "events/E/versioned/1.10.0/index.mdx": page("E", "1.10.0"),
        }
    )
    resolution = resolve(catalog, Pointer("E", "^1.0.0"))

    assert (resolution.status, str(resolution.resource)) == ("resolved", "E 1.10.0")
    assert [one.version for one in resolution.candidates] == ["2.0.0", "1.10.0", "1.9.0"]


def test_latest_goes_by_the_number_and_not_by_the_folder(write, page):
    catalog = write(
        {
            "events/E/index.mdx": page("E", "1.0.0"),
            "events/E/versioned/2.0.0/index.mdx": page("E", "2.0.0"),
        }
    )

    assert catalog.find("E").version == "2.0.0"


def test_an_unknown_id_and_an_unknown_version_are_told_apart(write, page):
    catalog = write({"events/E/index.mdx": page("E")})

    assert resolve(catalog, Pointer("E", "9.0.0")).status == "unresolved-version"
    assert resolve(catalog, Pointer("Other")).status == "unknown-id"


def test_a_service_of_the_same_id_is_not_the_message(write, page):
    catalog = write(
        {"events/Pay/index.mdx": page("Pay", "1.0.0"), "flows/Pay/index.mdx": page("Pay", "9.0.0")}
    )

    assert resolve(catalog, Pointer("Pay")).resource.type == "event"
    assert catalog.find("Pay", types=("flow",)).version == "9.0.0"
    assert len(catalog.versions("Pay")) == 2


def test_an_old_copy_of_a_service_neither_sends_nor_receives(write, page):
    sends, receives = "sends:\n  - id: E\n", "receives:\n  - id: E\n"
    catalog = write(
        {
            "services/A/index.mdx": page("A", "2.0.0", receives),
            "services/A/versioned/1.0.0/index.mdx": page("A", "1.0.0", sends + receives),
            "events/E/index.mdx": page("E"),
        }
    )
    event = catalog.find("E")

    assert producers(catalog, event) == ()
    assert [str(service) for service, _ in consumers(catalog, event)] == ["A 2.0.0"]


def test_each_pointer_to_a_message_is_paired_with_its_participant(write, page):
    more = "receives:\n  - id: E\n    version: 1.x\n  - id: E\n    version: 2.0.0\n  - id: E\n"
    catalog = write(
        {
            "services/A/index.mdx": page("A", more=more),
            "events/E/index.mdx": page("E", "2.0.0"),
            "events/E/versioned/1.0.0/index.mdx": page("E", "1.0.0"),
        }
    )

    def paths(version):
        return [p.path for _, p in consumers(catalog, catalog.find("E", version))]

    assert paths("1.0.0") == [("receives", 0)]
    assert paths("2.0.0") == [("receives", 1), ("receives", 2)]
