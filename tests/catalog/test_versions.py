import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventproof.catalog import pick, same_version, satisfies, sort_key

numbers = st.integers(min_value=0, max_value=12)
releases = st.tuples(numbers, numbers, numbers).map(lambda n: ".".join(map(str, n)))
prereleases = st.builds("{}-{}".format, releases, st.sampled_from(["alpha", "beta.2", "rc.10"]))
versions = st.one_of(releases, prereleases, st.sampled_from(["v1", "1.0", "2024-01-01", "draft"]))
pins = st.one_of(
    versions,
    st.none(),
    st.builds("{}{}".format, st.sampled_from(["^", "~", ">=", "<", "<=", ">"]), releases),
    st.sampled_from(["1.x", "*", "x", "1 || 2", "1 - 3", ">=1 <2", "garbage !", "", "latest"]),
)


def chosen(known, pin):
    index = pick(known, pin)
    return None if index is None else known[index]


@pytest.mark.parametrize(
    ("known", "pin", "expected"),
    [
        (["1.0.0", "1.0"], "1.0", "1.0"),
        (["1.0.0", "1.5.0"], "1", "1.0.0"),
        (["1.0.0"], "v1", "1.0.0"),
        (["v1"], "1.0.0", "v1"),
        (["1.5.0"], "1", "1.5.0"),
        (["1.2.0", "1.9.9", "2.0.0"], "^1.2", "1.9.9"),
        (["0.2.3", "0.3.0"], "^0.2.0", "0.2.3"),
        (["0.0.3", "0.0.4"], "^0.0.3", "0.0.3"),
        (["1.2.9", "1.3.0"], "~1.2", "1.2.9"),
        (["1.9.0", "2.0.0"], "~1", "1.9.0"),
        (["1.9.0", "10.0.0"], "1.x", "1.9.0"),
        (["10.0.0"], "1.x", None),
        (["1.0.0", "1.9.0", "2.0.0"], ">=1 <2", "1.9.0"),
        (["1.0.0", "2.0.0"], ">= 1.0.0 < 2.0.0", "1.0.0"),
        (["1.2.0", "1.3.0"], ">1.2", "1.3.0"),
        (["1.2.9", "1.3.0"], "<=1.2", "1.2.9"),
        (["1.0.0", "2.3.9", "2.4.0"], "1.0 - 2.3", "2.3.9"),
        (["1.0.0", "3.0.0", "5.0.0"], "1.x || 3.x", "3.0.0"),
        (["0.9.0", "1.0.0"], "*", "1.0.0"),
        (["0.9.0", "1.0.0"], "x", "1.0.0"),
        (["1.9.0", "1.10.0"], None, "1.10.0"),
        (["1.9.0", "1.10.0"], "latest", "1.10.0"),
        (["2024-01-01", "2024-02-01"], "2024-01-01", "2024-01-01"),
        (["2024-01-01"], "^2024.0.0", None),
        (["release-3"], "3", None),
        (["release-3", "release-10"], None, "release-10"),
        (["2.0.0-beta.1"], "^2.0.0", None),
        (["2.0.0-beta.1"], "*", None),
        (["2.0.0-beta.1"], "^1.0.0", None),
        (["2.0.0-beta.1"], "2.0.0-beta.1", "2.0.0-beta.1"),
        (["2.0.0-beta.2"], "^2.0.0-beta.1", "2.0.0-beta.2"),
        (["2.0.1-beta.2"], "^2.0.0-beta.1", None),
        (["2.0.0-beta", "2.0.0-rc", "2.0.0"], ">=2.0.0-alpha <2.0.0", "2.0.0-rc"),
        (["1.0.0", "2.0.0-beta.1"], None, "1.0.0"),
        (["2.0.0-beta.2", "2.0.0-beta.10"], None, "2.0.0-beta.10"),
        (["1.0.0"], "garbage", None),
        (["1.0.0"], "1.0.0 garbage", None),
        (["1.0.0"], ">*", None),
        ([None], None, None),
        ([], None, None),
        (["1.0.0+build.7"], "1.0.0", "1.0.0+build.7"),
        (["1.0.0", "latest"], None, "latest"),
    ],
)
def test_a_pin_chooses_by_the_documented_rules(known, pin, expected):
    assert chosen(known, pin) == expected


@given(st.lists(versions, min_size=1, max_size=6), pins)
@settings(max_examples=150)
def test_a_choice_is_one_of_the_versions_and_satisfies_its_pin(known, pin):
    version = chosen(known, pin)

    if version is not None:
        assert version in known
        assert satisfies(version, pin)


@given(st.lists(versions, min_size=1, max_size=6), pins, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_a_choice_does_not_depend_on_the_order_of_files(known, pin, random):
    shuffled = list(known)
    random.shuffle(shuffled)

    assert sort_key(chosen(known, pin))[:2] == sort_key(chosen(shuffled, pin))[:2]


@given(st.lists(versions, min_size=1, max_size=6))
def test_a_version_that_exists_is_chosen_by_its_own_name(known):
    for version in known:
        assert chosen(known, version) == version


@given(releases, st.lists(releases, min_size=1, max_size=6))
def test_a_caret_never_crosses_the_first_number_that_is_not_zero(base, known):
    version = chosen(known, f"^{base}")

    if version is not None:
        low, high = [int(n) for n in base.split(".")], [int(n) for n in version.split(".")]
        assert high >= low
        fixed = next((i for i, number in enumerate(low) if number), 2)
        assert high[: fixed + 1] == low[: fixed + 1]


@given(st.lists(releases, min_size=1, max_size=8))
def test_latest_is_the_highest_number(known):
    assert chosen(known, None) == max(known, key=lambda v: [int(n) for n in v.split(".")])


@given(st.lists(releases, min_size=1, max_size=6), releases)
def test_a_range_chooses_the_highest_version_within_it(known, base):
    within = [v for v in known if satisfies(v, f">={base}")]

    assert chosen(known, f">={base}") == (max(within, key=sort_key) if within else None)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_may_be_a_version_or_a_pin(version, pin):
    assert pick([version], pin) in (0, None)
    assert pick([pin], pin) == 0
    assert sorted([version, pin], key=sort_key)


@given(versions, versions, versions)
def test_being_the_same_version_is_an_equivalence(one, two, three):
    assert same_version(one, one)
    assert same_version(one, two) == same_version(two, one)
    if same_version(one, two) and same_version(two, three):
        assert same_version(one, three)


def test_a_number_of_absurd_length_is_no_version_and_no_delay():
    assert pick(["1.0.0"], "^" + "9" * 100_000) is None
    assert sort_key("9" * 100_000) > sort_key("8" * 100_000)
