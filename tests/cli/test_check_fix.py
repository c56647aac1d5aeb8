"""Mends that cannot be wrong: shown with --diff, made with --fix."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.cli.app import App
from eventproof.cli.check import check_command

STOCK = "services/Stock/index.mdx"
PAGE = (
    "---\n"
    "id: Stock   # the shop's\n"
    "name: 'Stock'\n"
    "version: 1.10\n"
    "recieves:\n"
    "  - {id: Placed, version: 2}\n"
    "---\n"
    "version: 1.10\n"
)
MENDED = (
    "---\n"
    "id: Stock   # the shop's\n"
    "name: 'Stock'\n"
    'version: "1.10"\n'
    "receives:\n"
    '  - {id: Placed, version: "2"}\n'
    "---\n"
    "version: 1.10\n"
)
PLACED = '---\nid: Placed\nname: Placed\nversion: "2"\n---\n'
DIFF = """\
--- a/catalog/services/Stock/index.mdx
+++ b/catalog/services/Stock/index.mdx
@@ -1,8 +1,8 @@
 ---
 id: Stock   # the shop's
 name: 'Stock'
-version: 1.10
-recieves:
+version: "1.10"
+receives:
   - {id: Placed, version: 2}
 ---
 version: 1.10
"""


def run(*arguments):
    return CliRunner().invoke(App(commands={"check": check_command}), ["check", *arguments])


def found(*arguments):
    return [
        one["rule"]
        for one in json.loads(run("catalog", "--format", "json", *arguments).stdout)["findings"]
        if one["rule"] in ("CAT104", "CAT105")
    ]


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """A catalog with a number for a version, a mistyped key, and a number for a pin."""
    monkeypatch.chdir(tmp_path)
    for name, text in ((STOCK, PAGE), ("events/Placed/index.mdx", PLACED)):
        file = tmp_path / "catalog" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return tmp_path / "catalog"


def test_what_can_be_mended_is_counted(pages):
    assert run("catalog").stdout.splitlines()[-1].endswith("; 2 can be mended with --fix")


def test_the_difference_is_shown_and_nothing_written(pages):
    result = run("catalog", "--diff", "--fail-on", "never")

    assert (result.exit_code, result.stdout) == (1, DIFF)
    assert (pages / STOCK).read_text() == PAGE


def test_fix_mends_in_rounds_until_nothing_is_left(pages):
    result = run("catalog", "--fix")

    assert (pages / STOCK).read_text() == MENDED
    assert result.stderr == "mended 3 places in 1 file\n"
    assert found() == []


def test_fix_twice_is_fix_once(pages):
    run("catalog", "--fix")
    result = run("catalog", "--fix", "--diff", "--fail-on", "never")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert run("catalog", "--fix").stderr == "nothing to mend\n"
    assert (pages / STOCK).read_text() == MENDED


def test_only_what_is_selected_is_mended(pages):
    run("catalog", "--fix", "--select", "CAT105")

    assert (pages / STOCK).read_text() == PAGE.replace("recieves", "receives")


def test_what_a_page_suppresses_is_not_mended(pages):
    page = f"{PAGE}<!-- eventproof: ignore[CAT104, CAT105] as the old ones -->\n"
    (pages / STOCK).write_text(page)
    run("catalog", "--fix")

    assert (pages / STOCK).read_text() == page


def test_a_page_that_cannot_be_written_is_one_sentence(pages, monkeypatch):
    def refuse(path, text):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("eventproof.cli.mending.write_exactly", refuse)
    result = run("catalog", "--fix")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: catalog/{STOCK} cannot be written: permission denied.\n"


NUMBERS = st.sampled_from(["1", "1.0", "1.10", "0x1F", "1_0", "2024-01-01", "1.0e+3", "10:30"])
BLANKS = st.sampled_from(["", " ", "  "])
COMMENTS = st.sampled_from(["", " # pinned", ' # "1.0"', " # größe 🛒"])


@settings(max_examples=25, deadline=None)
@given(
    version=NUMBERS,
    pin=NUMBERS,
    gap=BLANKS,
    comment=COMMENTS,
    is_flow=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
    prose=st.text("ab1.0: \u2028🛒", max_size=20),
)
def test_a_mend_is_the_quotes_and_nothing_else(
    tmp_path_factory, version, pin, gap, comment, is_flow, end, mark, prose
):
    folder = tmp_path_factory.mktemp("shop") / "catalog"
    file = folder / STOCK
    file.parent.mkdir(parents=True)

    def page(version, pin):
        entry = (
            f"  - {{id: A, version: {pin}}}" if is_flow else f"  - id: A{end}    version: {pin}"
        )
        lines = ["---", "id: Stock", f"version: {gap}{version}{comment}", "name: größe"]
        return mark + end.join([*lines, "sends:", entry, "---", prose])

    file.write_bytes(page(version, pin).encode())
    run(str(folder), "--fix", "--select", "CAT104")

    assert file.read_bytes() == page(f'"{version}"', f'"{pin}"').encode()
    left = json.loads(run(str(folder), "--format", "json", "--select", "CAT104").stdout)
    assert left["findings"] == []
