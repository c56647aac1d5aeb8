"""Scenario files: what runs, on which stock, for which customers, and what must hold.

The format is stated in `scenario.schema.json`, which editors can use too. Whatever is wrong with a
file is one sentence with its line: an unknown key names the nearest known one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from eventproof.catalog import YamlTextError, find_in_yaml, load_yaml
from eventproof.findings import Problem, nearest, shortened
from eventproof.simulator.arrivals import Rate
from eventproof.simulator.attempts import Retry
from eventproof.simulator.durations import Length
from eventproof.simulator.network import Guarantee, Left, Network
from eventproof.simulator.pace import Latency, Place, latency_of, length_at, pace_of
from eventproof.simulator.sampling import Search
from eventproof.simulator.search import Budget
from eventproof.simulator.sqlite_store import Journal, SQLite
from eventproof.simulator.steps import Isolation, Mode

SIZE_BOUND = 1_000_000
"""Bytes of a scenario file; a larger one is none."""


Reference = str | Any
"""`path.py:name` in a scenario file; in Python, the object itself."""

PROPERTIES = ("always", "sometimes", "eventually")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What an external system may answer, with weights for timed runs."""

    weights: tuple[tuple[str, float], ...]
    takes_s: Length | None = None
    """How long it takes to answer; None: as the scenario's `latency` says of all."""

    @classmethod
    def of(cls, *names: str, **weights: float) -> Outcomes:
        """Answers that are as likely as each other, or as likely as their weights."""
        return cls((*((name, 1.0) for name in names), *weights.items()))

    @property
    def names(self) -> tuple[str, ...]:
        """The answers, in the file's order."""
        return tuple(name for name, _ in self.weights)


@dataclass(frozen=True, slots=True)
class Customers:
    """Who comes, and what each wants."""

    count: int = 0
    cart: tuple[tuple[str, int], ...] = ()
    """Pairs of product and quantity that each wants."""
    journey: Reference | None = None
    """The function that each runs; None: the documented order flow."""
    allocate: str = "guarded"
    allocate_at: str = "payment"
    policy: Mapping[str, Any] | None = None
    """Of a purchase on the whole engine, in place of the order flow."""
    think_time_s: Length = 5.0
    """How long each pauses before each stage of the order flow."""
    arrivals_per_s: float | tuple[Rate, ...] = 10.0
    """One rate, or one after the other."""
    patience_s: Length | None = None
    """How long each bears being in the shop in timed runs; None: for ever."""
    retry: Retry | None = None
    """Who comes again in timed runs; None: nobody."""

    @property
    def rates(self) -> tuple[Rate, ...]:
        """The rates at which they come in timed runs."""
        said = self.arrivals_per_s
        return said if isinstance(said, tuple) else (Rate(said),)


@dataclass(frozen=True)
class Scenario:
    """One scenario, of a file or written in Python."""

    name: str
    catalog: Path
    customers: Customers = field(default_factory=Customers)
    path: Path = Path("scenario.py")
    """The file; relative paths begin in its folder."""
    shown: str = "the scenario"
    """The path as the user typed it."""
    stock: Mapping[str, int] = field(default_factory=dict)
    """Product -> units; without any there is no inventory."""
    warehouses: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name -> what it keeps beside the shop's own stock."""
    tables: Reference | None = None
    """The `sqlalchemy.MetaData` of tables of one's own."""
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Table -> rows of one's own at the start."""
    actors: Mapping[str, Reference] = field(default_factory=dict)
    """Who acts beside the customers: name -> function."""
    handlers: Mapping[str, Reference] = field(default_factory=dict)
    """Service id -> class."""
    stubs: tuple[str, ...] | Literal["all"] = ()
    """The services that play what their pages describe."""
    external: Mapping[str, Outcomes] = field(
        default_factory=lambda: {"payment": Outcomes.of("approve", "decline")}
    )
    driver: str = "explore"
    """Which driver `prove` uses: `explore` or `timed`."""
    expect: str | None = None
    isolation: Isolation = Isolation.READ_COMMITTED
    sqlite: SQLite | None = None
    """The SQLite that the store behaves like; None: it is a PostgreSQL."""
    always: tuple[Reference, ...] = ("never-oversold", "ledger-balances")
    sometimes: tuple[Reference, ...] = ()
    eventually: tuple[Reference, ...] = ()
    budget: Budget = field(default_factory=Budget)
    search: Search | None = None
    """Runs at random in place of exploring."""
    latency: Latency = field(default_factory=Latency)
    faults: Network | None = None
    """What the network may do; the channels' guarantees come from the catalog."""
    ordered: Mapping[str, str | None] = field(default_factory=dict)
    """Channel -> the field of its messages that is their key: those of one are in order. None:
    they are in none, whatever the channel's page says."""
    at_once: Mapping[str, int] = field(default_factory=dict)
    """Service -> how many messages it handles at a time; any number of those not named."""
    warm_up_s: float = 0.0
    """In timed runs: simulated seconds from the beginning of which nothing is counted."""
    seed: int = 1
    text: str = field(default="", repr=False, compare=False)
    """What the file holds, to say on which line something stands."""

    def place(self, *keys: str | int) -> str:
        """Where a key or item of the file stands, for messages: `mine.yaml:3`."""
        return _place(self.text, self.shown, *keys) if self.text else self.shown

    @property
    def folder(self) -> Path:
        """Where the file's relative paths begin."""
        return self.path.parent

    @property
    def has_inventory(self) -> bool:
        """Whether there is stock to sell; without any, tables of its names are somebody's own."""
        return bool(self.stock or self.warehouses)

    def as_expected(self, verdict: str) -> bool:
        """Whether a verdict is the one that the file asks for."""
        return verdict == self.expect if self.expect else verdict in ("proved", "passed")


def load_scenario(path: Path | str) -> Scenario:
    """The scenario in a file. `Problem` with the line when anything is wrong with it."""
    shown = str(path)
    file = Path(path)
    text = _text(file, shown)
    body = _parsed(text, shown)
    _demand_valid(body, text, shown)
    _demand_one_database(body, text, shown)
    _demand_told(body, text, shown)
    place = partial(_place, text, shown)
    return replace(_scenario(body, file.resolve(), shown, place), text=text)


def _text(file: Path, shown: str) -> str:
    try:
        if file.stat().st_size > SIZE_BOUND:
            raise Problem(f"{shown} is larger than {SIZE_BOUND} bytes; no scenario is.")
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Problem(f"{shown} is not UTF-8 text.") from error
    except OSError as error:
        raise Problem(
            f"{shown} cannot be read: {error.strerror}.",
            hint="name a scenario file, such as scenarios/last-unit.yaml",
        ) from error


def _parsed(text: str, shown: str) -> Any:
    try:
        body = load_yaml(text)
    except YamlTextError as error:
        place = f"{shown}:{error.line}" if error.line else shown
        said = f"broken YAML: {error.said}" if error.said else f"the file {error.sentence}"
        raise Problem(f"{place}: {said}.") from error
    _demand_text_keys(body, text, shown, ())
    return body


def _demand_text_keys(value: Any, text: str, shown: str, path: tuple[Any, ...]) -> None:
    """Every key is text: the reader bounds the depth, so this may recurse."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            _demand_text_keys(item, text, shown, (*path, position))
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                line = _line_of(text, (*path, key))
                said = "~" if key is None else str(key).lower()
                raise Problem(
                    f"{shown}:{line}: the key {said} is not text.", hint="put it in quotes"
                )
            _demand_text_keys(item, text, shown, (*path, key))


def _demand_valid(body: Any, text: str, shown: str) -> None:
    # A mistyped key is mostly a missing one too; the mistyped one is what to tell.
    errors = sorted(
        _validator().iter_errors(body),
        key=lambda e: (e.validator != "additionalProperties", [str(p) for p in e.absolute_path]),
    )
    if not errors:
        return
    error = errors[0]
    path = list(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {})
        unknown = next(key for key in error.instance if key not in known)
        near = nearest(str(unknown), known)
        line = _line_of(text, [*path, unknown])
        hint = f"did you mean `{near}`?" if near else f"known keys: {', '.join(known)}"
        raise Problem(f"{shown}:{line}: unknown key `{unknown}`.", hint=hint)
    where = ".".join(str(part) for part in path)
    message = error.message
    if error.validator == "anyOf":
        needed = " or ".join(
            f"`{name}`" for one in error.validator_value for name in one["required"]
        )
        message = f"{needed} is missing"
    message = shortened(message)
    said = f"`{where}`: {message}" if where else message
    raise Problem(f"{shown}:{_line_of(text, path)}: {said}.", hint=_hint(error.schema))


def _demand_one_database(body: Mapping[str, Any], text: str, shown: str) -> None:
    """No key that is about the other database."""
    is_sqlite = body.get("database") == "sqlite"
    wrong = ("isolation",) if is_sqlite else ("journal", "mode", "busy_timeout_s")
    for key in wrong:
        if key in body:
            line = _line_of(text, (key,))
            said = "every transaction is serializable there" if is_sqlite else "it is for SQLite"
            other = "postgresql" if is_sqlite else "sqlite"
            hint = f"leave `{key}` out, or say `database: {other}`"
            raise Problem(f"{shown}:{line}: `{key}` means nothing here: {said}.", hint=hint)


def _demand_told(body: Mapping[str, Any], text: str, shown: str) -> None:
    """No `eventually` where `prove` would not look at it."""
    if body.get("eventually") and body.get("driver") == "timed":
        line = _line_of(text, ("eventually",))
        raise Problem(
            f"{shown}:{line}: a timed run cannot tell what every run comes to.",
            hint="leave `eventually` out, or say `driver: explore`",
        )


def _hint(schema: Any) -> str | None:
    return schema.get("description") if isinstance(schema, dict) else None


def _scenario(body: dict[str, Any], file: Path, shown: str, place: Place) -> Scenario:
    customers = {"count": 0, **body.get("customers", {})}
    customers["cart"] = _pairs(customers.get("cart", {}))
    customers |= pace_of(customers, place)
    external = {
        name: _outcomes(said, place, "external", name)
        for name, said in body.get("external", {}).items()
    }
    either = {"outcomes": ["approve", "decline"]}
    external["payment"] = _outcomes(body.get("payment", either), place, "payment")
    optional: dict[str, Any] = {
        key: body[key]
        for key in (
            "actors",
            "at_once",
            "driver",
            "expect",
            "handlers",
            "ordered",
            "seed",
            "stock",
            "tables",
            "warehouses",
            "warm_up_s",
        )
        if key in body
    }
    if "rows" in body:
        optional["rows"] = {name: tuple(rows) for name, rows in body["rows"].items()}
    if "stock" not in body:
        optional["always"] = ()  # what is checked without being named speaks of the inventory
    optional |= {key: tuple(body[key]) for key in PROPERTIES if key in body}
    if "stubs" in body:
        optional["stubs"] = body["stubs"] if body["stubs"] == "all" else tuple(body["stubs"])
    if "faults" in body:
        optional["faults"] = _network(body["faults"])
    if body.get("database") == "sqlite":
        optional["sqlite"] = SQLite(
            Journal(body.get("journal", Journal.ROLLBACK)),
            Mode(body.get("mode", Mode.DEFERRED)),
            body.get("busy_timeout_s", 0.0),
        )
    if "isolation" in body:
        optional["isolation"] = Isolation(body["isolation"])
    return Scenario(
        path=file,
        shown=shown,
        name=body["scenario"],
        catalog=(file.parent / body["catalog"]).resolve(),
        customers=Customers(**customers),
        external=external,
        budget=Budget(**body.get("budget", {})),
        search=Search(**body["search"]) if "search" in body else None,
        latency=latency_of(body.get("latency", {}), place),
        **optional,
    )


def _network(said: Mapping[str, Any]) -> Network:
    budget = {name: said[name] for name in Left._fields if name in said}
    rest = {"rate": said["rate"]} if "rate" in said else {}
    default = Guarantee(said.get("guarantee", Guarantee.AT_LEAST_ONCE))
    return Network(Left(**budget), default=default, **rest)


def _outcomes(said: Mapping[str, Any], place: Place, *keys: str) -> Outcomes:
    """What an external system may answer, and how long it takes."""
    declared = said["outcomes"]
    weighted = declared if isinstance(declared, dict) else dict.fromkeys(declared, 1.0)
    weights = tuple((name, float(weight)) for name, weight in weighted.items())
    takes_s = said.get("takes_s")
    if takes_s is not None:
        takes_s = length_at(takes_s, place, *keys, "takes_s")
    return Outcomes(weights, takes_s)


def _pairs(cart: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(cart.items())


def _place(text: str, shown: str, *keys: str | int) -> str:
    return f"{shown}:{_line_of(text, keys)}"


def _line_of(text: str, path: Iterable[Any]) -> int:
    """The line of a key or item; the nearest enclosing one where it has none of its own."""
    spot = find_in_yaml(text, tuple(path))
    if spot is None:
        return 1
    return (spot.key or spot.value).line


@lru_cache(maxsize=1)  # the schema is data and never changes
def _validator() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    text = files("eventproof.simulator").joinpath("scenario.schema.json").read_text("utf-8")
    # JSON has no infinity, and to JSON Schema 2.0 is an integer; a count of 2.0 is a slip here.
    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_finite}
    )
    strict = extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call] # its stubs leave it out
    return strict(json.loads(text))


def _is_integer(_checker: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(checker: Any, value: Any) -> bool:
    return _is_integer(checker, value) or (isinstance(value, float) and math.isfinite(value))
