import os

import pytest

from eventproof.catalog import Pointer, load
from eventproof.findings import Problem


def faults(catalog):
    return [(finding.rule, finding.location.line) for finding in catalog.problems]


def test_a_service_is_read_with_its_pointers_owners_and_channels(write, page):
    more = """\
owners: [dboyne, {id: full-stack, collection: teams}]
receives:
  - id: ReserveInventory
    version: ^1.0.0
    from:
      - id: orders
    triggers:
      - id: InventoryReserved
        condition: When there is stock
sends:
  - id: InventoryReserved
    version: latest
writesTo:
  - id: inventory-db
"""
    catalog = write({"services/InventoryService/index.mdx": page("InventoryService", more=more)})
    service = catalog.find("InventoryService")

    assert service.owners == ("dboyne", "full-stack")
    assert service.sends == (Pointer("InventoryReserved", None, ("sends", 0)),)
    (received,) = service.receives
    assert (received.id, received.version) == ("ReserveInventory", "^1.0.0")
    assert received.channels == (Pointer("orders", None, ("receives", 0, "from", 0)),)
    assert received.triggers[0].condition == "When there is stock"
    assert service.writes_to[0].id == "inventory-db"
    assert catalog.problems == ()


def test_a_place_is_the_line_and_column_of_the_value(write, page):
    more = "receives:\n  - id: OrderPlaced\n    version: 0.0.3\n"
    catalog = write({"services/A/index.mdx": page("A", more=more)})
    service = catalog.find("A")

    def at(*path):
        place = catalog.locate(service, path)
        return place.line, place.column

    assert at("receives", 0, "version") == (7, 14)
    assert at("receives", 0, "id") == (6, 9)
    assert at("receives", 0, "from", 0, "id") == (6, 5)
    assert at("receives", 7) == (6, 3)
    assert at("sends", 0) == (2, 1)


def test_a_place_is_right_below_a_mark_of_byte_order_and_blank_lines(write):
    catalog = write(
        {"events/E/index.mdx": "\ufeff\r\n---\r\n\r\nid: E\r\nname: E\r\nversion: 1.0\r\n---\r\n"}
    )

    assert faults(catalog) == [("CAT104", 6)]
    assert catalog.find("E").version == "1.0"


def test_files_are_shown_as_the_user_typed_the_path(write, page, tmp_path, monkeypatch):
    write({"events/E/index.mdx": page("E")})
    monkeypatch.chdir(tmp_path)

    assert load("./catalog/").find("E").file == "catalog/events/E/index.mdx"
    monkeypatch.chdir(tmp_path / "catalog")
    assert load(".").find("E").file == "events/E/index.mdx"


def test_a_project_is_read_through_its_catalog_folder(write, page, tmp_path):
    write({"events/E/index.mdx": page("E")})

    assert load(tmp_path).root == (tmp_path / "catalog").resolve()


def test_a_folder_that_does_not_exist_is_a_problem_that_names_the_nearest(write, page, tmp_path):
    write({"events/E/index.mdx": page("E")})

    with pytest.raises(Problem, match="There is no folder") as caught:
        load(tmp_path / "catalgo")
    assert caught.value.hint == f"Did you mean {tmp_path / 'catalog'}?"


@pytest.mark.parametrize("path", ["a\x00b", "x" * 5000, "file.txt", "file.txt/inside"])
def test_no_path_ends_in_a_traceback(tmp_path, path):
    (tmp_path / "file.txt").write_text("no folder")

    with pytest.raises(Problem):
        load(tmp_path / path)


def test_a_version_that_is_a_number_is_taken_as_written_and_should_be_quoted(write):
    catalog = write({"events/E/index.mdx": "---\nid: E\nname: E\nversion: 1.10\n---\n"})

    assert catalog.find("E").version == "1.10"
    (finding,) = catalog.problems
    assert (finding.rule, finding.location.line, finding.location.column) == ("CAT104", 4, 10)
    assert 'quote it: version: "1.10"' in finding.message


def test_a_pin_that_is_a_number_is_taken_as_written(write, page):
    more = "receives:\n  - id: E\n    version: 1.10\n"
    catalog = write({"services/A/index.mdx": page("A", more=more)})

    assert catalog.find("A").receives[0].version == "1.10"
    assert faults(catalog) == [("CAT104", 7)]


def test_a_step_of_a_flow_may_be_numbered(write, page):
    more = "steps:\n  - id: 1\n    title: Start\n"
    catalog = write({"flows/F/index.mdx": page("F", more=more)})

    assert catalog.problems == ()


@pytest.mark.parametrize(
    ("frontmatter", "words"),
    [
        ("name: E\nversion: 1.0.0", "has no usable id; it is read as TheFolder"),
        ("id: E\nversion: 1.0.0", "has no usable name"),
        ("id: E\nname: E", "has no usable version"),
        ("id: [E]\nname: E\nversion: 1.0.0", "has a list for its id"),
        ("id: 7\nname: E\nversion: 1.0.0", 'quote it: id: "7"'),
        ("id: E\nname: E\nversion: {a: b}", "has a mapping for its version"),
        ("id: E\nname: E\nversion: 1.0.0\nsends: everything", "must be a list"),
        ("id: E\nname: E\nversion: 1.0.0\nsends: [{version: 1.0.0}]", "entry 1 of sends"),
        ("id: E\nname: E\nversion: 1.0.0\nsends: [OrderPlaced]", "- id: OrderPlaced"),
        ("id: E\nname: E\nversion: 1.0.0\nowners: dboyne", "must be a list"),
    ],
)
def test_a_field_that_is_amiss_is_said_and_the_resource_kept(write, frontmatter, words):
    catalog = write({"services/TheFolder/index.mdx": f"---\n{frontmatter}\n---\n"})

    assert len(catalog.resources) == 1
    assert any(words in finding.message for finding in catalog.problems)
    assert {finding.rule for finding in catalog.problems} <= {"CAT103", "CAT104"}


nested = "a: " + "[" * 65 + "]" * 65
flood = "\n".join(["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 45))])
ladder = "\n".join(
    ["a0: &a0 [x]", *(f"a{i}: &a{i} {'[' * 40}*a{i - 1}{']' * 40}" for i in range(1, 40))]
)


@pytest.mark.parametrize(
    ("content", "rule", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "CAT101", "is not UTF-8"),
        (b"---\nid: E\n---\n\x00", "CAT101", "NUL bytes"),
        (b"---\nid: E\nname: \xe9\n---\n", "CAT101", "is not UTF-8"),
        ("No frontmatter here", "CAT102", "has no frontmatter"),
        ("", "CAT102", "has no frontmatter"),
        ("---\nid: E\n", "CAT102", "never closes it"),
        ("---\n---\n", "CAT102", "empty frontmatter"),
        ("---\n# nothing\n---\n", "CAT102", "empty frontmatter"),
        ("---\n- id\n- name\n---\n", "CAT102", "not a mapping"),
        ("---\njust text\n---\n", "CAT102", "not a mapping"),
        ("---\nid: E\nname: a: b\n---\n", "CAT102", "not valid YAML"),
        ("---\nid: E\nsummary: \x01\n---\n", "CAT102", "not valid YAML"),
        ("---\nid: !!python/object/apply:os.getcwd []\n---\n", "CAT102", "not valid YAML"),
        ("---\ndate: 2024-13-45\n---\n", "CAT102", "cannot be read"),
        ("---\nnumber: 1" + "0" * 5000 + "\n---\n", "CAT102", "unreadable length"),
        ("---\nnumber: 1" + ":00" * 200_000 + "\n---\n", "CAT102", "unreadable length"),
        (f"---\n{nested}\n---\n", "CAT102", "deeper than 64 levels"),
        ("---\n" + "- " * 100_000 + "\n---\n", "CAT102", "deeper than 64 levels"),
        ("---\na: " + "[" * 500_000 + "\n---\n", "CAT102", "deeper than 64 levels"),
        ("---\na: &a [*a]\n---\n", "CAT102", "alias to itself"),
        ("---\na: &a x\nb: [" + "*a, " * 101 + "]\n---\n", "CAT102", "more than 100 YAML aliases"),
        (f"---\n{flood}\n---\n", "CAT102", "unfolds"),
        (f"---\n{ladder}\n---\n", "CAT102", "unfolds"),
        ("---\na: " + "x" * 1_100_000 + "\n---\n", "CAT102", "1 MiB"),
        ("---\nid: Bad\n---\n" + "x" * 2_100_000, "CAT101", "2,100,016 bytes; a page of more"),
    ],
)
def test_a_hostile_page_is_one_finding_and_the_others_are_read(write, page, content, rule, words):
    catalog = write({"events/Bad/index.mdx": content, "events/Good/index.mdx": page("Good")})

    (finding,) = catalog.problems
    assert (finding.rule, words in finding.message) == (rule, True)
    assert finding.location.file.endswith("events/Bad/index.mdx")
    assert [resource.id for resource in catalog.resources] == ["Good"]


def test_broken_yaml_is_reported_at_its_line_and_column(write):
    catalog = write({"events/E/index.mdx": "---\nid: E\nsummary: low: reorder\n---\n"})

    (finding,) = catalog.problems
    assert (finding.location.line, finding.location.column) == (3, 13)


def test_a_key_that_stands_twice_is_reported_and_the_last_one_counts(write):
    text = "---\nid: E\nname: E\nversion: 1.0.0\nversion: 2.0.0\n---\n"
    catalog = write({"events/E/index.mdx": text})

    assert faults(catalog) == [("CAT102", 5)]
    assert catalog.find("E").version == "2.0.0"


def test_a_page_of_50_megabytes_is_refused_by_its_size(write, tmp_path, page):
    write({"events/Good/index.mdx": page("Good")})
    huge = tmp_path / "catalog" / "events" / "Huge" / "index.mdx"
    huge.parent.mkdir()
    with huge.open("wb") as stream:
        stream.write(b"---\na: ")
        stream.truncate(50 * 1024 * 1024)
    catalog = load(tmp_path / "catalog")

    assert [finding.rule for finding in catalog.problems] == ["CAT101"]
    assert catalog.files == 2


def test_a_link_that_leaves_the_catalog_is_refused_and_said(write, page, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "index.mdx").write_text(page("Secret"))
    write({"events/Good/index.mdx": page("Good")})
    root = tmp_path / "catalog"
    (root / "events" / "Folder").symlink_to(tmp_path / "secret")
    (root / "events" / "File").mkdir()
    (root / "events" / "File" / "index.mdx").symlink_to(tmp_path / "secret" / "index.mdx")
    (root / "events" / "Gone").mkdir()
    (root / "events" / "Gone" / "index.mdx").symlink_to(tmp_path / "nowhere")
    catalog = load(root)

    assert [resource.id for resource in catalog.resources] == ["Good"]
    assert [finding.rule for finding in catalog.problems] == ["CAT101"] * 3
    assert sum("leaves the catalog" in finding.message for finding in catalog.problems) == 2


def test_a_link_to_a_file_within_the_catalog_is_read_and_a_circle_is_not_walked(
    write, page, tmp_path
):
    write({"events/A/index.mdx": page("A"), "shared/b.mdx": page("B")})
    root = tmp_path / "catalog"
    (root / "events" / "B").mkdir()
    (root / "events" / "B" / "index.mdx").symlink_to(root / "shared" / "b.mdx")
    (root / "events" / "circle").symlink_to(root)
    (root / "events" / "self").symlink_to(root / "events" / "self")
    catalog = load(root)

    assert [resource.id for resource in catalog.resources] == ["A", "B"]
    assert catalog.problems == ()


def test_a_pipe_is_not_opened(write, page, tmp_path):
    write({"events/Good/index.mdx": page("Good")})
    (tmp_path / "catalog" / "events" / "Pipe").mkdir()
    os.mkfifo(tmp_path / "catalog" / "events" / "Pipe" / "index.mdx")
    catalog = load(tmp_path / "catalog")

    (finding,) = catalog.problems
    assert finding.message.endswith("is not an ordinary file.")


def test_a_folder_called_index_is_no_page(write, page, tmp_path):
    write({"events/Good/index.mdx": page("Good")})
    (tmp_path / "catalog" / "events" / "Odd" / "index.mdx").mkdir(parents=True)

    assert load(tmp_path / "catalog").files == 1


def test_a_name_that_is_no_utf8_can_be_printed(write, page, tmp_path):
    write({"events/Good/index.mdx": page("Good")})
    folder = os.fsencode(tmp_path / "catalog" / "events") + b"/\xff"
    os.mkdir(folder)  # noqa: PTH102 - a path of bytes
    with open(folder + b"/index.mdx", "wb") as stream:  # noqa: PTH123 - a path of bytes
        stream.write(b"---\nname: x\n---\n")
    catalog = load(tmp_path / "catalog")

    assert all(finding.location.file.encode() for finding in catalog.problems)
    assert all(resource.id.encode() for resource in catalog.resources)


def test_the_digest_changes_with_any_byte_and_with_nothing_else(write, page, tmp_path):
    pages = {"events/A/index.mdx": page("A"), "events/B/index.mdx": page("B")}
    first = write(pages).digest

    assert len(first) == 64
    assert write(pages).digest == first
    assert write({"README.txt": "not part of the catalog"}).digest == first
    assert write({"events/A/index.mdx": page("A", body="more")}).digest != first
