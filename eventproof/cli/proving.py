"""What `prove` does with a project, and the record of what came of it.

Each part is entered through its door and told what the one before has made; a scenario that cannot
be run at all is kept as a sentence, and the others are run all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventproof.catalog import Catalog, load
from eventproof.cli.check_settings import check_settings_for
from eventproof.cli.checking import all_rules, check_catalog
from eventproof.cli.contracts_settings import judging
from eventproof.cli.output import write_text
from eventproof.cli.project import Project
from eventproof.cli.running import Explored, exploration_record, run_exploration, typed
from eventproof.cli.timing import Timed, run_timed, timed_record
from eventproof.contracts import Contracts, build
from eventproof.contracts import files as contract_files
from eventproof.findings import (
    Finding,
    NothingToCheck,
    Problem,
    Summary,
    as_records,
    read_baseline,
)
from eventproof.generators import GeneratedFile, generate_all_python
from eventproof.simulator import Scenario, load_scenario, prepare


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a scenario could not be run."""

    sentence: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class Ran:
    """A scenario file and what came of it."""

    file: str
    result: Explored | Timed | Broken

    @property
    def as_expected(self) -> bool:
        """Whether it could be run, and its verdict is the expected one."""
        return not isinstance(self.result, Broken) and self.result.as_expected


@dataclass(frozen=True)
class Proof:
    """Everything that is known of a project after `prove`."""

    project: Project
    catalog: Catalog
    findings: tuple[Finding, ...]
    contracts: Contracts
    stubs: tuple[GeneratedFile, ...]
    stale_stubs: tuple[str, ...]
    """Stubs that the team keeps and that no longer are what the catalog says."""
    ran: tuple[Ran, ...]

    @property
    def faults(self) -> Summary:
        """How many findings there are of each severity."""
        return Summary.of(self.findings)

    @property
    def unexpected(self) -> tuple[Ran, ...]:
        """Scenarios with another verdict than the expected one, or none at all."""
        return tuple(ran for ran in self.ran if not ran.as_expected)

    @property
    def broken(self) -> tuple[Ran, ...]:
        """Scenarios that could not be run."""
        return tuple(ran for ran in self.ran if isinstance(ran.result, Broken))

    @property
    def grave(self) -> tuple[Finding, ...]:
        """Findings that make the project fail."""
        threshold = self.project.fail_on
        return tuple(f for f in self.findings if f.severity.at_least(threshold))

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.grave or self.stale_stubs or self.unexpected)


def prove(project: Project, waiving: Mapping[str, Any]) -> Proof:
    """Check, build, generate, run. `NothingToCheck` when the project has no catalog.

    `waiving` holds the options on waivers.
    """
    catalog = load(project.catalog)
    if not catalog.files:
        raise NothingToCheck(
            f"{project.catalog} has no index file of an EventCatalog.",
            hint="name a folder with services/, events/ or domains/ in it",
        )
    contracts = build(catalog)
    stubs = generate_all_python(catalog, contracts)
    _write(project.work / "contracts", contract_files(contracts))
    _write(project.work / "stubs", {stub.name: stub.text for stub in stubs})
    return Proof(
        project=project,
        catalog=catalog,
        findings=_findings(catalog, waiving),
        contracts=contracts,
        stubs=stubs,
        stale_stubs=_stale(project.generated, stubs),
        ran=tuple(_run(file, project, catalog, contracts) for file in project.scenario_files()),
    )


def _findings(catalog: Catalog, waiving: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What `check` finds, under the project's settings, suppressions and baseline."""
    settings = check_settings_for(catalog.root, all_rules())
    terms, leniency = judging(catalog.root, waiving)
    checked = check_catalog(
        catalog,
        layers=(settings.layer,),
        overrides=settings.overrides,
        patterns_from=settings.folder,
        baseline=read_baseline(settings.baseline) if settings.baseline else (),
        terms=terms,
        leniency=leniency,
    )
    return checked.findings


def proof_record(proof: Proof) -> dict[str, Any]:
    """The proof as it stands in JSON, without the format line."""
    faults = proof.faults
    return {
        "project": proof.project.name,
        "verdict": "holds" if proof.holds else "fails",
        "findings": {
            "summary": {"error": faults.error, "warning": faults.warning, "info": faults.info},
            "all": as_records(proof.findings),
        },
        "contracts": [str(contract.message) for contract in proof.contracts.contracts],
        "stubs": [stub.name for stub in proof.stubs],
        "stale_stubs": list(proof.stale_stubs),
        "scenarios": [_ran_record(ran) for ran in proof.ran],
    }


def _run(file: Path, project: Project, catalog: Catalog, contracts: Contracts) -> Ran:
    shown = typed(file)
    try:
        scenario = load_scenario(shown)
        if scenario.driver == "timed":
            seeds = [scenario.seed]
            timed = run_timed(
                scenario, seeds=seeds, catalog=catalog, contracts=contracts, work=project.root
            )
            return Ran(shown, timed)
        return Ran(shown, _explored(scenario, project, catalog, contracts))
    except Problem as problem:
        return Ran(shown, Broken(problem.sentence, problem.hint))


def _explored(
    scenario: Scenario, project: Project, catalog: Catalog, contracts: Contracts
) -> Explored:
    prepared = prepare(scenario, catalog=catalog, contracts=contracts)
    return run_exploration(prepared, work=project.root)


def _write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        file = folder / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            write_text(file, text)


def _stale(folder: Path, stubs: tuple[GeneratedFile, ...]) -> tuple[str, ...]:
    """Stubs in the team's folder that differ; a team without the folder keeps none."""
    if not folder.is_dir():
        return ()
    return tuple(
        typed(folder / stub.name)
        for stub in stubs
        if (folder / stub.name).is_file()
        and (folder / stub.name).read_text(encoding="utf-8") != stub.text
    )


def _ran_record(ran: Ran) -> dict[str, Any]:
    result = ran.result
    if isinstance(result, Broken):
        return {
            "file": ran.file,
            "driver": None,
            "verdict": "error",
            "error": result.sentence,
            "hint": result.hint,
        }
    if isinstance(result, Timed):
        return {"file": ran.file, "driver": "timed", **timed_record(result)}
    return {"file": ran.file, "driver": "explore", **exploration_record(result, seconds=False)}
