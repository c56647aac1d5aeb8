"""How generated lines are laid out, and that layout never changes what they mean."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import load
from eventproof.contracts import build
from eventproof.generators import generate_all_python
from eventproof.generators.render import LINE_CHARACTERS, attribute, docstring, entry, signature
from eventproof.generators.shapes import one_line

CATALOGS = Path(__file__).parents[2].parent / "shared" / "catalogs"
WORDS = st.text(alphabet="ab \"'\\\n{}", max_size=300)


@given(st.lists(WORDS, min_size=1, max_size=3).filter(lambda ps: any(p.split() for p in ps)))
@settings(max_examples=100)
def test_a_docstring_says_the_words_that_it_was_given(paragraphs):
    text = docstring(paragraphs, 4)

    said = ast.literal_eval(text.strip())
    assert said.split() == " ".join(paragraphs).split()


def test_a_long_docstring_is_wrapped_into_paragraphs():
    text = docstring(["A title.", "word " * 40], 4)

    assert text.startswith('    """A title.\n\n    word word')
    assert all(len(line) <= LINE_CHARACTERS for line in text.splitlines())


def test_a_long_entry_is_broken_at_its_brackets():
    listed = 'tuple(\n    Item.from_payload(entry)\n    for entry in payload["items"]\n)'

    assert (
        entry(listed, "items=", 8)
        == '        items=tuple(Item.from_payload(entry) for entry in payload["items"]),'
    )
    assert entry(listed, "i" * 60 + "=", 8).splitlines()[1:] == [
        "            Item.from_payload(entry)",
        '            for entry in payload["items"]',
        "        ),",
    ]


def test_a_long_literal_has_a_line_for_each_value():
    values = [f"value number {number}" for number in range(8)]
    listed = ",\n    ".join(f'"{value}"' for value in values)
    text = attribute(f"Literal[\n    {listed}\n]", "state", " = None")

    assert text.splitlines()[1] == '        "value number 0",'
    assert one_line(
        text.strip()
    ) == f"state: Literal[{', '.join(map(repr, values))}] = None".replace("'", '"')


def test_a_long_signature_has_a_line_for_each_parameter():
    text = signature("async def on_it", ["self", "event: " + "E" * 80], "None")

    assert text.splitlines()[0] == "    async def on_it("
    ast.parse(f"class C:\n{text}\n        pass")


@pytest.mark.parametrize(
    "folder",
    ["eventcatalog-acme-v4", "eventcatalog-flowmart-v2", "eventcatalog-flowmart-v3", "shortlink"],
)
def test_the_skeletons_of_real_catalogs_pass_the_linter(folder, tmp_path):
    if not CATALOGS.is_dir():
        pytest.skip("the real catalogs are not part of the repository")
    catalog = load(CATALOGS / folder)
    files = generate_all_python(catalog, build(catalog))
    for file in files:
        (tmp_path / file.name).write_text(file.text, encoding="utf-8")

    lint = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E,F,I",
        str(tmp_path),
    ]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)

    assert files
    assert done.returncode == 0, done.stdout
