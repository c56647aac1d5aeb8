"""What strangers' files and machines may do to a check: nothing but findings."""

import gc
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from eventproof.catalog import build_graph, check, load
from eventproof.catalog.pages import ReadPage

ROOT = Path(__file__).parents[2]


def run(*command, limit=None):
    shell = f"ulimit -n {limit}; exec " if limit else "exec "
    return subprocess.run(
        ["/bin/sh", "-c", shell + '"$@"', "sh", sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.skipif(os.name != "posix", reason="limits of open files are set by a POSIX shell")
def test_a_catalog_is_read_with_64_open_files(write, page, tmp_path):
    for group in range(10):
        write(
            {
                f"domains/D{group}/services/S{n}/events/E{n}/index.mdx": page(f"E{group}-{n}")
                for n in range(30)
            }
        )
    code = "import sys; from eventproof.catalog import load, check; c = load(sys.argv[1])\n"
    code += "check(c); print(len(c.resources), len(c.problems))"
    done = run("-c", code, str(tmp_path / "catalog"), limit=64)

    assert (done.stdout, done.stderr) == ("300 0\n", "")


def test_the_bytes_of_pages_do_not_stay_in_memory(write, page, tmp_path):
    # The frontmatter alone is kept; what it is read from is some twenty times as large.
    padding = "# " + "x" * 78 + "\n"
    for n in range(40):
        write({f"events/E{n}/index.mdx": page(f"E{n}", more=padding * 1000)})
    gc.collect()
    tracemalloc.start()
    try:
        catalog = load(tmp_path / "catalog")
        gc.collect()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    read = 40 * 80_000
    assert len(catalog.resources) == 40
    assert kept < read / 4
    assert peak < read / 2


def test_a_broken_page_keeps_no_other_page_in_memory(write, page, tmp_path):
    write({"events/Broken/index.mdx": "---\nid: [\n---\n", "events/A/index.mdx": page("A")})
    gc.collect()
    gc.disable()
    try:
        catalog = load(tmp_path / "catalog")
        left = [one for one in gc.get_objects() if isinstance(one, ReadPage)]
    finally:
        gc.enable()

    assert [one.rule for one in catalog.problems] == ["CAT102"]
    assert left == []


def test_a_loop_of_links_and_a_link_to_the_root_are_not_walked(write, page, tmp_path):
    write({"services/A/index.mdx": page("A")})
    root = tmp_path / "catalog"
    (root / "services" / "up").symlink_to("..")
    (root / "services" / "loop").symlink_to("loop")
    (root / "services" / "A" / "changelog.mdx").symlink_to(tmp_path / "nowhere.mdx")
    (root / "services" / "A" / "index.md").symlink_to(root / "services" / "A" / "index.mdx")
    catalog = load(root)

    assert {resource.id for resource in catalog.resources} == {"A"}
    assert [one.rule for one in catalog.problems] == ["CAT101"]


def test_a_name_with_dots_reads_nothing_outside(write, page, tmp_path):
    (tmp_path / "secret.yml").write_text("secret: 1")
    more = "specifications: {openapiPath: ../../../secret.yml, asyncapiPath: ../../index.mdx}\n"
    body = '<Schema file="../../../secret.yml" />[x](../../../secret.mdx)'
    catalog = write({"services/A/index.mdx": page("A", more=more, body=body)})
    said = [one.message for one in check(catalog) if one.rule in ("CAT207", "CAT208")]

    assert sum("lies outside the catalog" in one for one in said) == 3
    assert len(said) == 4


@pytest.mark.parametrize(
    "name", ["a\x00b", "x" * 5000, "a/" * 2000, "\ud800", "con", "?", " ", "..", "."]
)
def test_no_name_of_a_file_ends_in_an_exception(write, page, name):
    catalog = write({"services/A/index.mdx": page("A")})
    service = catalog.find("A")
    service.frontmatter["specifications"] = {"openapiPath": name}
    service.frontmatter["schemaPath"] = name

    assert all(one.message for one in check(catalog))


WINDOWS = """\
---\r
id: A\r
name: A\r
version: 1.0\r
receives:\r
  - id: Gone\r
    version: 2\r
---\r
\r
One [[event|Gone]].\r
"""


def test_windows_line_ends_change_no_place(write):
    windows = check(write({"services/A/index.mdx": WINDOWS}))
    unix = check(write({"services/A/index.mdx": WINDOWS.replace("\r\n", "\n")}))

    assert windows == unix
    assert [(one.rule, one.location.line) for one in unix] == [
        ("CAT104", 4),
        ("CAT202", 6),
        ("CAT104", 7),
        ("CAT208", 10),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "utf-32", "cp1252"])
def test_another_encoding_is_told(write, encoding):
    text = "---\nid: A\nname: Größe\nversion: 1.0.0\n---\n".encode(encoding)
    (finding,) = check(write({"services/A/index.mdx": text}))

    assert finding.rule == "CAT101"


def test_references_in_circles_are_no_trouble(write, page):
    ring = "channels: [{id: B}]\nroutes: [{id: B}]\n"
    catalog = write(
        {
            "channels/A/index.mdx": page("A", more=ring),
            "channels/B/index.mdx": page("B", more=ring.replace("B", "A")),
            "domains/D/index.mdx": page("D", more="domains: [{id: D}]\n"),
            "flows/F/index.mdx": page("F", more="steps: [{id: a, next_step: a, flow: {id: F}}]\n"),
        }
    )

    assert [one for one in check(catalog) if one.severity == "error"] == []
    assert build_graph(catalog).has_edge("flow:F@1.0.0", "flow:F@1.0.0")


def test_the_mutator_finds_nothing(tmp_path):
    done = run("benchmarks/fuzz_catalog.py", "--minutes", "0.05", "--seed", "3")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no exception" in done.stdout
