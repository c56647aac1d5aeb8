"""Which findings count: flags, environment and settings file, and overrides for some files."""

import pytest
from click.testing import CliRunner

from eventproof.cli.app import App
from eventproof.cli.check import check_command

STOCK = "---\nid: Stock\nname: Stock\nversion: 1.0.0\nsends:\n  - id: Gone\n---\n"
PLACED = "---\nid: Placed\nname: Placed\nversion: 1.0.0\n---\n"
PAGES = {"services/Stock/index.mdx": STOCK, "events/Placed/index.mdx": PLACED}
OWN = ("CAT202", "CAT401")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with a catalog that has a dangling reference and a message without schema."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name, text in PAGES.items():
        file = tmp_path / "catalog" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return tmp_path


@pytest.fixture
def check(project):
    def run(*arguments, env=None, catalog="catalog"):
        app = App(commands={"check": check_command})
        return CliRunner(env=env or {}).invoke(app, ["check", catalog, *arguments])

    return run


def found(result):
    """Rule -> severity, of the rules that these pages are about."""
    headers = [line.split() for line in result.stdout.splitlines() if not line.startswith(" ")]
    return {line[2]: line[1] for line in headers if len(line) == 4 and line[2] in OWN}


@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        ((), {"CAT202", "CAT401"}),
        (("--select", "CAT2"), {"CAT202"}),
        (("--select", "CAT2,message-without-schema"), {"CAT202", "CAT401"}),
        (("--select", "CAT202", "--select", "CAT401"), {"CAT202", "CAT401"}),
        (("--ignore", "CAT202"), {"CAT401"}),
        (("--select", "CAT", "--ignore", "CAT4"), {"CAT202"}),
        (("--ignore", "ALL"), set()),
    ],
)
def test_rules_are_chosen_by_id_beginning_or_name(check, arguments, rules):
    assert set(found(check(*arguments))) == rules


def test_what_is_ignored_does_not_fail(check):
    assert check("--ignore", "CAT202").exit_code == 0
    assert check("--select", "CAT202").exit_code == 1


@pytest.mark.parametrize("flag", ["--select", "--ignore"])
def test_an_unknown_rule_in_a_flag_names_the_nearest(check, flag):
    result = check(flag, "CAT2022")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"error: {flag}: there is no rule CAT2022." in result.stderr
    assert "Did you mean CAT202?" in result.stderr


def test_a_flag_goes_before_the_environment_and_that_before_the_file(check, project):
    (project / "eventproof.toml").write_text('[check]\nselect = ["CAT401"]\n')
    environment = {"EVENTPROOF_SELECT": "CAT202 CAT401"}

    assert set(found(check())) == {"CAT401"}
    assert set(found(check(env=environment))) == {"CAT202", "CAT401"}
    assert set(found(check("--select", "CAT202", env=environment))) == {"CAT202"}


def test_the_mildest_failing_severity_has_the_same_precedence(check, project):
    only = ("--select", "CAT401")
    (project / "eventproof.toml").write_text('[check]\nfail_on = "warning"\n')

    assert check(*only).exit_code == 1
    assert check(*only, env={"EVENTPROOF_FAIL_ON": "error"}).exit_code == 0
    assert check(*only, "--fail-on", "info", env={"EVENTPROOF_FAIL_ON": "error"}).exit_code == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("eventproof.toml", '[check]\nignore = ["CAT202"]\n'),
        ("pyproject.toml", '[tool.eventproof.check]\nignore = ["CAT202"]\n'),
        ("catalog/eventproof.toml", '[check]\nignore = ["CAT202"]\n'),
    ],
)
def test_settings_are_found_at_or_above_the_catalog(check, project, file, text):
    (project / file).write_text(text)

    assert set(found(check())) == {"CAT401"}
    assert set(found(check(catalog=str(project / "catalog")))) == {"CAT401"}


def test_the_nearest_settings_count_and_other_tools_tables_do_not(check, project):
    (project / "eventproof.toml").write_text('[check]\nignore = ["CAT202"]\n')
    (project / "catalog" / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert set(found(check())) == {"CAT401"}

    (project / "catalog" / "eventproof.toml").write_text("[check]\n")
    assert set(found(check())) == {"CAT202", "CAT401"}


def test_settings_above_the_repository_are_somebody_elses(check, project):
    inner = project / "inner"
    inner.mkdir()
    (inner / ".git").mkdir()
    (project / "catalog").rename(inner / "catalog")
    (project / "eventproof.toml").write_text('[check]\nignore = ["CAT202"]\n')

    assert set(found(check(catalog="inner/catalog"))) == {"CAT202", "CAT401"}


def test_settings_grade_findings(check, project):
    (project / "eventproof.toml").write_text(
        '[check.severity]\nCAT2 = "info"\nmessage-without-schema = "error"\n'
    )

    assert found(check()) == {"CAT202": "info", "CAT401": "error"}


def test_an_override_is_for_its_files_only(check, project):
    (project / "eventproof.toml").write_text(
        '[check]\nignore = ["CAT401"]\n'
        '[[check.overrides]]\nfiles = ["catalog/services/**"]\nseverity = {CAT202 = "info"}\n'
        '[[check.overrides]]\nfiles = ["catalog/events"]\nselect = ["CAT401"]\n'
    )
    assert found(check()) == {"CAT202": "info", "CAT401": "warning"}

    (project / "eventproof.toml").write_text(
        '[[check.overrides]]\nfiles = ["services/**"]\nignore = ["ALL"]\n'
    )
    assert set(found(check())) == {"CAT202", "CAT401"}


def test_a_settings_file_may_be_a_link(check, project, tmp_path_factory):
    shared = tmp_path_factory.mktemp("shared") / "settings.toml"
    shared.write_text('[[check.overrides]]\nfiles = ["catalog/events"]\nignore = ["CAT401"]\n')
    (project / "eventproof.toml").symlink_to(shared)

    assert set(found(check())) == {"CAT202"}


@pytest.mark.parametrize(
    ("text", "sentence", "hint"),
    [
        ("[check]\nselct = []\n", "unknown key in [check]: `selct`.", "did you mean `select`?"),
        (
            '[[check.overrides]]\nfile = ["x"]\n',
            "unknown key in [[check.overrides]]: `file`.",
            "did you mean `files`?",
        ),
        (
            '[check]\nselect = ["CAT2022"]\n',
            "eventproof.toml:2: there is no rule CAT2022.",
            "Did you mean CAT202?",
        ),
        (
            '[check]\n\n[[check.overrides]]\nfiles = ["x"]\nignore = ["CAT2022"]\n',
            "eventproof.toml:5: there is no rule CAT2022.",
            "Did you mean CAT202?",
        ),
        (
            '[check.severity]\nunresolved-versoin = "info"\n',
            "eventproof.toml:2: there is no rule unresolved-versoin.",
            "Did you mean unresolved-version?",
        ),
        ('[check]\nselect = "CAT2"\n', '`select` is a list: write select = ["…"].', None),
        ("[check]\nseverity = 1\n", "`severity` is a table", None),
        ('[check.severity]\nCAT202 = "bad"\n', "`bad` is no severity.", "error, warning, info"),
        ('[check]\nfail_on = ["info"]\n', "is no severity.", "error, warning, info"),
        ("[check]\noverrides = 1\n", "`overrides` is a list of tables", None),
        ("[[check.overrides]]\nignore = []\n", "an override names its `files`.", None),
        ("[check]\nbaseline = 1\n", "`baseline` is text.", None),
        ("[check\n", "is not TOML", None),
        ("check = 1\n", "`check` is a table: write [check].", None),
    ],
)
def test_a_wrong_setting_is_one_sentence(check, project, text, sentence, hint):
    (project / "eventproof.toml").write_text(text)
    result = check()

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: eventproof.toml")
    assert sentence in result.stderr
    assert (hint or "") in result.stderr


@pytest.mark.parametrize("text", ["tool = 1\n", "[tool]\neventproof = 1\n", "[tool.ruff]\n"])
def test_any_pyproject_can_be_met(check, project, text):
    (project / "pyproject.toml").write_text(text)

    assert check().exit_code == (2 if "eventproof" in text else 1)
