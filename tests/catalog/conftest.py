from pathlib import Path

import pytest

from eventproof.catalog import load


@pytest.fixture
def write(tmp_path):
    """Writes pages and loads the catalog that they make."""

    def write_and_load(pages):
        for name, content in pages.items():
            file = tmp_path / "catalog" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(tmp_path / "catalog")

    return write_and_load


@pytest.fixture
def page():
    """A page whose frontmatter holds an id, a name, a version, and what else is given."""

    def text(id_, version="1.0.0", more="", body=""):
        head = f"id: {id_}\nname: {id_}\nversion: {version}\n{more}"
        return f"---\n{head.rstrip()}\n---\n{body}"

    return text


@pytest.fixture
def real_catalogs():
    """The folder of real catalogs beside the repository; not everybody has it."""
    folder = Path(__file__).parents[2].parent / "shared" / "catalogs"
    if not folder.is_dir():
        pytest.skip("the real catalogs do not lie beside the repository")
    return folder.resolve()
