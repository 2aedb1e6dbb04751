"""The inbox 收集箱: what has arrived and belongs to no category yet, one after the other until it is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api import cursors
from service.domain.dates import day_of
from service.domain.holdings import Page, RecordView
from service.domain.permissions import Act, Actor, may
from service.errors import Forbidden, NotFound
from service.usecases.describing.waiting import BOUND, Waiting, waiting
from service.web import frame, shown
from service.web.inbox import batch
from service.web.inbox.drops import Drop, drops
from service.web.language import translated as _
from service.web.record import describing, offers, undoing
from service.web.record.peek import best_file
from service.web.record.reading import excerpt
from service.wiring import Fonds

PAGE = 50
LIST = "inbox"
"""What the cursors of this list are sealed for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The list and the place in it."""

    page: Page
    at: RecordView | None
    below: str
    waiting: Sequence[Waiting] = ()
    drops: Sequence[Drop] = ()
    handled: int = 0
    undo_seconds: int = 0

    @property
    def items(self) -> Sequence[RecordView]:
        """What is shown."""
        return self.page.items

    @property
    def count(self) -> int:
        """How many are left, at most `BOUND`."""
        return min(len(self.waiting), BOUND)

    @property
    def left(self) -> str:
        """How many are left in words: exact up to the bound."""
        return f"{BOUND}+" if len(self.waiting) > BOUND else str(len(self.waiting))

    @property
    def others(self) -> int:
        """How many came in the same drop as the open one and wait as well."""
        return len(batch.others(self.waiting, self.at.id)) if self.at else 0

    @property
    def busy(self) -> bool:
        """Whether something here still changes by itself."""
        return any(file.state in ("pending", "running") for record in self.items for file in record.files)

    @property
    def working(self) -> bool:
        """Whether the open one is still being read, so that its suggestions are yet to come."""
        files = self.at.files if self.at else ()
        return any(file.state in ("pending", "running") for file in files)

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
        whole = request.form.get("anyway") != "yes"
        saving = describing.save(fonds, actor, record_id, request.form, full=False, complete=whole)
        if saving.record is None:
            return _page(fonds, actor, standing, saving)
        done = bool(saving.record.category)
        undoing.hold(fonds, actor, [saving.record], handled=int(done))
        if not done:
            frame.say(_("已保存，选定类别后移出收集箱"))
            return frame.leave_within(address(record_id, standing.below))
        frame.say(_("已著录：%(title)s", title=shown.harmless(saving.record.title)))
        return frame.leave_within(standing.address(standing.beside(1) or standing.beside(-1)))

    _form_routes(web, fonds)
    _batch_routes(web, fonds)


def _form_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/inbox/<record_id>/fields")
    @frame.signed_in
    def category_fields(record_id: str) -> Response:
        actor = identity.actor()
        record = fonds.records.get(actor, record_id)
        sheet = describing.typed_sheet(fonds, request.form, full=False)
        return frame.part(
            "fields.html", sheet=sheet, evidence_places=offers.evidence(fonds, actor, record, sheet)
        )

    @web.post("/inbox/undo")
    @frame.signed_in
    def undo() -> Answer:
        done, kept = undoing.take_back(fonds, identity.actor())
        frame.say(_undone(done, kept))
        return frame.leave_within(address(done[0].id if done else ""))


def _batch_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/inbox/<record_id>/batch/preview")
    @frame.signed_in
    def preview(record_id: str) -> Response:
        actor = identity.actor()
        ids = batch.meant(waiting(actor), record_id, request.form.getlist("chosen"))
        made = batch.plan(fonds, actor, ids, request.form)
        return frame.part(
            "batch.html",
            plan=made,
            record_id=record_id,
            chosen=ids if request.form.getlist("chosen") else [],
            beyond=max(0, len(ids) - batch.MOST),
        )

    @web.post("/inbox/<record_id>/batch")
    @frame.signed_in
    def apply(record_id: str) -> Answer:
        actor = identity.actor()
        ids = batch.meant(waiting(actor), record_id, request.form.getlist("chosen"))
        all_of_them = request.form.get("incomplete") == "yes"
        done, failed = batch.apply(fonds, actor, ids, request.form, incomplete=all_of_them)
        if done:
            undoing.hold(fonds, actor, done, handled=sum(bool(one.category) for one in done))
        frame.say(_applied(len(done), failed))
        return frame.leave_within(address(record_id))


def _undone(done: Sequence[RecordView], kept: int) -> str:
    if not done:
        return _("已过撤销时限，或已有人再次修改；可到档案页更正")
    text = _("已撤销：%(title)s", title=shown.harmless(done[0].title))
    if len(done) > 1:
        text = _("已撤销 %(n)s 件", n=len(done))
    return text + _("；%(n)s 件已有人再次修改，未动", n=kept) if kept else text


def _applied(done: int, failed: int) -> str:
    text = _("已套用到 %(n)s 件", n=done)
    return text + _("；%(n)s 件未能套用", n=failed) if failed else text


def _standing(fonds: Fonds, actor: Actor, record_id: str = "") -> Standing:
    if not may(actor, Act.CREATE):
        raise Forbidden
    below, found = request.args.get("below", ""), waiting(actor)
    page = _listed(fonds, actor, found, cursors.page_place(below, LIST))
    wanted = record_id or request.args.get("at", "")
    at = next((one for one in page.items if one.id == wanted), None)
    if at is None and wanted:
        at = _gone_elsewhere(fonds, actor, wanted, described=bool(record_id))
    return Standing(
        page,
        at or next(iter(page.items), None),
        below,
        found,
        drops(page.items, found, day_of(fonds.clock())),
        undoing.handled_today(fonds, actor),
        undoing.seconds_left(fonds, actor),
    )


def _listed(fonds: Fonds, actor: Actor, found: Sequence[Waiting], below: int | None) -> Page:
    """A page of what waits, from what is known to wait; beyond that it is looked for."""
    rest = [one for one in found if below is None or one.seq < below]
    if len(rest) <= PAGE and len(found) > BOUND:
        page = fonds.records.list(actor, category="", below=below, limit=PAGE)
        return Page(items=page.items, next_cursor=cursors.seal(page.next_cursor, LIST))
    here = rest[:PAGE]
    items = fonds.records.some(actor, [one.id for one in here])
    return Page(items, cursors.seal(str(here[-1].seq), LIST) if len(rest) > PAGE else "")


def _gone_elsewhere(fonds: Fonds, actor: Actor, record_id: str, *, described: bool) -> RecordView | None:
    """One that is not on this page of the list: still to be described, or already so by somebody else."""
    try:
        record = fonds.records.get(actor, record_id)
    except NotFound:
        return None
    return record if described or record.inbox else None


def _page(fonds: Fonds, actor: Actor, standing: Standing, saving: describing.Saving | None) -> Response:
    file = best_file(standing.at) if standing.at else None
    places = offers.evidence(fonds, actor, standing.at, saving.sheet) if standing.at and saving else []
    return frame.page(
        "inbox.html",
        saving.status if saving else 200,
        standing=standing,
        saving=saving,
        file=file,
        one="at" in request.args or request.method == "POST",
        excerpt=None if places else excerpt(fonds, actor, file, "", ""),
        evidence_places=places,
        kept=describing.kept(fonds, actor, standing.at) if standing.at else "",
    )
