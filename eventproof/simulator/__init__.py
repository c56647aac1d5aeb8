"""The running catalog: handlers on a transactional store, explored, timed and replayed.

What handlers use (`Context` and its words) and what commands use (scenarios, drivers, tapes).
"""

from eventproof.simulator.arrivals import Rate
from eventproof.simulator.attempts import ABANDONED, Attempts, Retry
from eventproof.simulator.channels import guarantees_of
from eventproof.simulator.cluster import Cluster
from eventproof.simulator.context import (
    Context,
    Transaction,
    at_least,
    at_most,
    equal,
    minus,
    plus,
    unlike,
)
from eventproof.simulator.durations import Constant, Empirical, Exponential, Uniform, lognormal
from eventproof.simulator.errors import DatabaseError, Refused, TimedOut
from eventproof.simulator.gallery import (
    GALLERY,
    Entry,
    Played,
    Race,
    Variant,
    digest_of_race,
    play_race,
    race_model,
    race_of,
    races,
    smaller_race,
)
from eventproof.simulator.intervals import Interval, interval
from eventproof.simulator.measures import CONFLICTS, CONFLICTS_AGAIN, Sales, Tally, TimedRun
from eventproof.simulator.model import Customer, Model
from eventproof.simulator.network import Network
from eventproof.simulator.pace import Latency
from eventproof.simulator.policies import with_policy
from eventproof.simulator.preparation import Prepared, prepare, with_data
from eventproof.simulator.properties import Always, Eventually, Sometimes, View
from eventproof.simulator.recording import record
from eventproof.simulator.replay import Moment, Replayed, replay_tape
from eventproof.simulator.sampling import Search, explore_or_sample, sample
from eventproof.simulator.scenario import Customers, Outcomes, Scenario, load_scenario
from eventproof.simulator.search import Budget, Exploration, Standing, Violation, explore
from eventproof.simulator.set_order import demand_one_order
from eventproof.simulator.shadow import Shadowed, replay_on_postgres, replay_on_sqlite
from eventproof.simulator.sqlite_store import Journal, SQLite
from eventproof.simulator.statements import Isolation, Mode
from eventproof.simulator.story import Story, smaller, tell, tell_steps
from eventproof.simulator.sweeps import Crew, sweep
from eventproof.simulator.tape import Tape, TapeStep, dump, read_tape
from eventproof.simulator.threads import LiveRun, run_live
from eventproof.simulator.timed import simulate
from eventproof.simulator.trace import Line, timeline_lines
from eventproof.simulator.traffic import CatalogRun, Faults, Incident, cast_of, merged, run_catalog
from eventproof.simulator.watchdog import watching

__all__ = [
    "ABANDONED",
    "CONFLICTS",
    "CONFLICTS_AGAIN",
    "GALLERY",
    "Always",
    "Attempts",
    "Budget",
    "CatalogRun",
    "Cluster",
    "Constant",
    "Context",
    "Crew",
    "Customer",
    "Customers",
    "DatabaseError",
    "Empirical",
    "Entry",
    "Eventually",
    "Exploration",
    "Exponential",
    "Faults",
    "Incident",
    "Interval",
    "Isolation",
    "Journal",
    "Latency",
    "Line",
    "LiveRun",
    "Mode",
    "Model",
    "Moment",
    "Network",
    "Outcomes",
    "Played",
    "Prepared",
    "Race",
    "Rate",
    "Refused",
    "Replayed",
    "Retry",
    "SQLite",
    "Sales",
    "Scenario",
    "Search",
    "Shadowed",
    "Sometimes",
    "Standing",
    "Story",
    "Tally",
    "Tape",
    "TapeStep",
    "TimedOut",
    "TimedRun",
    "Transaction",
    "Uniform",
    "Variant",
    "View",
    "Violation",
    "at_least",
    "at_most",
    "cast_of",
    "demand_one_order",
    "digest_of_race",
    "dump",
    "equal",
    "explore",
    "explore_or_sample",
    "guarantees_of",
    "interval",
    "load_scenario",
    "lognormal",
    "merged",
    "minus",
    "play_race",
    "plus",
    "prepare",
    "race_model",
    "race_of",
    "races",
    "read_tape",
    "record",
    "replay_on_postgres",
    "replay_on_sqlite",
    "replay_tape",
    "run_catalog",
    "run_live",
    "sample",
    "simulate",
    "smaller",
    "smaller_race",
    "sweep",
    "tell",
    "tell_steps",
    "timeline_lines",
    "unlike",
    "watching",
    "with_data",
    "with_policy",
]
