import json

import pytest

from eventproof.catalog import load


def page_text(id_, version="1.0.0", more="", body=""):
    """A page whose frontmatter holds an id, a name, a version, and what else is given."""
    head = f"id: {id_}\nname: {id_}\nversion: {version}\n{more}"
    return f"---\n{head.rstrip()}\n---\n{body}"


@pytest.fixture
def catalog_of(tmp_path):
    """Writes pages and schemas (mappings become JSON) and loads the catalog that they make."""

    def write_and_load(files):
        for name, content in files.items():
            file = tmp_path / "catalog" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str | bytes) else json.dumps(content, indent=2)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(tmp_path / "catalog")

    return write_and_load


@pytest.fixture
def one_schema(catalog_of):
    """A catalog with one event, Priced 1.0.0, whose schema file holds what is given."""

    def write_and_load(content, *, file="schema.json", named=None, more=None):
        return catalog_of(
            {
                "events/Priced/index.mdx": page_text(
                    "Priced", more=f"schemaPath: {named or file}"
                ),
                f"events/Priced/{file}": content,
                **(more or {}),
            }
        )

    return write_and_load


@pytest.fixture
def page():
    return page_text
