"""The inbox 收集箱: what has arrived and belongs to no category yet, one after the other until it is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.holdings import Page, RecordView
from service.domain.permissions import Act, Actor, may
from service.errors import Forbidden, NotFound
from service.web import describing, frame, shown
from service.web.language import translated as _
from service.web.peek import best_file
from service.web.reading import excerpt
from service.wiring import Fonds

PAGE = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """The list and the place in it."""

    page: Page
    at: RecordView | None
    below: str

    @property
    def items(self) -> Sequence[RecordView]:
        """What is shown."""
        return self.page.items

    @property
    def left(self) -> str:
        """How many are left, as far as this page knows."""
        return f"{len(self.items)}+" if self.page.next_cursor or self.below else str(len(self.items))

    @property
    def busy(self) -> bool:
        """Whether something here still changes by itself."""
        return any(file.state in ("pending", "running") for record in self.items for file in record.files)

    def address(self, record: RecordView | None) -> str:
        """The inbox, opened at a record."""
        return address(record.id if record else "", self.below)

    def beside(self, step: int) -> RecordView | None:
        """The next (1) or the previous (-1) record."""
        ids = [record.id for record in self.items]
        at = ids.index(self.at.id) + step if self.at and self.at.id in ids else 0
        return self.items[at] if 0 <= at < len(ids) else None


def address(record_id: str, below: str = "") -> str:
    """The inbox, opened at a record."""
    given = {name: value for name, value in (("at", record_id), ("below", below)) if value}
    return "/inbox?" + urlencode(given) if given else "/inbox"


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/inbox and its form."""

    @web.get("/inbox")
    @frame.signed_in
    def inbox() -> Response:
        actor = identity.actor()
        standing = _standing(fonds, actor)
        sheet = describing.sheet_of(fonds, standing.at, full=False) if standing.at else None
        saving = describing.Saving(sheet, standing.at.rev) if sheet and standing.at else None
        return _page(fonds, actor, standing, saving)

    @web.get("/inbox/<record_id>")
    @frame.signed_in
    def reopen(record_id: str) -> Answer:
        """Where a reload leads after a form was refused."""
        return frame.leave_within(address(record_id, request.args.get("below", "")))

    @web.post("/inbox/<record_id>")
    @frame.signed_in
    def describe(record_id: str) -> Answer:
        actor = identity.actor()
        standing = _standing(fonds, actor, record_id)
        saving = describing.save(fonds, actor, record_id, request.form, full=False)
        if saving.record is None:
            return _page(fonds, actor, standing, saving)
        if not saving.record.category:
            frame.say(_("已保存，选定类别后移出收集箱"))
            return frame.leave_within(address(record_id, standing.below))
        frame.say(_("已著录：%(title)s", title=shown.harmless(saving.record.title)))
        return frame.leave_within(standing.address(standing.beside(1) or standing.beside(-1)))


def _standing(fonds: Fonds, actor: Actor, record_id: str = "") -> Standing:
    if not may(actor, Act.CREATE):
        raise Forbidden
    below = request.args.get("below", "")
    page = fonds.records.list(actor, category="", below=int(below) if below.isdigit() else None, limit=PAGE)
    wanted = record_id or request.args.get("at", "")
    at = next((one for one in page.items if one.id == wanted), None)
    if at is None and wanted:
        at = _gone_elsewhere(fonds, actor, wanted, described=bool(record_id))
    return Standing(page, at or next(iter(page.items), None), below)


def _gone_elsewhere(fonds: Fonds, actor: Actor, record_id: str, *, described: bool) -> RecordView | None:
    """One that is not on this page of the list: still to be described, or already so by somebody else."""
    try:
        record = fonds.records.get(actor, record_id)
    except NotFound:
        return None
    return record if described or not record.category else None


def _page(fonds: Fonds, actor: Actor, standing: Standing, saving: describing.Saving | None) -> Response:
    file = best_file(standing.at) if standing.at else None
    status = saving.status if saving else 200
    one = "at" in request.args or request.method == "POST"
    text = excerpt(fonds, actor, file, "", "")
    return frame.page(
        "inbox.html", status, standing=standing, saving=saving, file=file, one=one, excerpt=text
    )
