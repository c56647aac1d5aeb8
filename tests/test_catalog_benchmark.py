"""The benchmark's catalogs are what they say: the rules find what is planted, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import catalog_check  # noqa: E402 - benchmarks is a folder of programs, not a package
import catalog_generator  # noqa: E402 - from the same folder


def check(folder):
    command = catalog_check.commands(folder, linter=None)["eventproof"]
    return subprocess.run(command, capture_output=True, check=False)


@pytest.mark.parametrize(("services", "seed"), [(20, 7), (20, 8)])
def test_a_check_finds_what_is_planted_and_nothing_else(tmp_path, services, seed):
    folder = tmp_path / "catalog"
    catalog_generator.generate(folder, services=services, seed=seed)
    done = check(folder)

    assert done.returncode == 0, done.stderr
    assert catalog_check.differences(folder, done.stdout) == []


def test_a_catalog_without_defects_is_clean(tmp_path):
    folder = tmp_path / "catalog"
    catalog_generator.generate(folder, services=20, defects=False)

    assert catalog_generator.truth_of(folder).read_text() == "[]\n"
    assert catalog_check.differences(folder, check(folder).stdout) == []


def test_what_is_missed_or_made_up_is_told(tmp_path):
    folder = tmp_path / "catalog"
    catalog_generator.generate(folder, services=20)
    told = catalog_check.differences(folder, b'{"findings": []}')

    assert len(told) == 10
    assert all(sentence.startswith("Not found: ") for sentence in told)


def test_the_same_number_and_seed_give_the_same_bytes(tmp_path):
    def files(name):
        folder = tmp_path / name
        catalog_generator.generate(folder, services=20, seed=3)
        return {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    first = files("one")
    assert first == files("two")
    assert sum(path.stem == "index" for path in first) > 200
