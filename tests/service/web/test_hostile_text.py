"""Hostile text on every page: marks, signs of direction and long runs in names, reasons and paths are shown as text."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask

from benchmarks.pages import plain_pages
from service.domain.dossiers import DossierSaid
from service.domain.holdings import Question
from service.domain.lifecycle import Count
from service.domain.permissions import Actor, Role
from service.models import User
from service.usecases.knowing.access import GrantSaid
from service.usecases.knowing.deputies import DeputySaid
from service.usecases.knowing.secrecy import SecrecySaid
from service.usecases.moving_in.migrating import MigrationSaid
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.conftest import an_actor
from tests.service.usecases.archival.test_lifecycle import COMPLETE
from tests.service.web.conftest import PASSWORD, Reader, SignIn

SHORT = "<img src=x onerror=alert(1)>\u202efdp.exe\u2066 =cmd|' C calc'!A0"
LONG = SHORT + "长" * 120
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
TYPED = re.compile(
    r'\b(?:value|href|action|content|data-[a-z]+)="[^"]*"|<textarea\b.*?</textarea>', re.DOTALL
)
"""What was typed stands in a field as it was typed, and in addresses encoded."""
EACH_OWN = {"/", "/me", "/secrecy", "/tasks", "/notices", "/admin/queue"}
"""Pages that say something else to everybody."""
ROLES = {
    "li": (Role.ARCHIVIST, Role.STAFF),
    "zhao": (Role.STAFF,),
    "gm": (Role.GENERAL_MANAGER,),
    "sun": (Role.AUDITOR,),
    "chen": (Role.SYSADMIN,),
}


@pytest.fixture
def people(fonds: Fonds, sign_in: SignIn, administrator: Actor) -> dict[str, Reader]:
    """Somebody of every kind, badly named."""
    readers = {name: sign_in(name, *roles) for name, roles in ROLES.items()}
    fonds.people.add(administrator, NewUser("bad", LONG[:100], (Role.STAFF,), (), PASSWORD))
    for row in User.objects:
        User.objects(id=row.id).update_one(set__display_name=SHORT)
    return readers


@pytest.fixture
def paths(fonds: Fonds, people: dict[str, Reader], settle: Callable[[], None]) -> list[str]:
    """An archive in which everything that can be named is named badly; pages of single things in it."""
    li, zhao, chen = (fonds.knowing.actors.of(User.objects.get(name=name)) for name in ("li", "zhao", "chen"))
    head, life = an_actor("head", Role.DEPT_HEAD, department="市场部"), fonds.archival.life
    until = fonds.clock().date() + timedelta(days=30)
    fonds.knowing.circles.add(chen, LONG[:60])
    fonds.departments.add(chen, SHORT[:40])
    fonds.knowing.deputies.add(chen, DeputySaid(zhao.id, "bad", date(2026, 3, 2), until, LONG[:150]))
    migration = fonds.migrations.save(li, MigrationSaid("/" + SHORT, "rules: []")).id
    fonds.saved_searches.save(li, LONG[:60], Question(text=LONG[:100]))
    dossier = fonds.dossiers.create(
        li, "contract", DossierSaid(title=LONG, party=SHORT[:28], category="WD")
    ).id
    said = replace(COMPLETE, title=LONG, responsible=SHORT, note=LONG, keywords=(SHORT[:30],))
    kept, back = (fonds.records.create(zhao, said) for _ in range(2))
    for one in (kept, back):
        fonds.files.add(zhao, one.id, BytesIO(LONG.encode()), name=f"{SHORT}.txt")
    settle()
    life.send_back(head, back.id, life.submit(zhao, back.id, back.rev).rev, LONG[:300])
    reviewed = life.review(head, kept.id, life.submit(zhao, kept.id, kept.rev).rev)
    life.accept(li, kept.id, reviewed.rev, Count(1, 1, SHORT[:20]))
    fonds.knowing.access.give(li, kept.id, GrantSaid("bad", until, LONG[:150]))
    fonds.knowing.secrecy.propose(li, kept.id, SecrecySaid("L1", until, LONG[:150]))
    fonds.filing.put(li, dossier, [kept.id])
    settle()
    fonds.housekeeping.once()
    of_record = [f"/records/{kept.id}{more}" for more in ("", "/access?who=bad", "/check", "/peek")]
    return [*of_record, f"/dossiers/{dossier}", f"/dossiers/{dossier}/edit", f"/admin/migrate/{migration}"]


def test_hostile_text_is_text_on_every_page(
    people: dict[str, Reader], paths: list[str], served: Flask
) -> None:
    users = [f"/admin/users/{User.objects.get(name='bad').id}"]
    searches = ["/search?q=fdp", f"/search?q={SHORT}", "/tasks?queue=returned", "/admin/audit?person=zhao"]
    seen, read, wrong = set(), set(), []
    for name, reader in people.items():
        for path in [*plain_pages(served), *paths, *users, *searches]:
            if path in read - EACH_OWN:
                continue
            answer = reader.get(path)
            if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
                continue
            read.add(path)
            shown = TYPED.sub("", answer.text)
            if "onerror=alert" in shown:
                seen.add(path.partition("?")[0])
            if "<img src=x" in answer.text or TURNING.search(shown):
                at = TURNING.search(shown)
                wrong.append((name, path, shown[max(0, at.start() - 90) : at.end() + 20] if at else "<img"))
    assert not wrong, "\n".join(map(repr, wrong))
    bearing = {
        "/secrecy",
        "/tasks",
        "/dossiers",
        "/notices",
        "/saved-searches",
        "/admin/users",
        "/admin/audit",
    }
    assert bearing | {"/admin/circles", "/admin/departments", "/admin/migrate", "/me", "/search"} <= seen
    assert set(map(str, (one.partition("?")[0] for one in paths))) - {paths[2]} <= seen
