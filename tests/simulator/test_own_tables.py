"""Tables and actors of a team's own: the how-to page is the project that the tests run."""

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from simulator_how_to import PAGE, SCENARIO, put_a_check, write_project

from eventproof.cli.app import cli
from eventproof.findings import Problem
from eventproof.simulator import explore, load_scenario, prepare, simulate

SHOWN = re.compile(r"^```text\n\$ eventproof (.*?)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The files of the how-to page, in a folder of their own, which is where commands run."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(project, old, new, file=SCENARIO):
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new))


def problem_of(project, old, new, file=SCENARIO):
    changed(project, old, new, file)
    with pytest.raises(Problem) as raised:
        prepare(load_scenario(SCENARIO))
    return str(raised.value), raised.value.hint


def test_the_how_to_page_shows_the_true_output(project):
    ((command, shown),) = SHOWN.findall(PAGE.read_text("utf-8"))
    result = CliRunner().invoke(cli, command.split())
    assert result.exit_code == 1
    assert result.stdout == shown


def test_the_mended_handler_is_proved(project):
    file = "handlers/visitors.py"
    changed(project, "from .tables", "from eventproof import equal\n\nfrom .tables", file)
    changed(
        project,
        '        await tx.update(seats, "1A", taken_by=visitor.name)\n',
        "        mine = await tx.update(\n"
        '            seats, "1A", taken_by=visitor.name, guard=equal(taken_by="")\n'
        "        )\n"
        "        if not mine:\n"
        '            return "too late"\n',
        file,
    )
    assert explore(prepare(load_scenario(SCENARIO)).model).verdict == "proved"


def test_an_actor_acts_beside_the_customers(project):
    changed(
        project,
        "from .tables import seats\n",
        "from .tables import seats\n\n\nasync def free(_actor, ctx):\n"
        "    async with ctx.transaction() as tx:\n"
        '        await tx.update(seats, "1A", taken_by="")\n'
        '    return "freed"\n',
        "handlers/visitors.py",
    )
    changed(project, "count: 2", "count: 1")
    with (project / SCENARIO).open("a") as file:
        file.write('actors: {sweeper: "../handlers/visitors.py:free"}\n')
    scenario = load_scenario(SCENARIO)
    model = prepare(scenario).model
    assert [customer.name for customer in model.customers] == ["customer-1", "sweeper"]
    assert explore(model).verdict == "proved"
    assert simulate(model, scenario, seed=1).tally.outcomes == {"booked": 1, "freed": 1}


def test_actors_need_no_customers(project):
    changed(project, "customers: {count: 2, journey: ", "actors: {one: ")
    changed(project, 'book"}', 'book", two: "../handlers/visitors.py:book"}')
    assert explore(prepare(load_scenario(SCENARIO)).model).verdict == "violated"


@pytest.mark.parametrize(
    ("old", "new", "said", "hint"),
    [
        ("seats: [", "seat: [", "one-seat.yaml:5: there is no table seat.", "`seats`"),
        ("number: 1A", "numbr: 1A", "one-seat.yaml:5: seats has no column numbr.", "`number`"),
        ("{number: 1A}", "{}", "one-seat.yaml:5: seats.number is not said", "`number:`"),
        ("number: 1A", "number: 1", "one-seat.yaml:5: seats.number is 1, not str.", None),
        ("1A}]", "1A}, {number: 1A}]", "one-seat.yaml:5: seats has a row 1A already.", None),
        ("tables.py:metadata", "tables.py:seats", "is no sqlalchemy.MetaData", "MetaData"),
        ("tables.py:metadata", "tables.py:meta", "tables.py has no meta", "`metadata`"),
    ],
)
def test_a_row_that_cannot_be_is_told_with_its_line(project, old, new, said, hint):
    sentence, hinted = problem_of(project, old, new)
    assert said in sentence
    assert hinted is None if hint is None else hint in hinted


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ('sa.ForeignKey("seats.number"), ', "has a foreign key"),
        ('sa.CheckConstraint("length(taken_by) < 9"), ', "has a check constraint that is not"),
        ('sa.Computed("number"), ', "has a computed column"),
        ("primary_key=False), sa.Column('a-b', sa.Text, ", "cannot be read as Python says"),
    ],
)
def test_a_constraint_that_the_model_does_not_check_is_refused(project, declared, said):
    old = 'sa.Column("taken_by", sa.Text, nullable=False, default="")'
    new = f'sa.Column("taken_by", sa.Text, {declared}nullable=False)'
    sentence, hint = problem_of(project, old, new, "handlers/tables.py")
    assert f"one-seat.yaml:3: the table seats {said}" in sentence
    assert hint


def test_a_check_keeps_what_no_handler_does(project):
    put_a_check(project)
    assert explore(prepare(load_scenario(SCENARIO)).model).verdict == "proved"


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_who_is_stopped_by_a_check_is_told_by_its_code(database, project):
    put_a_check(project)
    changed(project, "a_seat_is_sold_once", "nobody_is_stopped")
    with (project / SCENARIO).open("a") as file:
        file.write(f"database: {database}\n")
    found = explore(prepare(load_scenario(SCENARIO)).model)
    assert found.verdict == "violated"
    failed = "A visitor failed: 23514: new row violates check constraint."
    assert [violation.sentence for violation in found.violations] == [failed]


def test_a_check_that_names_a_customer_tells_customers_apart(project):
    put_a_check(project)
    changed(project, "places >= 0", "taken_by <> 'customer-2'", "handlers/tables.py")
    model = replace(prepare(load_scenario(SCENARIO)).model, always=())
    assert model.telling_apart == "taken_by <> 'customer-2'"


def test_a_row_that_a_check_does_not_take_is_told_with_its_line(project):
    put_a_check(project)
    sentence, _ = problem_of(project, "{number: 1A}", "{number: 1A, places: -1}")
    assert sentence == "scenarios/one-seat.yaml:5: seats does not take this row: places >= 0."


def test_a_table_without_a_primary_key_is_refused(project):
    sentence, _ = problem_of(project, ", primary_key=True", "", "handlers/tables.py")
    assert "the table seats has no primary key" in sentence


def test_a_table_with_the_name_of_one_of_the_engines_is_refused(project):
    changed(project, '"seats",', '"stock",', "handlers/tables.py")
    changed(project, "seats: [", "stock: [")
    assert explore(prepare(load_scenario(SCENARIO)).model).verdict == "violated"
    sentence, _ = problem_of(project, "rows:", "stock: {tea: 1}\nrows:")
    assert "the table stock has the name of one of the inventory engine's" in sentence


def test_rows_of_tables_that_are_not_named_are_told(project):
    sentence, hint = problem_of(project, "tables: ../handlers/tables.py:metadata\n", "")
    assert "one-seat.yaml:3: `rows` are of tables that the scenario does not name." in sentence
    assert "tables:" in hint


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("customers:", "external: {}\n#", "`customers` or `actors` is missing"),
        (', journey: "../handlers/visitors.py:book"', "", "`cart` or `journey` is missing"),
    ],
)
def test_who_acts_must_be_said(project, old, new, said):
    sentence, _ = problem_of(project, old, new)
    assert said in sentence
