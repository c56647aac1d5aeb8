"""Bad scenarios from the command line: one sentence with the place, exit code 2, a bounded run."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from simulator_shops import Ping, scenario, shop

from eventproof.cli.app import cli
from eventproof.findings import Problem
from eventproof.simulator import simulate
from eventproof.simulator.programs import Route

ACME = Path(__file__).parents[2] / "examples" / "acme"

PLAIN = """\
scenario: two customers and one tea
catalog: ../catalog
stock: {tea: 1}
customers: {count: 2, cart: {tea: 1}}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command on a scenario of this text, beside a journey file of this code."""
    clean = shutil.ignore_patterns(".eventproof", "__pycache__")
    shutil.copytree(ACME, tmp_path / "acme", ignore=clean)
    monkeypatch.chdir(tmp_path / "acme" / "scenarios")

    def running(text, *options, command="explore", journey=""):
        Path("mine.yaml").write_text(text)
        Path("mine.py").write_text(journey)
        return CliRunner().invoke(cli, [command, "mine.yaml", *options])

    return running


def with_journey(text=PLAIN):
    return text.replace("cart: {tea: 1}}", "cart: {tea: 1}, journey: mine.py:buy}")


@pytest.mark.parametrize("command", ["explore", "simulate"])
@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("stock:", "stok:", "mine.yaml:3: unknown key `stok`."),
        ("stock: {tea: 1}", "stock: {tea: -1}", "mine.yaml:3: `stock.tea`: -1 is less than"),
        ("stock: {tea: 1}", "stock: {tea: lots}", "mine.yaml:3: `stock.tea`: 'lots' is not of"),
        ("cart: {tea: 1}", "cart: {jam: 1}", "mine.yaml:4: customers want jam, which is not in"),
        ("count: 2", "count: -2", "mine.yaml:4: `customers.count`: -2 is less than"),
    ],
)
def test_a_scenario_that_cannot_be_is_one_sentence(run, command, right, wrong, said):
    result = run(PLAIN.replace(right, wrong), command=command)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["explore", "simulate"])
def test_a_catalog_that_is_not_there_is_told_with_the_line_that_names_it(run, command):
    result = run(PLAIN.replace("../catalog", "../catalogue"), command=command)
    assert result.exit_code == 2, result.output
    assert "mine.yaml:2: there is no folder ../catalogue." in result.output


def test_a_journey_with_a_million_outcomes_ends_with_the_seconds(run):
    code = (
        "async def buy(customer, ctx):\n"
        "    return ' '.join([await ctx.call('payment', 'ask') for _ in range(20)])\n"
    )
    text = with_journey() + "payment: {outcomes: [approve, decline]}\n"
    result = run(text, "--seconds", "1", "--runs", "1", journey=code)
    assert result.exit_code == 0, result.output
    assert "PASSED" in result.output


def test_a_handler_that_asks_itself_ends_a_timed_run():
    class Asks:
        async def on_ping(self, message, ctx):
            await ctx.request(message)

    async def journey(customer, ctx):
        await ctx.request(Ping(sender=customer.name))

    routes = {"ping": (Route("counter", Asks, "on_ping", Ping),)}
    with pytest.raises(Problem, match=r"More than 2,000 messages .* for counter\.ping"):
        simulate(shop(journey, routes=routes), scenario(1), seed=1)


@pytest.mark.parametrize("command", ["explore", "simulate"])
def test_a_journey_that_raises_is_named_with_its_line(run, command):
    code = "async def buy(customer, ctx):\n    raise ValueError('no luck')\n"
    result = run(with_journey(), command=command, journey=code)
    assert result.exit_code == 2, result.output
    assert "raised ValueError: no luck (mine.py:2)." in result.output
    assert "Traceback" not in result.output


RAISING = "async def buy(customer, ctx):\n    "


@pytest.mark.parametrize("command", ["explore", "simulate"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "import asyncio\n" + RAISING + "raise asyncio.CancelledError\n",
            "error: journey raised CancelledError (mine.py:3).",
        ),
        (
            "class Mute(Exception):\n    def __str__(self):\n        raise self\n"
            + RAISING
            + "raise Mute\n",
            "error: journey raised Mute (mine.py:5).",
        ),
        (RAISING + "raise StopIteration\n", "coroutine raised StopIteration (mine.py:1)."),
        ("async def buy(customer):\n    pass\n", "but 2 were given (mine.py:1)."),
        ("def buy(customer, ctx):\n    pass\n", "is not a coroutine function (mine.py:1)."),
        ("buy = 3\n", "mine.yaml:4: mine.py:buy is no function."),
        (
            "raise BaseException('not here')\n",
            "mine.py:1, named by mine.yaml:4, cannot be imported",
        ),
    ],
)
def test_however_a_journey_fails_it_is_one_sentence_with_a_place(run, command, code, said):
    result = run(with_journey(), command=command, journey=code)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output


def asking(what, *, within="    async with ctx.transaction() as tx:\n        "):
    imports = "import asyncio\nfrom eventproof.simulator import *\n"
    imports += "from eventproof.simulator.inventory import stock\n"
    return f"{imports}async def buy(customer, ctx):\n{within}{what}\n"


@pytest.mark.parametrize("command", ["explore", "simulate"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (asking("await ctx.sleep(-1)", within="    "), "TypeError: a sleep of -1 s (mine.py:5)"),
        (asking("await ctx.sleep('3')", within="    "), "TypeError: a sleep of '3' s (mine.py:5)"),
        (
            asking("await ctx.sleep(float('nan'))", within="    "),
            "TypeError: a sleep of nan s (mine.py:5)",
        ),
        (
            asking("await asyncio.sleep(0)", within="    "),
            "awaited NoneType, which is not a step (mine.py:5)",
        ),
        (
            asking("await ctx.call('paymnt', 'pay')", within="    "),
            "does not say what paymnt may answer (mine.py:5)",
        ),
        (
            asking("await tx.update(stock, 'tea', available='lots')"),
            "TypeError: stock.available is a number, not str 'lots' (mine.py:6)",
        ),
        (
            asking("await tx.update(stock, 'tea', guard=at_least(available=None), total=1)"),
            "TypeError: stock.available >= None is never met (mine.py:6)",
        ),
        (
            asking("await tx.select(stock, (stock.c.available > 0,))"),
            "TypeError: <sqlalchemy.sql.elements.BinaryExpression",
        ),
        (
            asking("await ctx.transaction().__aenter__()"),
            "opens a transaction inside another (mine.py:6)",
        ),
        (
            asking("await ctx.transaction().__aenter__()", within="    "),
            "ends with an open transaction (mine.py:4)",
        ),
        (
            asking("await tx.commit()\n        await tx.get(stock, 'tea')"),
            "uses a transaction after its end (mine.py:7)",
        ),
        (
            asking("raise type('Own', (Refused,), {'__init__': lambda self: None})()"),
            "journey raised Own (mine.py:6)",
        ),
        (
            asking("return type('Odd', (), {'__str__': lambda self: None})()"),
            "journey raised TypeError: __str__ returned non-string (type NoneType)",
        ),
    ],
)
def test_a_journey_that_asks_what_cannot_be_is_named_with_its_line(run, command, code, said):
    result = run(with_journey(), command=command, journey=code)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "internal error" not in result.output


def test_what_breaks_before_anybody_has_moved_is_violated_and_replays(run):
    code = "async def buy(customer, ctx):\n    await ctx.sleep(1)\n\n"
    code += "def wrong(view):\n    return 'wrong from the start'\n"
    result = run(with_journey() + "always: [mine.py:wrong]\n", journey=code)
    assert result.exit_code == 1, result.output
    assert "VIOLATED mine.py:wrong" in result.output
    assert "  wrong from the start\n" in result.output
    tape = result.output.rsplit("eventproof replay ", 1)[1].strip()
    for options in ([], ["--as=timeline"], ["--as=mermaid"], ["--minimise"]):
        again = CliRunner().invoke(cli, ["replay", tape, *options])
        assert again.exit_code == 0, again.output


@pytest.mark.parametrize("option", ["--seconds=nan", "--max-memory=nan"])
def test_a_bound_that_is_no_number_is_refused(run, option):
    result = run(PLAIN, option)
    assert result.exit_code == 2
    assert "nan is no number." in result.output


def test_a_fault_of_eventproofs_own_is_no_verdict(run, monkeypatch):
    monkeypatch.setattr("eventproof.simulator.explore_or_sample", lambda *_, **__: 1 / 0)
    result = run(PLAIN)
    assert result.exit_code == 2
    said = "error: internal error, ZeroDivisionError: division by zero (test_bad_scenarios.py:"
    assert said in result.output
    monkeypatch.setenv("EVENTPROOF_TRACEBACK", "1")
    assert isinstance(run(PLAIN).exception, ZeroDivisionError)


def test_what_a_journey_says_for_pages_or_to_the_terminal_is_shortened_and_shown(run):
    code = RAISING + "raise ValueError('\\x1b[2J' + 'a' * 100_000)\n"
    result = run(with_journey(), journey=code)
    assert r"error: journey raised ValueError: \x1b[2Jaaa" in result.output
    assert len(result.output) < 500


def test_a_file_that_is_imported_without_end_is_stopped_and_named(run, monkeypatch):
    monkeypatch.setattr("eventproof.simulator.preparation.IMPORT_PATIENCE_S", 0.1)
    result = run(with_journey(), journey="while True:\n    pass\n")
    assert result.exit_code == 2, result.output
    assert "mine.py, named by mine.yaml:4, is imported without end (mine.py:" in result.output


def test_an_exploration_of_a_journey_that_takes_steps_without_end_is_bounded(run):
    loop = "    while True:\n        await ctx.call('payment', 'x')\n"
    result = run(with_journey(), journey="async def buy(customer, ctx):\n" + loop)
    assert result.exit_code == 2, result.output
    assert "error: journey (mine.py:3) goes on for ever: no run of the scenario ends." in (
        result.output
    )
    assert "Traceback" not in result.output


WANTED = PLAIN + "sometimes: [a customer was refused]\n"


@pytest.mark.parametrize("bound", ["--max-memory=1", "--seconds=0"])
def test_what_the_budget_left_unreached_is_not_the_scenarios_fault(run, bound):
    result = run(WANTED, bound)
    assert result.exit_code == 1, result.output
    named = {"--max-memory=1": "memory", "--seconds=0": "seconds"}[bound]
    assert f"  the budget of {named} ended first: nothing was found" in result.output
    assert "  not reached before the budget ended: a customer was refused\n" in result.output
    assert "does not test it" not in result.output


def test_runs_at_random_say_which_bound_ended_them(run):
    result = run(WANTED, "--search=random", "--seconds=0")
    assert "  the budget of seconds ended after 0 runs at random: nothing" in result.output
    assert "  not reached before the budget ended: a customer was refused\n" in result.output


def test_what_a_whole_exploration_never_reached_is_the_scenarios_fault(run):
    result = run(WANTED.replace("stock: {tea: 1}", "stock: {tea: 2}"))
    said = "never reached: a customer was refused; the scenario does not test it"
    assert said in result.output


RACE = """\
from eventproof.simulator.inventory import stock

async def buy(customer, ctx):
    async with ctx.transaction() as tx:
        tea = await tx.get(stock, "tea")
        if tea.available:
            await tx.update(stock, "tea", available=0)
            return "bought"

def once(view):
    return "twice" if view.outcomes.count("bought") > 1 else None
"""

RACING = with_journey() + "always: [mine.py:once]\n"


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ("raise ValueError('no luck')", "error: journey raised ValueError: no luck (new.py:5)."),
        ("await ctx.sleep(3)", "whose handlers now ask `wait 3 s` of journey (new.py:5)."),
    ],
)
def test_a_replay_of_a_handler_that_changed_names_its_line(run, edited, said):
    tape = run(RACING, journey=RACE).output.rsplit("eventproof replay ", 1)[1].strip()
    # Under another name: a module is imported once in a process.
    Path("new.py").write_text(RACE.replace('tea = await tx.get(stock, "tea")', edited))
    Path("mine.yaml").write_text(RACING.replace("mine.py", "new.py"))
    result = CliRunner().invoke(cli, ["replay", tape, "--anyway"])
    assert result.exit_code == 2, result.output
    assert said in result.output


def test_prove_names_the_scenario_that_cannot_be_run_and_runs_the_others(run):
    run(with_journey(), journey="async def buy(customer, ctx):\n    raise ValueError('no luck')\n")
    for file in Path().glob("*.yaml"):
        if file.stem not in ("mine", "last-unit"):
            file.unlink()
    result = CliRunner().invoke(cli, ["prove", ".."])
    assert result.exit_code == 2, result.output
    assert "mine.yaml: journey raised ValueError: no luck (mine.py:2)." in result.output
    assert "PROVED" in result.output
    assert "1 of 2 scenarios not as expected" in result.output


def test_a_journey_that_reads_for_ever_is_no_proof(run):
    forever = RACE.replace("if tea.available:", "while True:").replace(
        'await tx.update(stock, "tea", available=0)\n            return "bought"',
        'await tx.get(stock, "tea")',
    )
    result = run(RACING, journey=forever)
    assert result.exit_code == 2, result.output
    said = "journey (mine.py:7) goes on for ever: no run of the scenario ends."
    assert said in result.output
