"""The leak matrix (B44, B45): over every route, role and level, what one is not cleared for leaves no trace in any answer.

Everything is there first; then the strictest documents are taken away, level by level, under the same ids and the
same clock. Whoever is not cleared for what was taken must get byte for byte what he got before.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description
from service.domain.permissions import COMPARTMENTS, Actor, Role
from service.ledger import needs_indexing
from service.models import (
    AuditEvent,
    Dossier,
    File,
    Filing,
    HeldObject,
    ImportLine,
    Notices,
    Record,
    Relation,
    Revision,
    SecrecyAct,
    User,
)
from service.usecases.knowing.secrecy import SecrecySaid
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.service.leak_objects import UNSAID, stand_beside

PASSWORD = "渠道建设与回款-2026"
NEAR = {"Origin": "http://localhost"}
DEPARTMENT = "销售部"
LEVELS = ("L1", "L2", "L3")

WRITERS = [(Role.ARCHIVIST, "L0"), (Role.SYSADMIN, "L0")]
"""Who asks every route, reading and writing."""

WHOLE = [*WRITERS, (Role.STAFF, "L0"), (Role.AUDITOR, "L0")]
"""Who reads every route."""

READERS = [*WHOLE, (Role.DEPT_HEAD, "L1"), (Role.ARCHIVIST, "L2")]
"""Everybody reads every route that can name what is hidden, and every search; all decisions are one function, whose
answers for every role, level and scope `tests/service/domain/test_permissions.py` compares."""

NO_CONTENT = {
    "/objects/<path:key>": "its signed address is its own proof; signing is tested in test_objects",
    "/assets/<path:name>": "the program's own files",
    "/api/v1/openapi.json": "the program's own description",
    "/healthz": "for machines, without a word of content",
    "/readyz": "for machines, without a word of content",
    "/metrics": "for machines, counts of requests",
    "/sign-in": "nobody is there yet",
    "/me/second-factor": "a secret that is made anew with every answer, and nothing of the archive",
}
"""Routes that answer alike for everybody, and why."""

OF_THE_MACHINE = {
    "/api/v1/system/status",
    "/api/v1/system/backup",
    "/api/v1/system/fixity",
    "/status",
    "/admin/safekeeping",
    "/",
    "/admin/queue",
    "/api/v1/files/<id>/retry",
    "/files/<file_id>/retry",
    "/files/<file_id>/take",
}
"""What tells the system administrator how much there is, by number alone, and which file of no name it sends back."""

OF_THE_WATCH = {
    "/admin/audit",
    "/admin/audit/export",
    "/api/v1/system/status",
    "/api/v1/audit",
    "/api/v1/audit/events",
    "/api/v1/audit/export",
    "/api/v1/records/<id>/access",
    "/api/v1/records/<id>/secrecy",
    "/records/<record_id>/access",
    "/records/<record_id>/secrecy",
    "/records/<record_id>/grants",
    "/records/<record_id>/circles",
}
"""What tells those who watch who did what to which number, and never what it says (requirements §3.3: meta)."""

QUERIES = {
    "/search": ("q=渠道窜货", "q=底价", "q=渠道窜活", "q=类别:SC", "order=newest"),
    "/api/v1/search": (
        "q=渠道窜货&facet=category&facet=department&facet=type&facet=year&facet=tag",
        "q=底价",
        "q=渠道窜活",
        "order=newest&limit=1",
    ),
    "/api/v1/search/suggestions": ("q=渠", "q=底"),
    "/api/v1/search/export": ("q=底价&format=csv",),
    "/search/export": ("q=底价&format=csv",),
    "/search/box": ("q=底",),
    "/palette": ("q=底价",),
    "/choose/records": ("q=底价",),
    "/admin/conversions": ("", "category=SC"),
    "/api/v1/records": ("", "category=", "category=SC"),
}
"""Questions that the hidden documents would answer."""


@dataclass
class House:
    """The archive: what everybody may know, and by level what is hidden."""

    shown: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, dict[str, str]] = field(default_factory=dict)


@pytest.fixture
def served(fonds: Fonds, applied: Callable[[Fonds], Flask]) -> Flask:
    return applied(fonds)


@pytest.fixture
def house(fonds: Fonds, archivist: Actor, administrator: Actor, settle: Callable[[], None]) -> House:
    """A record, a file and a dossier of each level; the stricter ones stand beside and speak of the same."""
    for role, clearance in READERS:
        new = NewUser(f"{role}-{clearance}".lower(), "", [role], [DEPARTMENT], PASSWORD, clearance)
        fonds.people.add(administrator, new)
    circles = [f"circle:{user.id}" for user in User.objects]
    made = House(shown=_kept(fonds, archivist, "L0", circles))
    made.hidden = {level: _kept(fonds, archivist, level, circles) for level in LEVELS}
    versions = {"supersedes": made.hidden["L1"]["record"], "superseded_by": made.hidden["L2"]["record"]}
    Record.objects(id=made.shown["record"]).update_one(**versions)
    made.shown["import"] = made.hidden["L1"]["import"] = _imported(fonds, archivist, made.hidden)
    for level in LEVELS:
        hidden = made.hidden[level]
        hidden["import"] = made.shown["import"]
        fonds.relations.add(archivist, made.shown["record"], "related", hidden["record"])
        fonds.filing.put(archivist, made.shown["dossier"], [hidden["record"]])
    beside = stand_beside(fonds, User.objects.get(name="archivist-l0"), made.shown, made.hidden)
    made.shown |= beside
    for level in LEVELS:
        made.hidden[level] |= beside | {"other": made.shown["record"]}
    settle()
    for level in LEVELS[1:]:
        _raise(made.hidden[level], level)
    settle()
    return made


def _kept(fonds: Fonds, by: Actor, level: str, circles: list[str]) -> dict[str, str]:
    described = Description(
        title=f"渠道窜货底价 {level}",
        category="SC",
        department=DEPARTMENT,
        secrecy="L1" if level in LEVELS else "L0",
        keywords=(f"标签{level}",),
    )
    record = fonds.records.create(by, described)
    text = io.BytesIO(f"渠道窜货 底价 {level}".encode())
    file = fonds.files.add(by, record.id, text, name=f"底价{level}.txt")
    dossier = fonds.dossiers.create(
        by, "project", DossierSaid(title=f"窜货案卷 {level}", department=DEPARTMENT)
    )
    Record.objects(id=record.id).update(push_all__circles=circles)
    Dossier.objects(id=dossier.id).update(
        push_all__circles=circles, set__secrecy="L0" if level == "L0" else level
    )
    said = SecrecySaid("L1" if level == "L0" else "L2", date(2030, 1, 1), f"定密 {level}")
    act = fonds.knowing.secrecy.propose(by, record.id, said)
    return {"record": record.id, "file": file.id, "dossier": dossier.id, "act": act.id}


def _imported(fonds: Fonds, by: Actor, hidden: dict[str, dict[str, str]]) -> str:
    """An import whose report tells of what is hidden now; its id."""
    run = fonds.imports.start(by, source="test")
    for n, (level, ids) in enumerate(hidden.items(), 1):
        names = {"record_id": ids["record"], "file_id": ids["file"], "path": f"{UNSAID}{level}.txt"}
        ImportLine(id=f"line{n}", run_id=run.id, n=n, at=f"{run.id}:{n:010}", fate="archived", **names).save()
    return run.id


def _raise(hidden: dict[str, str], level: str) -> None:
    """As an approved act would: nobody may say 绝密 and still know of it."""
    indexing = needs_indexing()
    change = {
        "$set": {"secrecy": level, **indexing["$set"]},
        "$inc": indexing["$inc"],
        "$addToSet": {"indexed_in": level},
    }
    Record._get_collection().update_one({"_id": hidden["record"]}, change)
    File.objects(id=hidden["file"]).update(set__compartment=level)


def _take_away(fonds: Fonds, hidden: dict[str, str]) -> None:
    """As if it had never been there."""
    record, dossier = hidden["record"], hidden["dossier"]
    for place in COMPARTMENTS:
        fonds.engine.remove(place, {record: 10_000})
    sha256 = [file.sha256 for file in File.objects(id=hidden["file"])]
    HeldObject.objects(sha256__in=sha256).delete()
    for document, key in ((Record, "id"), (File, "record_id"), (Revision, "record_id")):
        document.objects(**{key: record}).delete()
    SecrecyAct.objects(record_id=record).delete()
    Relation.objects(first=record).delete()
    Relation.objects(second=record).delete()
    Filing._get_collection().delete_many({"$or": [{"record_id": record}, {"dossier_id": dossier}]})
    Dossier.objects(id=dossier).delete()
    told = [{f"facts.{name}": {"$in": [record, dossier]}} for name in ("other", "dossier", "records")]
    AuditEvent._get_collection().delete_many({"$or": told})
    Notices.objects.delete()


@dataclass(frozen=True)
class Ask:
    """One request."""

    method: str
    rule: str
    path: str
    hidden: bool = False
    """Whether it names what is hidden; a write that names nothing cannot tell of it."""


KINDS = (
    ("record", ("/records/", "/inbox/")),
    ("file", ("/files/",)),
    ("dossier", ("/dossiers/",)),
    ("act", ("/secrecy/",)),
    ("import", ("/imports/",)),
    ("bulk", ("/bulk/",)),
    ("upload", ("/uploads/",)),
    ("entry", ("/entry-sheets/", "/entry/<sheet_id>")),
    ("migration", ("/migrations/", "/admin/migrate/")),
    ("weeding", ("/weeding/", "/weeding-lists/")),
    ("conversion", ("/conversions/", "/admin/conversions/")),
)
"""What the first variable of a route names, by how the route begins."""

OF_NO_HOLDING = (
    "/admin/",
    "/assets/",
    "/categories/",
    "/choose/",
    "/circles/",
    "/departments/",
    "/deputies/",
    "/entry/template/",
    "/grants/",
    "/me/",
    "/notices/",
    "/objects/",
    "/roles/",
    "/saved-searches/",
    "/scheme/",
    "/suggest/",
    "/tokens/",
    "/users/",
)
"""Routes whose variable names no holding, by how they begin: what somebody has of his own, and what is of the house."""

VARIABLE = re.compile(r"<(?:\w+(?:\(([^)]*)\))?:)?(\w+)>")
"""A variable of a route, with what it may be where that is listed."""

FURTHER = {"record_id": "record", "other_id": "other", "run_id": "import", "report_id": "report"}
"""What a further variable names."""

OTHERS = {"what": "codes", "form": "spine", "kind": "csv", "code": "SC", "key": "none", "name": "small"}


def asked_of(rule: Rule, ids: dict[str, str]) -> str:
    """The path of a route for these ids; a variable nobody has accounted for fails."""
    bare = rule.rule.removeprefix("/api/v1")
    path = rule.rule
    for place, (choices, variable) in enumerate(VARIABLE.findall(rule.rule)):
        kind = next((kind for kind, starts in KINDS if bare.startswith(starts)), "")
        named = kind if kind and place == 0 else FURTHER.get(variable, "")
        usual = choices.split(",")[0] if choices else OTHERS.get(variable, "none")
        value = ids[named] if named else usual
        known = choices or variable in (*OTHERS, "id") or variable.endswith("_id")
        assert known, f"{rule.rule}: what is {variable}?"
        path = VARIABLE.sub(value, path, count=1)
    return path


def asks(app: Flask, house: House, hidden: dict[str, str]) -> Iterator[Ask]:
    """Every request of the matrix: reading what is shown and what is hidden, writing to what is hidden."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule in NO_CONTENT:
            continue
        names_holding = asked_of(rule, house.shown) != asked_of(rule, hidden)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if method == "GET":
                for query in QUERIES.get(rule.rule, ("",)):
                    tail = f"?{query}" if query else ""
                    yield Ask(method, rule.rule, asked_of(rule, house.shown) + tail)
            if names_holding:
                yield Ask(method, rule.rule, asked_of(rule, hidden), hidden=True)


def plan_of(app: Flask, house: House, one: tuple[Role, str]) -> list[Ask]:
    """What this reader asks."""
    found = list(asks(app, house, house.hidden[_first_above(one[1])]))
    if one in WRITERS:
        return found
    if one in WHOLE:
        return [ask for ask in found if ask.method == "GET"]
    return [ask for ask in found if ask.method == "GET" and (ask.hidden or ask.rule in QUERIES)]


@dataclass
class Reader:
    """Somebody with a session."""

    client: FlaskClient
    csrf: str

    def ask(self, one: Ask) -> tuple[int, str, bytes]:
        """Status, the headers that tell of content, and the body without what is random in every answer."""
        headers = {**NEAR, "X-CSRF-Token": self.csrf}
        if one.method == "GET":
            answer = self.client.get(one.path, headers=headers)
        elif one.path.startswith("/api/"):
            answer = self.client.open(one.path, method=one.method, headers=headers, json={})
        else:
            form = {"csrf_token": self.csrf}
            answer = self.client.open(one.path, method=one.method, headers=headers, data=form)
        trace = answer.headers.get("X-Request-Id", "-")
        told = [
            answer.headers.get(name, "") for name in ("Content-Type", "ETag", "Location", "Content-Length")
        ]
        told += self._said() if answer.status_code == 303 else []
        return answer.status_code, "|".join(told), _lasting(answer.data).replace(trace.encode(), b"-")

    def _said(self) -> list[str]:
        """What the next page would say of this request."""
        with self.client.session_transaction() as kept:
            return [text for _kind, text in kept.pop("_flashes", ())]


def reader(app: Flask, role: Role, clearance: str) -> Reader:
    client = app.test_client()
    said = {"name": f"{role}-{clearance}".lower(), "password": PASSWORD}
    answer = client.post("/api/v1/session", json=said, headers=NEAR)
    assert answer.status_code == 200, answer.text
    return Reader(client, answer.get_json()["csrf"])


def _lasting(body: bytes) -> bytes:
    """A workbook or an archive by what its members say, without when they were packed."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        names = sorted(name for name in packed.namelist() if name != "docProps/core.xml")
        return b"".join(name.encode() + packed.read(name) for name in names)


def _excepted(role: Role, one: Ask) -> bool:
    return (role is Role.SYSADMIN and one.rule in OF_THE_MACHINE) or (
        role is Role.AUDITOR and one.rule in OF_THE_WATCH
    )


def _first_above(clearance: str) -> str:
    return next(level for level in LEVELS if level > clearance)


@pytest.mark.requirement("R-SEC-7", "B44")
def test_of_every_route_it_is_said_which_holding_it_names(served: Flask) -> None:
    """A route that is missing from the matrix fails: asked of an id that is nowhere, it would prove nothing."""
    known = (*(start for _, starts in KINDS for start in starts), *OF_NO_HOLDING)
    rules = {rule.rule.removeprefix("/api/v1") for rule in served.url_map.iter_rules() if rule.arguments}
    assert sorted(rule for rule in rules if not rule.startswith(known)) == []


@pytest.mark.requirement("R-SEC-7", "R-SEC-4", "R-BOR-3", "S-ER-2", "B44", "B45")
def test_what_one_is_not_cleared_for_leaves_no_trace_in_any_answer(
    served: Flask, fonds: Fonds, house: House, archivist: Actor
) -> None:
    people = {one: reader(served, *one) for one in READERS}
    plans = {one: plan_of(served, house, one) for one in READERS}
    with_all = {}
    for one, person in people.items():
        for ask in plans[one]:  # once for what is remembered of a person: what he asked, what he opened
            if ask.method == "GET" and (ask.rule in QUERIES or house.shown["record"] in ask.path):
                person.ask(ask)
        _forget_asking(archivist)
        with_all[one] = {ask: person.ask(ask) for ask in plans[one]}
        assert not [ask.path for ask, told in with_all[one].items() if told[0] >= 500]
        assert not [ask.path for ask, told in with_all[one].items() if _names_hidden(told[2], one[1])]
    leaks = []
    for level in reversed(LEVELS):
        _take_away(fonds, house.hidden[level])
        for one, person in people.items():
            if _first_above(one[1]) == level:
                _forget_asking(archivist)
                leaks += _differences(one, person, with_all[one])
    assert not leaks, "\n".join(leaks)
    assert (
        AuditEvent.objects(act="read", object_id__in=[one["record"] for one in house.hidden.values()]).count()
        == 0
    )


def _names_hidden(body: bytes, clearance: str) -> bool:
    """Whether an answer names a file of a level above this clearance; lines of an import are there for all to count."""
    return any(f"{UNSAID}{level}".encode() in body for level in LEVELS if level > clearance)


def _forget_asking(archivist: Actor) -> None:
    """The trail of a record shows who read it: only what was there before anybody asked is compared."""
    AuditEvent.objects(actor_id__ne=archivist.id).delete()


def _differences(
    one: tuple[Role, str], person: Reader, before: dict[Ask, tuple[int, str, bytes]]
) -> list[str]:
    found = []
    for ask, then in before.items():
        now = person.ask(ask)
        if now != then and not _excepted(one[0], ask):
            found.append(f"{one}: {ask.method} {ask.path}: {then[:2]} {now[:2]} {_apart(then[2], now[2])}")
    return found


def _apart(then: bytes, now: bytes) -> str:
    first, second = then.decode(errors="replace"), now.decode(errors="replace")
    at = next(
        (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )
    return f"{first[max(0, at - 60) : at + 80]!r} / {second[max(0, at - 60) : at + 80]!r}"
