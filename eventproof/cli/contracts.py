"""`eventproof contracts`: derive the contracts of a catalog and write them; its commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventproof.cli import exits
from eventproof.cli.contracts_compare import compare_command
from eventproof.cli.contracts_diff import diff_command
from eventproof.cli.contracts_matrix import matrix_command
from eventproof.cli.contracts_validate import validate_command
from eventproof.cli.output import write_text
from eventproof.findings import NothingToCheck, as_text

if TYPE_CHECKING:
    from eventproof.contracts import Contract, Contracts


@click.group("contracts")
def contracts_group() -> None:
    """Derive JSON Schema contracts from a catalog; prove or refute compatibility.

    Settings stand under [contracts] in eventproof.toml, at or above the catalog.
    """


@contracts_group.command("build")
@click.argument("catalog", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to. [default: contracts, beside the catalog]",
)
@click.option("--check", is_flag=True, help="Write nothing; fail when the files on disk differ.")
def build_command(catalog: Path, out: Path | None, check: bool) -> None:
    """Write the contract of every message version of CATALOG.

    A contract comes from the message's schema file; where there is none, from an OpenAPI or
    AsyncAPI document of its services, or else from the payload examples in its page. Files that
    are as they should be are left untouched.
    """
    from eventproof.catalog import load
    from eventproof.contracts import build, files

    contracts = build(load(catalog))
    if contracts.problems:
        click.echo(as_text(contracts.problems), err=True)
    if not contracts.contracts:
        raise NothingToCheck(
            f"{catalog} has no message with a schema or a payload example.",
            hint="name a JSON Schema as schemaPath, or show a payload in a ```json block.",
        )
    folder = out or catalog.absolute().parent / "contracts"
    wanted = files(contracts)
    differing = [name for name, text in wanted.items() if _on_disk(folder / name) != text]
    stale = _stale(folder, wanted)
    if check:
        _report_differences(folder, differing, stale)
        return
    for name in differing:
        write_text(folder / name, wanted[name])
    click.echo(_lines(contracts))
    for name in stale:
        click.echo(f"stale: {folder / name} belongs to no message; delete it", err=True)


for command in (compare_command, diff_command, matrix_command, validate_command):
    contracts_group.add_command(command)


def _lines(contracts: Contracts) -> str:
    names = [str(contract.message) for contract in contracts.contracts]
    width = max(len(name) for name in names)
    return "\n".join(
        f"{name:<{width}}  {contract.provenance:<9} <- {contract.source}{_place(contract)}"
        for name, contract in zip(names, contracts.contracts, strict=True)
    )


def _place(contract: Contract) -> str:
    return f"#{contract.pointer}" if contract.pointer else ""


def _on_disk(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _stale(folder: Path, wanted: dict[str, str]) -> list[str]:
    """Contracts on disk that no message has any more; only folders of message types count."""
    kinds = ("command", "event", "query")
    found = (path for kind in kinds for path in sorted((folder / kind).rglob("*.json")))
    names = (path.relative_to(folder).as_posix() for path in found)
    return [name for name in names if name not in wanted]


def _report_differences(folder: Path, differing: list[str], stale: list[str]) -> None:
    for name in differing:
        state = "differs" if (folder / name).exists() else "missing"
        click.echo(f"{state:<8} {folder / name}")
    for name in stale:
        click.echo(f"{'stale':<8} {folder / name}")
    if differing or stale:
        click.echo("run `eventproof contracts build` and commit the result", err=True)
        raise click.exceptions.Exit(exits.FOUND)
    click.echo("contracts are up to date", err=True)
