"""`eventproof generate python`, as a user types it."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.generate import generate_group

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A copy of the acme catalog, whose parent is the current folder."""
    shutil.copytree(ROOT / "examples" / "acme" / "catalog", tmp_path / "catalog")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def generate(*arguments):
    # The group stands alone under the command's frame, which turns problems into exit codes.
    app = App("eventproof", commands=[generate_group])
    return CliRunner().invoke(app, ["generate", "python", *map(str, arguments)])


def test_each_service_gets_a_file_beside_the_catalog(shop):
    done = generate("catalog")

    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "written  handlers/generated/__init__.py",
        "written  handlers/generated/checkout_orchestrator.py",
        "written  handlers/generated/inventory_service.py",
    ]
    assert (shop / "handlers/generated/inventory_service.py").read_text().startswith("# generated")


def test_files_that_are_up_to_date_are_not_touched(shop):
    generate("catalog")
    written = shop / "handlers/generated/inventory_service.py"
    before = written.stat().st_mtime_ns

    done = generate("catalog")

    assert "unchanged  handlers/generated/inventory_service.py" in done.stdout
    assert written.stat().st_mtime_ns == before


def test_only_the_named_service_is_written_where_the_user_says(shop):
    done = generate("catalog", "--service", "inventory-service", "--out", "stubs")

    assert done.exit_code == 0
    assert sorted(p.name for p in (shop / "stubs").iterdir()) == [
        "__init__.py",
        "inventory_service.py",
    ]


def test_an_init_file_of_the_users_own_is_kept(shop):
    package = shop / "handlers/generated/__init__.py"
    package.parent.mkdir(parents=True)
    package.write_text("KEPT = True\n")

    generate("catalog")

    assert package.read_text() == "KEPT = True\n"


def test_check_is_clean_after_generating(shop):
    generate("catalog")

    done = generate("catalog", "--check")

    assert done.exit_code == 0
    assert done.stdout == "2 files in handlers/generated are as generated\n"


def test_check_names_what_differs_is_missing_or_left_over_and_writes_nothing(shop):
    generate("catalog")
    folder = shop / "handlers/generated"
    folder.joinpath("gone_service.py").write_text(
        folder.joinpath("inventory_service.py").read_text()
    )
    folder.joinpath("own.py").write_text("# the user's own file\n")
    folder.joinpath("inventory_service.py").write_text("edited\n")
    folder.joinpath("checkout_orchestrator.py").unlink()

    done = generate("catalog", "--check")

    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "missing    handlers/generated/checkout_orchestrator.py",
        "left over  handlers/generated/gone_service.py",
        "differs    handlers/generated/inventory_service.py",
    ]
    assert folder.joinpath("inventory_service.py").read_text() == "edited\n"


def test_a_misspelt_service_exits_2_and_names_the_nearest(shop):
    done = generate("catalog", "--service", "inventory-sevice")

    assert done.exit_code == 2
    assert "no service 'inventory-sevice'" in done.stderr
    assert "hint: Did you mean 'inventory-service'?" in done.stderr
    assert done.stdout == ""


def test_a_folder_without_services_is_never_green(tmp_path):
    (tmp_path / "services").mkdir()

    assert generate(tmp_path).exit_code == 3


def test_a_folder_that_does_not_exist_exits_2(tmp_path):
    assert generate(tmp_path / "catlog").exit_code == 2


def test_what_had_to_be_guessed_is_said_on_stderr(tmp_path):
    done = generate(ROOT / "examples/orders/catalog", "--out", tmp_path)

    assert "inventory_service.py: It sends OutOfStock 0.0.3" in done.stderr


@pytest.mark.parametrize("example", ["orders", "acme"])
def test_the_skeletons_of_the_examples_are_in_step_with_their_catalogs(example):
    done = generate(ROOT / "examples" / example / "catalog", "--check")

    assert done.exit_code == 0, done.output
