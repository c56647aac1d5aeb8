"""Which files the code of a scenario consists of."""

import pytest

from eventproof.simulator.sources import digest_of, sources_of


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Files by name and text, beneath a folder where Python finds packages."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(**files):
        for name, text in files.items():
            file = tmp_path / f"{name.replace('__', '/')}.py"
            file.parent.mkdir(exist_ok=True, parents=True)
            file.write_text(text)
        return tmp_path

    return make


def names(folder, *files):
    return [str(p.relative_to(folder)) for p in sources_of(folder / file for file in files)]


def test_what_a_handler_imports_from_its_folder_belongs_to_it(project):
    home = project(
        shop="from .rules import limit\nfrom . import prices\nfrom .made.base import Base\n",
        rules="def check():\n    from .late import late\n",
        prices="",
        late="",
        made__base="",
        unrelated="",
    )
    wanted = ["late.py", "made/base.py", "prices.py", "rules.py", "shop.py"]
    assert names(home, "shop.py") == wanted


def test_a_package_of_the_project_is_followed_by_its_name(project):
    home = project(shop="import theirs.deep.rules\nfrom theirs import other\n", unrelated="")
    for name in ("__init__", "other", "deep/__init__", "deep/rules"):
        (home / "theirs" / name).parent.mkdir(exist_ok=True, parents=True)
        (home / "theirs" / f"{name}.py").write_text("")
    assert names(home, "shop.py") == [
        "shop.py",
        "theirs/__init__.py",
        "theirs/deep/__init__.py",
        "theirs/deep/rules.py",
        "theirs/other.py",
    ]


def test_libraries_are_not_followed(project):
    home = project(shop="import json, sqlalchemy, eventproof.simulator, no_such_thing\n")
    assert names(home, "shop.py") == ["shop.py"]


def test_files_that_import_each_other_are_each_taken_once(project):
    home = project(one="from . import two\n", two="from . import one\n")
    assert names(home, "one.py", "two.py") == ["one.py", "two.py"]


def test_a_file_that_cannot_be_read_as_python_imports_nothing(project):
    home = project(shop="from . import broken\n", broken="def (:\n")
    assert names(home, "shop.py") == ["broken.py", "shop.py"]


def test_a_digest_is_of_names_and_contents_and_of_no_place(project, tmp_path_factory):
    home = project(shop="x = 1\n")
    other = tmp_path_factory.mktemp("elsewhere")
    (other / "shop.py").write_text("x = 1\n")
    digest = digest_of([home / "shop.py"], folder=home)
    assert digest == digest_of([other / "shop.py"], folder=other)
    (other / "shop.py").write_text("x = 2\n")
    assert digest != digest_of([other / "shop.py"], folder=other)
