import pytest

from eventproof.findings import Layer, Problem, Selection, Severity, answering, demand_known
from eventproof.findings.globs import matches


def chosen(selection, rules, file="services/Orders/index.mdx"):
    return [rule.id for rule in rules if selection.counts(rule.id, rule.name, file)]


@pytest.mark.parametrize(
    ("layer", "ids"),
    [
        (Layer(), ["CAT301", "CAT402", "CAT401", "CON101"]),
        (Layer(select=("CAT4",)), ["CAT402", "CAT401"]),
        (Layer(select=("cat402", "broken-schema")), ["CAT402", "CON101"]),
        (Layer(ignore=("CAT",)), ["CON101"]),
        (Layer(ignore=("CAT4",), select=("CAT402", "CON")), ["CAT402", "CON101"]),
        (Layer(select=("CAT4",), ignore=("CAT402",)), ["CAT401"]),
        (Layer(select=("CAT402",), ignore=("CAT402",)), []),
        (Layer(select=("ALL",), ignore=("CON101",)), ["CAT301", "CAT402", "CAT401"]),
    ],
)
def test_the_longer_selector_wins_and_ignore_wins_a_tie(rules, layer, ids):
    assert chosen(Selection((layer,)), rules) == ids


def test_a_later_layer_goes_before_an_earlier_one(rules):
    file = Layer(ignore=("CAT402",))

    assert "CAT402" in chosen(Selection((file, Layer(select=("CAT402",)))), rules)
    assert chosen(Selection((file, Layer(ignore=("CON",)))), rules) == ["CAT301", "CAT401"]


def test_an_override_leaves_out_and_brings_back_for_its_files_only(rules):
    legacy = Layer(files=("legacy/**",), ignore=("CAT3",), select=("CAT401",))
    selection = Selection((Layer(ignore=("CAT401",)),), (legacy,))

    assert chosen(selection, rules, "legacy/Orders/index.mdx") == ["CAT402", "CAT401", "CON101"]
    assert chosen(selection, rules, "services/Orders/index.mdx") == ["CAT301", "CAT402", "CON101"]


def test_a_rule_that_an_override_brings_back_counts_somewhere(rules):
    selection = Selection((Layer(ignore=("CON",)),), (Layer(files=("a",), select=("CON101",)),))

    assert selection.counts("CON101", "broken-schema")
    assert not selection.counts("CON102", "unsupported-schema-format")


def test_settings_give_a_finding_another_severity(finding):
    globally = Layer(severity={"CAT": Severity.WARNING, "CAT402": Severity.INFO})
    legacy = Layer(files=("legacy",), severity={"stale-consumer-pin": Severity.INFO})
    found = [finding(), finding("CAT402"), finding(file="legacy/a.mdx"), finding("CON101")]

    graded = Selection((globally,), (legacy,)).applied(found, path_of=lambda f: f.location.file)

    assert [one.severity.value for one in graded] == ["warning", "info", "info", "error"]


def test_an_unknown_selector_names_the_nearest_rule(rules):
    demand_known(["CAT3", "broken-schema", "ALL"], rules, where="--select")

    with pytest.raises(Problem) as caught:
        demand_known(["CAT3011"], rules, where="--select")
    assert str(caught.value) == "--select: there is no rule CAT3011."
    assert caught.value.hint.startswith("Did you mean CAT301?")


def test_a_selector_answers_with_the_rules_it_names(rules):
    assert [rule.id for rule in answering("CAT4", rules)] == ["CAT402", "CAT401"]
    assert answering("XYZ", rules) == ()


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("catalog/legacy/**", "catalog/legacy/services/A/index.mdx"),
        ("catalog/legacy", "catalog/legacy/services/A/index.mdx"),
        ("./catalog/legacy/", "catalog/legacy/index.mdx"),
        ("**/legacy/**", "a/b/legacy/c/index.mdx"),
        ("**/index.mdx", "index.mdx"),
        ("services/*/index.md?", "services/A/index.mdx"),
        ("a/**/c.md", "a/c.md"),
        ("a/[b]/c.md", "a/[b]/c.md"),
    ],
)
def test_a_pattern_matches_as_in_a_gitignore(pattern, path):
    assert matches(path, [pattern])


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("services/*/index.md", "services/A/versioned/index.md"),
        ("*.md", "a/b.md"),
        ("legacy", "legacy2/a.md"),
        ("a.md", "aXmd"),
        ("", "a.md"),
    ],
)
def test_a_pattern_matches_nothing_else(pattern, path):
    assert not matches(path, [pattern])
