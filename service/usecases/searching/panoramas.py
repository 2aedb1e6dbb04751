"""Panoramas 全景: everything there is of one customer, project or contract, in one place (R-CUS-19, R-SRC-3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.dossiers import DossierView
from service.domain.holdings import Question, RecordView
from service.domain.panorama import Drawn, drawn
from service.domain.permissions import Actor
from service.errors import Unavailable
from service.usecases.describing.records import Records
from service.usecases.dossiers.dossiers import Dossiers, filings_of
from service.usecases.scheme.categories import Categories
from service.usecases.searching.finding import FindingRecords

MOST = 400
"""Records of one panorama: those in the dossier, and of its party's others the latest."""
LOT = 200


@dataclass(frozen=True, slots=True)
class Panorama:
    """A dossier with all that concerns its party, as far as the actor may know of it."""

    dossier: DossierView
    drawn: Drawn
    beside: Sequence[DossierView]
    """The party's other dossiers: its projects, contracts, activities."""
    total: int
    more: bool
    """Whether there is more than `MOST`."""
    away: bool = False
    """Search did not answer: only what is filed in the dossier is here."""


class Panoramas:
    """Gathered at each question from what is filed in a dossier and what names its party."""

    def __init__(
        self, dossiers: Dossiers, records: Records, finding: FindingRecords, categories: Categories
    ) -> None:
        self._dossiers, self._records = dossiers, records
        self._finding, self._categories = finding, categories

    def of(self, actor: Actor, dossier_id: str) -> Panorama:
        """The panorama of a dossier; the read of the dossier is audited. Raises `NotFound`."""
        dossier = self._dossiers.get(actor, dossier_id)
        filed = [row["record_id"] for row in filings_of(dossier.id)]
        named, away = self._named(actor, dossier.party)
        ids = list(dict.fromkeys([*filed, *named]))
        records: list[RecordView] = []
        for start in range(0, min(len(ids), MOST), LOT):
            records += self._records.some(actor, ids[start : min(start + LOT, MOST)])
        paths = {one.code: one.path for one in self._categories.all()}
        others = [one for one in self._dossiers.named(actor, dossier.party) if one.id != dossier.id]
        return Panorama(dossier, drawn(records, paths), others, len(records), len(ids) > MOST, away)

    def _named(self, actor: Actor, party: str) -> tuple[list[str], bool]:
        if not party.strip():
            return [], False
        question = Question(customer=(party.strip(),), order="date_desc")
        try:
            return [one.id for one in self._finding.each(actor, question, most=MOST + 1)], False
        except Unavailable:
            return [], True
