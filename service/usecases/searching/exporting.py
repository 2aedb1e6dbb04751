"""Exporting what was found: a table of the hits as CSV or as a workbook, never more than is found and allowed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from service.audit import Audit
from service.domain.holdings import Finding, Question
from service.domain.permissions import Actor, search_scope
from service.errors import Forbidden
from service.usecases.searching.finding import FindingRecords
from service.usecases.tables import as_csv, as_workbook

MOST = 10_000
"""Rows of one export: enough for a list on paper; a whole archive leaves by other ways."""

WIDTHS = (48, 28, 16, 28, 12, 14, 10, 12)
"""Of the columns of a workbook, in characters."""


@dataclass(frozen=True, slots=True)
class Table:
    """How a hit becomes a row: the heads, and the texts of one hit in their order."""

    heads: Sequence[str]
    cells: Callable[[Finding], Sequence[str]]


class Exporting:
    """Takes the list of what answers a question away; the contents of the files stay where they are."""

    def __init__(self, finding: FindingRecords, audit: Audit) -> None:
        self._finding, self._audit = finding, audit

    def csv(self, actor: Actor, question: Question, table: Table) -> Iterator[bytes]:
        """The table as `tables.as_csv` writes it, page by page.

        Raises `Forbidden`, and `Unavailable("search")` before the first piece.
        """
        return as_csv(self._lines(actor, question, table, "csv"))

    def workbook(self, actor: Actor, question: Question, table: Table) -> Iterator[bytes]:
        """The table as `tables.as_workbook` writes it. Raises as `csv`."""
        return as_workbook(self._lines(actor, question, table, "xlsx"), WIDTHS)

    def _lines(self, actor: Actor, question: Question, table: Table, kind: str) -> Iterator[Sequence[str]]:
        if not search_scope(actor):
            raise Forbidden
        found = self._finding.each(actor, question, most=MOST)
        first = next(found, None)
        yield table.heads
        rows = 0
        try:
            while first is not None:
                rows += 1
                yield table.cells(first)
                first = next(found, None)
        finally:
            self._audit.insert(actor, "export_search", result="done", format=kind, rows=rows)
