"""Relations and versions on the record page: what belongs to a record, and what its files were before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.holdings import FileView, Finding, RecordView
from service.domain.permissions import Actor
from service.errors import Forbidden, NotFound, Unavailable
from service.usecases.describing.near_copies import NearCopy
from service.usecases.describing.relations import ROLES, RelationView
from service.web import frame, shown
from service.web.language import translated as _
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/records/…/relations."""

    @web.get("/records/<record_id>/alike")
    @frame.signed_in
    def like_it(record_id: str) -> Response:
        return frame.part("alike.html", alike=alike(fonds, identity.actor(), record_id))

    @web.post("/records/<record_id>/relations")
    @frame.signed_in
    def relate(record_id: str) -> Answer:
        chosen = request.form.get("record_id", "")
        if not chosen:
            frame.say(_("先从列表中选一件档案，再建立关系"))
            return frame.leave_within(f"/records/{record_id}")
        made = fonds.relations.add(identity.actor(), record_id, request.form.get("role", ""), chosen)
        frame.say(_("已建立关系：%(role)s %(title)s", role=role_name(made.role), title=_short(made.title)))
        return frame.leave_within(f"/records/{record_id}")

    @web.post("/records/<record_id>/relations/<relation_id>/remove")
    @frame.signed_in
    def unrelate(record_id: str, relation_id: str) -> Answer:
        fonds.relations.remove(identity.actor(), record_id, relation_id)
        frame.say(_("已解除关系，两件档案都还在"))
        return frame.leave_within(f"/records/{record_id}")


@dataclass(frozen=True, slots=True)
class Alike:
    """What says much the same as a record; `away` while the search cannot be asked."""

    record: str
    found: Sequence[Finding]
    away: bool = False
    copies: Sequence[NearCopy] = ()
    """Those that look like another scan or copy of it, which may be entered as related by who may change it."""
    related: Collection[str] = ()
    """Ids of the records that are related already."""
    editable: bool = False


def alike(fonds: Fonds, actor: Actor, record_id: str) -> Alike:
    """As far as the actor may know of it. Never a fault: it only stands beside what was opened."""
    copies, related, editable = _copies(fonds, actor, record_id)
    try:
        found, away = fonds.finding.alike(actor, record_id), False
    except Unavailable:
        found, away = [], True
    named = {one.record_id for one in copies}
    rest = [one for one in found if one.id not in named]
    return Alike(record_id, rest, away, copies, related, editable)


def _copies(fonds: Fonds, actor: Actor, record_id: str) -> tuple[Sequence[NearCopy], Collection[str], bool]:
    try:
        copies = fonds.suggesting.copies.of(actor, record_id)
        if not copies:
            return (), (), False
        related = {one.record_id for one in fonds.relations.list(actor, record_id)}
        return copies, related, "change" in fonds.records.get(actor, record_id).may
    except (NotFound, Forbidden):
        return (), (), False


def role_names() -> Mapping[str, str]:
    """What the other record is to this one, in the trade's words, in the order of the list."""
    words = {
        "related": _("相关"),
        "main": _("主件"),
        "attachment": _("附件"),
        "contract": _("原合同"),
        "supplement": _("补充协议"),
        "cited": _("引用"),
        "citing": _("被引用"),
        "replaced": _("取代"),
        "replacing": _("被取代"),
        "letter": _("来文"),
        "reply": _("复文"),
    }
    return {role: words[role] for role in ROLES}


def role_name(role: str) -> str:
    """The word of a role; an unknown one as it is."""
    return role_names().get(role, role)


@dataclass(frozen=True, slots=True)
class Related:
    """What stands beside a record: relations by role, and for each file the versions before it."""

    relations: Mapping[str, Sequence[RelationView]]
    earlier: Mapping[str, Sequence[FileView]]

    @property
    def count(self) -> int:
        """How many relations."""
        return sum(map(len, self.relations.values()))


def related(fonds: Fonds, actor: Actor, record: RecordView) -> Related:
    """Relations and earlier versions, as far as the actor may know of them."""
    found: dict[str, list[RelationView]] = {}
    for one in fonds.relations.list(actor, record.id):
        found.setdefault(one.role, []).append(one)
    newer = [file.id for file in record.files if file.version > 1]
    return Related(found, {one: fonds.files.versions(actor, one)[1:] for one in newer})


def _short(title: str) -> str:
    return shown.harmless(title[:80])
