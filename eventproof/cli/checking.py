"""What `check` does with a catalog, and the record of what came of it.

All rules are asked first; then the pages' suppressions, the selection and the baseline each leave
some findings out, in this order, so that a suppression is not called unused, nor an entry of the
baseline gone, only because of what was selected today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eventproof.findings import (
    SUPPRESSION_KEY,
    SUPPRESSION_MARK,
    SUPPRESSION_RULES,
    Finding,
    Known,
    Layer,
    Location,
    Rule,
    Selection,
    Suppression,
    comments_in,
    compare,
    distinct,
    from_comment,
    from_frontmatter,
    printable,
    settle,
)

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource
    from eventproof.contracts import Leniency, Terms

_PAGE_SUFFIXES = (".md", ".mdx")
_PAGE_CHARS_MAX = 2 * 1024 * 1024
"""As much of a page is searched as the catalog's reader takes."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, after all that leaves findings out."""

    catalog: Catalog
    findings: tuple[Finding, ...]
    """Those that count and are new, by place."""
    suppressed: int = 0
    known: tuple[Finding, ...] = ()
    """Those that count and stand in the baseline."""
    gone: tuple[Known, ...] = ()
    """Entries of the baseline that no longer occur."""
    kept: tuple[Known, ...] = ()
    """Entries of the baseline that still occur, or may, and are not selected today."""


def all_rules() -> tuple[Rule, ...]:
    """Return the rules of all parts by their ids."""
    from eventproof.catalog import RULES as CATALOG_RULES
    from eventproof.contracts import RULES as CONTRACT_RULES

    return tuple(
        sorted((*CATALOG_RULES, *CONTRACT_RULES, *SUPPRESSION_RULES), key=lambda rule: rule.id)
    )


def check_catalog(
    catalog: Catalog,
    *,
    layers: Sequence[Layer] = (),
    overrides: Sequence[Layer] = (),
    patterns_from: Path | None = None,
    baseline: Sequence[Known] = (),
    terms: Terms | None = None,
    leniency: Leniency | None = None,
) -> Checked:
    """Ask all rules that can count, and part what they find.

    The patterns of `overrides` are relative to the folder `patterns_from`; `terms` and `leniency`
    are those of comparing contracts.
    """
    selection = Selection(tuple(layers), tuple(overrides))
    skipped = _skipped(selection)
    path_of = _paths(catalog, patterns_from)
    found = distinct(_found(catalog, skipped, terms, leniency), root=catalog.shown)
    settled = settle(
        found,
        suppressions_of(catalog, found),
        rules=all_rules(),
        skipped=skipped,
        page_of=_pages(catalog),
    )
    standing = (*settled.kept, *distinct(settled.about, root=catalog.shown))
    counting = selection.applied(standing, path_of=path_of)
    occurring = {finding.fingerprint for finding in standing}
    compared = compare(baseline, counting, occurring=occurring, skipped=skipped)
    shown = {finding.fingerprint for finding in counting}
    gone = set(compared.gone)
    return Checked(
        catalog=catalog,
        findings=tuple(sorted(compared.new, key=lambda finding: finding.sort_key)),
        suppressed=len(selection.applied(settled.suppressed, path_of=path_of)),
        known=compared.known,
        gone=compared.gone,
        kept=tuple(e for e in baseline if e not in gone and e.fingerprint not in shown),
    )


def suppressions_of(catalog: Catalog, findings: Sequence[Finding]) -> Iterator[Suppression]:
    """Return all suppressions of a catalog: of its resources, and of other pages with findings."""
    for resource in catalog.resources:
        if SUPPRESSION_KEY in resource.frontmatter:
            yield from from_frontmatter(
                resource.frontmatter,
                page=printable(resource.file),
                locate=_locator(catalog, resource),
                resource=resource.ref,
            )
        if SUPPRESSION_MARK in resource.body:
            page = printable(resource.file)
            text = _text(resource.path)
            start = max(0, len(text.rstrip()) - len(resource.body))
            for comment in comments_in(text, is_mdx=_is_mdx(page), start=start):
                yield from_comment(comment, page=page, resource=resource.ref)
    for page in _other_pages(catalog, findings):
        text = _text_inside(catalog.root, _inside(catalog, page))
        for comment in comments_in(text, is_mdx=_is_mdx(page)):
            yield from_comment(comment, page=page)


def _skipped(selection: Selection) -> frozenset[str]:
    """Return the ids of the rules that are not asked, since building contracts takes time."""
    from eventproof.contracts import RULES

    if any(selection.counts(rule.id, rule.name) for rule in RULES):
        return frozenset()
    return frozenset(rule.id for rule in RULES)


def _found(
    catalog: Catalog, skipped: frozenset[str], terms: Terms | None, leniency: Leniency | None
) -> Iterator[Finding]:
    from eventproof.catalog import check
    from eventproof.contracts import build
    from eventproof.contracts import check as check_contracts

    yield from check(catalog)
    if not skipped:
        yield from check_contracts(catalog, build(catalog), terms=terms, leniency=leniency)


def _pages(catalog: Catalog) -> Callable[[Finding], str]:
    """Return in which page a finding's suppression stands: mostly where it is located."""
    files = {resource.ref: printable(resource.file) for resource in catalog.resources}
    pages = frozenset(files.values())

    def page_of(finding: Finding) -> str:
        file = finding.location.file
        # A schema beside a page has no room for comments; its message's page speaks for it.
        if file in pages or finding.resource is None or file.endswith(_PAGE_SUFFIXES):
            return file
        return files.get(finding.resource, file)

    return page_of


def _paths(catalog: Catalog, folder: Path | None) -> Callable[[Finding], str]:
    """Return what a finding's file is called from the folder of the settings."""
    inside = catalog.root.relative_to(folder).as_posix() if folder else "."
    prefix = "" if inside == "." else f"{inside}/"
    return lambda finding: prefix + _inside(catalog, finding.location.file)


def _inside(catalog: Catalog, file: str) -> str:
    return file.removeprefix(catalog.shown).lstrip("/")


def _other_pages(catalog: Catalog, findings: Sequence[Finding]) -> Sequence[str]:
    """Return the pages that are no resources: documentation, and those that are broken."""
    own = (printable(resource.file) for resource in catalog.resources)
    documents = (document.file for document in catalog.documents)
    met = (*catalog.pages, *documents, *(finding.location.file for finding in findings))
    return sorted({file for file in met if file.endswith(_PAGE_SUFFIXES)}.difference(own))


def _locator(catalog: Catalog, resource: Resource) -> Callable[[tuple[str | int, ...]], Location]:
    return lambda path: catalog.locate(resource, path)


def _text_inside(root: Path, file: str) -> str:
    """Return a page that no resource was read from; empty for a link that leaves the catalog."""
    try:
        path = (root / file).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return ""
    # A finding may be about the very link or pipe that the reader refused to open.
    return _text(path) if path.is_relative_to(root) and path.is_file() else ""


def _text(path: Path) -> str:
    """Return a page as its reader saw it; empty where it cannot be read any more."""
    try:
        with path.open("rb") as stream:
            return stream.read(_PAGE_CHARS_MAX).decode(errors="replace")
    except OSError:
        return ""


def _is_mdx(file: str) -> bool:
    return file.endswith(".mdx")
