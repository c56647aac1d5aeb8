"""Sweeps to be tried: a sale of few, runs told to the last digit, and a journey with a mishap."""

import json
import os
from dataclasses import replace
from pathlib import Path

from eventproof.simulator import load_scenario, prepare, sweeps

FLASH_SALE = Path(__file__).parents[2] / "examples" / "acme" / "scenarios" / "flash-sale.yaml"
SEEDS = range(1, 6)

ON_ONE_CUSTOMER = """\
scenario: one customer
catalog: {catalog}
customers: {{count: 1, journey: "journey.py:mishap"}}
latency: {{connections: 1}}
"""

MISHAP = """\
import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def until_a_run_is_kept():
    while not Path(os.environ["MISHAP_FOLDER"], "runs.jsonl").exists():
        time.sleep(0.01)


async def mishap(customer, ctx):
    async with ctx.transaction():
        await ctx.sleep(1)
    if str(os.getpid()) != os.environ["MISHAP_MAIN"]:  # only who runs it for another process
        with suppress(FileExistsError):
            Path(os.environ["MISHAP_FOLDER"], "happens").open("x").close()  # and only once
            {mishap}
"""


def small_sale():
    """The flash sale, for 20 customers."""
    scenario = load_scenario(FLASH_SALE)
    return prepare(replace(scenario, customers=replace(scenario.customers, count=20)))


def told(runs):
    """Runs to the last digit."""
    return [json.dumps(sweeps._record(run)) for run in runs]


def with_mishap(folder, what, monkeypatch):
    """A scenario whose journey, once, does something to the processes that run it."""
    catalog = (FLASH_SALE.parents[1] / "catalog").resolve()
    (folder / "one.yaml").write_text(ON_ONE_CUSTOMER.format(catalog=catalog))
    (folder / "journey.py").write_text(MISHAP.format(mishap=what))
    monkeypatch.setenv("MISHAP_FOLDER", str(folder))
    monkeypatch.setenv("MISHAP_MAIN", str(os.getpid()))
    return folder / "one.yaml"
