"""The documented order flow as the benchmarks run it: a scenario file, made ready as any other."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from eventproof.simulator import Prepared, load_scenario, prepare

CATALOG = Path(__file__).parents[1] / "examples" / "acme" / "catalog"

SCENARIO = """\
scenario: the documented order flow
catalog: {catalog}
stock: {{tea: {units}}}
customers:
  count: {customers}
  cart: {{tea: 1}}
  allocate: {allocate}
  arrivals_per_s: {arrivals_per_s}
{latency}payment: {{outcomes: {{approve: 0.95, decline: 0.05}}}}
always: [never-oversold, ledger-balances]
"""


def order_flow_shop(
    *,
    allocate: str,
    customers: int,
    units: int,
    arrivals_per_s: float = 10.0,
    connections: int | None = None,
) -> Prepared:
    """Prepare the flow for customers who want one unit each; `allocate`: `guarded` or `naive`."""
    text = SCENARIO.format(
        catalog=CATALOG,
        units=units,
        customers=customers,
        allocate=allocate,
        arrivals_per_s=arrivals_per_s,
        latency=f"latency: {{connections: {connections}}}\n" if connections else "",
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "order-flow.yaml"
        file.write_text(text, encoding="utf-8")
        return prepare(load_scenario(file))
