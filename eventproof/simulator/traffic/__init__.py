"""Traffic: any catalog runs, without a line of code.

`cast_of` makes of a catalog who receives what and what that makes them send; `run_catalog` lets
messages fly in simulated time, with payloads drawn from the contracts, and keeps what went wrong
as incidents; `merged` puts the incidents of several seeds together.
"""

from eventproof.simulator.traffic.cast import Cast, Emission, Receiver, Sent, cast_of
from eventproof.simulator.traffic.faults import Faults
from eventproof.simulator.traffic.incidents import Incident, merged
from eventproof.simulator.traffic.running import CatalogRun, run_catalog

__all__ = [
    "Cast",
    "CatalogRun",
    "Emission",
    "Faults",
    "Incident",
    "Receiver",
    "Sent",
    "cast_of",
    "merged",
    "run_catalog",
]
