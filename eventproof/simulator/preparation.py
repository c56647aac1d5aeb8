"""Makes a scenario ready to run: its catalog read, its contracts built, its handlers loaded."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from eventproof.catalog import Catalog, load
from eventproof.contracts import Contracts, build, violations
from eventproof.contracts import files as contract_files
from eventproof.findings import Problem, nearest
from eventproof.simulator.actors import CONTRACT_KEPT, NOTHING_LOST, READABLE
from eventproof.simulator.channels import carried_of, network_of, turns_of
from eventproof.simulator.handlers import load_named
from eventproof.simulator.inventory import (
    ALWAYS,
    SOMETIMES,
    STRATEGIES,
    initial_rows,
    metadata,
    order_flow,
    policy_of,
    purchase,
    warehouse_rows,
)
from eventproof.simulator.model import Customer, Model
from eventproof.simulator.own import own_always, own_eventually, own_sometimes
from eventproof.simulator.own_tables import own_rows, own_tables
from eventproof.simulator.programs import Route
from eventproof.simulator.properties import NEVER_STUCK, Eventually, View
from eventproof.simulator.raised import words_of
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.sources import digest_of, sources_of
from eventproof.simulator.stubs import Stubs, stubs_of
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.watchdog import IMPORT_PATIENCE_S, watching

Named = TypeVar("Named")

BUILT_IN = (CONTRACT_KEPT, READABLE, NEVER_STUCK)
"""Properties that are checked whether a scenario names them or not."""

EVERY_END = "every journey ends"
"""An `eventually` property that is known."""


@dataclass(frozen=True)
class Prepared:
    """A scenario with the model that it describes."""

    scenario: Scenario
    model: Model
    catalog_digest: str
    handlers_digest: str


def prepare(
    scenario: Scenario, *, catalog: Catalog | None = None, contracts: Contracts | None = None
) -> Prepared:
    """The model of a scenario. `catalog` and `contracts`, where they have been read already.

    `Problem` when it names a service, a file, a class or a property that does not exist.
    """
    if catalog is None or catalog.root.resolve() != scenario.catalog:
        catalog, contracts = _loaded(scenario), None
    contracts = contracts or build(catalog)
    with watching(patience_s=IMPORT_PATIENCE_S):
        return _prepared(scenario, catalog, contracts)


def _loaded(scenario: Scenario) -> Catalog:
    if not scenario.catalog.exists():
        named = Path(os.path.relpath(scenario.catalog, scenario.folder.resolve())).as_posix()
        raise Problem(
            f"{scenario.place('catalog')}: there is no folder {named}.",
            hint="a scenario's paths begin in its own folder",
        )
    return load(scenario.catalog)


def _prepared(scenario: Scenario, catalog: Catalog, contracts: Contracts) -> Prepared:
    engine = tuple(metadata.sorted_tables) if scenario.stock else ()
    tables = own_tables(scenario, taken=[table.name for table in engine])
    stubs = stubs_of(catalog, contracts, scenario)
    scenario = replace(scenario, external={**scenario.external, **stubs.conditions})
    model = Model(
        customers=_customers(scenario),
        journey=_journey(scenario),
        rows={**_rows(scenario), **own_rows(scenario, tables)},
        tables=(*engine, *tables),
        routes=_routes(scenario, catalog, stubs),
        outcomes={name: answers.names for name, answers in scenario.external.items()},
        isolation=scenario.isolation,
        sqlite=scenario.sqlite,
        always=_named(scenario, "always", ALWAYS, own_always, also=(*BUILT_IN, NOTHING_LOST)),
        sometimes=_named(scenario, "sometimes", SOMETIMES, own_sometimes),
        eventually=_named(scenario, "eventually", _in_the_end(scenario), own_eventually),
        fault_of=_fault_finder(contracts),
        network=network_of(scenario, catalog),
        turns=turns_of(scenario, catalog, contracts),
        carried=carried_of(scenario, catalog),
        ignored_faults=frozenset({NOTHING_LOST} - set(scenario.always)),
    )
    return Prepared(
        scenario=scenario,
        model=model,
        catalog_digest=_digest(catalog, contracts),
        handlers_digest=digest_of(code_of(scenario), folder=scenario.folder),
    )


def with_data(prepared: Prepared, *, customers: int, stock: Mapping[str, int]) -> Prepared:
    """The same scenario with other numbers of customers and units; nothing is read again."""
    before = prepared.scenario
    scenario = replace(
        before, customers=replace(before.customers, count=customers), stock=dict(stock)
    )
    rows = rows_on(prepared, stock)
    model = replace(prepared.model.among(_customers(scenario)), rows=rows)
    return replace(prepared, scenario=scenario, model=model)


def rows_on(prepared: Prepared, stock: Mapping[str, int]) -> Mapping[Key, Row]:
    """The rows at the start, with that stock in place of the scenario's."""
    return {**prepared.model.rows, **_rows(replace(prepared.scenario, stock=dict(stock)))}


def _digest(catalog: Catalog, contracts: Contracts) -> str:
    """One digest over the catalog's pages and the contracts that its schema files make."""
    summed = hashlib.sha256(catalog.digest.encode())
    for name, text in contract_files(contracts).items():
        summed.update(f"{name}\0{text}\0".encode())
    return summed.hexdigest()


def _customers(scenario: Scenario) -> tuple[Customer, ...]:
    unknown = [product for product, _ in scenario.customers.cart if product not in scenario.stock]
    if unknown:
        near = nearest(unknown[0], scenario.stock)
        raise Problem(
            f"{scenario.place('customers', 'cart', unknown[0])}: customers want {unknown[0]}, "
            "which is not in stock at all.",
            hint=f"did you mean `{near}`?" if near else f"add `{unknown[0]}: 0` to stock",
        )
    count, cart = scenario.customers.count, scenario.customers.cart
    customers = [Customer(f"customer-{number}", cart) for number in range(1, count + 1)]
    return (*customers, *_actors(scenario))


def _actors(scenario: Scenario) -> Iterable[Customer]:
    for name, reference in scenario.actors.items():
        place = scenario.place("actors", name)
        journey = _function(reference, scenario, place)
        if name.startswith("customer-"):
            raise Problem(
                f"{place}: {name} is a customer's name.", hint="call the actor otherwise"
            )
        yield Customer(name, journey=journey)


def _journey(scenario: Scenario) -> Callable[..., Any]:
    customers = scenario.customers
    if customers.policy is not None:
        _demand_policy(scenario, customers.policy)
        return purchase(policy_of(customers.policy, scenario.warehouses))
    if customers.journey is None:
        return order_flow(
            allocate=customers.allocate,
            allocate_at=customers.allocate_at,
            think_time_s=customers.think_time_s,
        )
    return _function(customers.journey, scenario, scenario.place("customers", "journey"))


def _function(reference: Any, scenario: Scenario, place: str) -> Callable[..., Any]:
    found = load_named(reference, folder=scenario.folder, shown=place)
    if isinstance(found, type) or not callable(found):
        raise Problem(
            f"{place}: {reference} is no function.",
            hint="a coroutine function of a customer and ctx: `async def buy(customer, ctx)`",
        )
    function: Callable[..., Any] = found
    return function


def _demand_policy(scenario: Scenario, policy: Mapping[str, Any]) -> None:
    """No policy that the scenario's warehouses cannot follow."""
    houses, named = scenario.warehouses, policy.get("warehouse")
    sticky, at_cart = policy.get("sourcing") == "sticky", policy.get("allocate_at") == "cart"
    sourced = next((key for key in ("sourcing", "warehouse", "split") if key in policy), None)
    if sourced is not None and not houses:
        wrong, hint = f"`{sourced}` means nothing without `warehouses`", "name the warehouses"
    elif sticky and named not in houses:
        wrong = f"`sourcing: sticky` needs one of the warehouses as `warehouse`, not {named}"
        hint = f"it has {', '.join(houses)}"
    elif houses and at_cart:
        wrong, hint = (
            "carts hold units of the shop's own stock, not of `warehouses`",
            "allocate at the checkout",
        )
    elif scenario.customers.journey is not None:
        wrong, hint = "`policy` means nothing beside `journey`", "leave one of them out"
    else:
        return
    raise Problem(f"{scenario.place('customers', 'policy')}: {wrong}.", hint=hint)


def _rows(scenario: Scenario) -> Mapping[Key, Row]:
    """The engine's rows at the start."""
    of_houses = warehouse_rows(scenario.warehouses)
    own_way = scenario.customers.journey is not None or scenario.customers.policy is not None
    if own_way or not scenario.customers.count:
        return initial_rows(scenario.stock) | of_houses
    strategy = STRATEGIES[scenario.customers.allocate]
    for system, answers in (strategy.outcomes or {}).items():
        if system not in scenario.external:
            raise Problem(
                f"{scenario.place('customers', 'allocate')}: `allocate: {strategy.name}` asks "
                f"{system}, which `external` does not name.",
                hint=f"add `external: {{{system}: {{outcomes: [{', '.join(answers)}]}}}}`",
            )
    return {**strategy.rows(scenario.stock), **of_houses}


def _routes(scenario: Scenario, catalog: Catalog, stubs: Stubs) -> Mapping[str, tuple[Route, ...]]:
    services = {service.id for service in catalog.of_type("service")}
    routes: dict[str, list[Route]] = defaultdict(list)
    for message, played in stubs.routes.items():
        routes[message].extend(played)
    for service, reference in scenario.handlers.items():
        if service not in services:
            near = nearest(service, services)
            raise Problem(
                f"{scenario.place('handlers', service)}: the catalog has no service {service}.",
                hint=f"did you mean `{near}`?"
                if near
                else f"it has {', '.join(sorted(services))}",
            )
        for message, route in _routes_to(service, reference, scenario):
            routes[message].append(route)
    return {message: tuple(found) for message, found in routes.items()}


def _routes_to(service: str, reference: Any, scenario: Scenario) -> Iterable[tuple[str, Route]]:
    place = scenario.place("handlers", service)
    handler = load_named(reference, folder=scenario.folder, shown=place)
    received = getattr(handler, "RECEIVES", None)
    if (
        not isinstance(handler, type)
        or getattr(handler, "SERVICE", None) != service
        or not isinstance(received, Mapping)
    ):
        raise Problem(
            f"{place}: {reference} is not a handler of {service}.",
            hint="subclass the class that `eventproof generate python` writes for the service",
        )
    missing = sorted(getattr(handler, "__abstractmethods__", ()))
    if missing:
        raise Problem(f"{place}: {reference} does not define {', '.join(missing)}.")
    for message, (method, message_class) in received.items():
        yield message, Route(service, handler, method, message_class)


def _named(
    scenario: Scenario,
    kind: str,
    known: Mapping[str, Named],
    own: Callable[..., Named],
    *,
    also: tuple[str, ...] = (),
) -> tuple[Named, ...]:
    found = []
    for at, name in enumerate(getattr(scenario, kind)):
        place = scenario.place(kind, at)
        if not isinstance(name, str):
            found.append(own(_name_of(name), name, place=place))
        elif name in known:
            found.append(known[name])
        elif ":" in name:
            loaded = load_named(name, folder=scenario.folder, shown=place)
            found.append(own(name, loaded, place=place))
        elif name not in also:
            near = nearest(name, [*known, *also])
            raise Problem(
                f"{place}: `{kind}` names the unknown property `{name}`.",
                hint=f"did you mean `{near}`?"
                if near
                else f"path.py:function, or one of {', '.join(known)}",
            )
    return tuple(found)


def _name_of(own: Any) -> str:
    """What a property that was given as an object goes by."""
    return str(getattr(own, "name", None) or getattr(own, "__name__", own))


def _in_the_end(scenario: Scenario) -> Mapping[str, Eventually]:
    """What a scenario may name under `eventually`."""
    everybody = scenario.customers.count + len(scenario.actors)
    all_end = Eventually(EVERY_END, _has_ended(everybody), counted=_has_ended)
    met = {name: Eventually(name, prop.met) for name, prop in SOMETIMES.items()}
    return {EVERY_END: all_end, **met}


def _has_ended(everybody: int) -> Callable[[View], bool]:
    return lambda view: len(view.outcomes) == everybody


def _fault_finder(contracts: Contracts) -> Callable[[Any, str], str | None]:
    # The same few messages are sent in thousands of states.
    known = lru_cache(maxsize=10_000)(partial(_fault_of, contracts))

    def fault_of(message: Any, version: str) -> str | None:
        try:
            return known(message, version)
        except TypeError:  # a message that cannot be hashed is not remembered
            return _fault_of(contracts, message, version)

    return fault_of


def _fault_of(contracts: Contracts, message: Any, version: str) -> str | None:
    contract = contracts.find(message.MESSAGE, version)
    if contract is None:
        return None
    try:
        found = violations(contract.schema, message.to_payload(), limit=1)
    except (TypeError, ValueError) as error:  # a set, or a payload that holds itself
        raise Problem(
            f"a {message.MESSAGE} {message.VERSION} cannot be written as JSON: {words_of(error)}.",
            hint="give every field a value of its type",
        ) from error
    return found[0] if found else None


def handlers_of(scenario: Scenario) -> tuple[Path, ...]:
    """The files that hold what runs in a scenario, and what they import of the same project."""
    named = (*scenario.handlers.values(), *scenario.actors.values(), scenario.customers.journey)
    return _files(scenario, named)


def code_of(scenario: Scenario) -> tuple[Path, ...]:
    """As `handlers_of`, with the files of tables and properties."""
    judging = (*scenario.always, *scenario.sometimes, *scenario.eventually, scenario.tables)
    return sources_of((*handlers_of(scenario), *_files(scenario, judging)))


def _files(scenario: Scenario, references: Iterable[Any]) -> tuple[Path, ...]:
    files = (r.rpartition(":")[0] for r in references if isinstance(r, str) and ":" in r)
    return sources_of((scenario.folder / file) for file in files)
