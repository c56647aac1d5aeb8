"""The page about real catalogs says what is found in them, and judges every rule it names."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import real_catalogs  # noqa: E402 - benchmarks is a folder of programs, not a package


def rules_in(text):
    return set(re.findall(r"^\| (C[A-Z]{2}\d{3})", text, re.MULTILINE))


def test_the_table_is_what_is_found_today():
    if not real_catalogs.CATALOGS.is_dir():
        pytest.skip("the real catalogs do not lie beside the repository")
    page = real_catalogs.PAGE.read_text("utf-8")

    assert page == real_catalogs.written(page, real_catalogs.table())


def test_every_rule_in_the_table_was_judged_by_hand():
    page = real_catalogs.PAGE.read_text("utf-8")
    counted, _, judged = page.partition("## Judged by hand")

    assert rules_in(counted)
    assert rules_in(counted) == rules_in(judged)
