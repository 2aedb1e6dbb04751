"""The start page: tasks, what came in, favourites; and that pages ask as much of a full archive as of a small one."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from pymongo import monitoring

from benchmarks.filling import Filling
from benchmarks.pages import plain_pages
from service.domain.permissions import Actor, Role
from service.models import Counter, Dossier, File, Filing, Record, Shelf, User
from service.models.connection import Client, connect, disconnect
from service.wiring import Fonds
from tests.service.web.conftest import Bring, Reader, SignIn, visible


class Commands(monitoring.CommandListener):
    """Counts what is asked of the database while it listens."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in ("find", "aggregate", "count", "distinct", "getMore"):
            self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def test_the_start_page_says_what_waits_and_what_came_in(li: Reader, bring: Bring) -> None:
    assert "没有等着办的事" in visible(li.read("/"))
    bring("纪要.txt", "一")
    bring("合同.txt", "二", category="HT")
    page = li.read("/")
    said = visible(page)
    assert "收集箱还有 1 件待著录" in said
    assert "每周收进" in said
    assert "本周 2026-03-02 1 1 2" in said
    assert "data-plot=" in page
    file = File.objects()[0]
    File.objects(id=file.id).update_one(set__state="failed", set__reason="damaged")
    assert "1 个文件没有处理成" in visible(li.read("/"))


@pytest.mark.requirement("R-SEC-7")
def test_nothing_is_counted_that_one_may_not_know_of(sign_in: SignIn, bring: Bring) -> None:
    wang = sign_in("wangfang", Role.STAFF, department="销售部")
    before = wang.read("/")
    bring("合同.txt", "二", category="HT")
    token = re.compile(r'name="csrf[^"]*" (?:value|content)="[^"]*"')
    assert token.sub("", wang.read("/")) == token.sub("", before)


@pytest.mark.requirement("S-ER-2")
def test_the_system_administrator_sees_the_machine_and_no_records(sign_in: SignIn, bring: Bring) -> None:
    bring("纪要.txt", "一")
    said = visible(sign_in("chen", Role.SYSADMIN).read("/"))
    assert "处理状态" in said
    assert "存储" in said
    assert "纪要" not in said
    assert "收藏" not in said


def test_a_star_is_given_and_taken_by_oneself_alone(li: Reader, sign_in: SignIn, bring: Bring) -> None:
    record = bring("纪要.txt", "一")
    assert li.post(f"/records/{record}/star", {"on": "yes", "next": "/"}).headers["Location"] == "/"
    panel = visible(li.read("/").split('id="starred"')[1].split("</section>")[0].join(["<body>", ""]))
    assert "纪要" in panel
    assert 'aria-pressed="true" aria-label="收藏"' in li.read(f"/records/{record}")
    other = sign_in("sunli", Role.ARCHIVIST)
    assert 'aria-pressed="false" aria-label="收藏"' in other.read(f"/records/{record}")
    li.post(f"/records/{record}/star", {"on": "no"})
    assert all(not row.favourites for row in Shelf.objects())


@pytest.mark.parametrize("path", ["/search", "/search?view=grid", "/search?view=table", "/browse"])
def test_a_star_in_a_list_changes_in_place(li: Reader, bring: Bring, path: str) -> None:
    record = bring("纪要.txt", "一", category="WD-HY")
    star = f'id="star-{record}" aria-pressed="%s"'
    assert star % "false" in li.read(path)
    given = li.post(f"/records/{record}/star", {"on": "yes", "in": "list"}, **{"HX-Request": "true"})
    assert given.status_code == 200
    assert star % "true" in given.text
    assert "<main" not in given.text
    assert star % "true" in li.read(path)


def test_an_unknown_record_gets_no_star(sign_in: SignIn, bring: Bring) -> None:
    record = bring("合同.txt", "二", category="HT")
    assert sign_in("wangfang", Role.STAFF).post(f"/records/{record}/star", {"on": "yes"}).status_code == 404


def test_favourites_have_an_end(fonds: Fonds, li: Reader, bring: Bring, archivist: Actor) -> None:
    record = bring("纪要.txt", "一")
    Shelf(id=archivist.id, favourites={f"r{n}": fonds.clock() for n in range(200)}).save()
    with pytest.raises(Exception, match="最多收藏"):
        fonds.favourites.add(archivist, record)


ASKED = [
    "/browse?by=customer",
    "/search?q=渠道&view=table",
    "/dossiers?kind=contract",
    "/admin/queue?state=failed",
    "/tasks?queue=draft",
    "/tasks?queue=returned",
    "/tasks?queue=reviewed",
    f"/dossiers/{1:032x}",
    f"/records/{1:032x}",
    f"/records/{1:032x}/access",
    f"/records/{1:032x}/check",
]
"""Counted beside every page that needs nothing in its address."""

LOTS = 8
"""A full page reads its rows in up to four lots of keys, and as many times their files; a question for each row of a
page would be fifty."""

MOST = 40
"""Questions to the database of any page, of an archive of any size."""


@pytest.fixture
def commands(mongo_url: str) -> Iterator[Commands]:
    """A listener on the connection that everything uses; the connection of the other tests comes back behind it."""
    heard = Commands()
    monitoring.register(heard)
    disconnect()
    connect(mongo_url)
    yield heard
    monitoring._LISTENERS.command_listeners.remove(heard)
    disconnect()
    reopened: Client = connect(mongo_url)
    assert reopened


def test_no_page_asks_the_database_more_of_600_records_than_of_60(
    commands: Commands, li: Reader, sign_in: SignIn, fonds: Fonds, served: Flask
) -> None:
    chen, wang = sign_in("chen", Role.SYSADMIN), sign_in("wangfang", Role.STAFF, department="市场部")
    owners = [row.id for row in User.objects(name__in=["liqian", "wangfang"])]

    def counted(records: int) -> dict[str, int]:
        for document in (Record, File, Dossier, Filing, Counter):
            document._get_collection().delete_many({})
        Filling(fonds, records, fonds.clock().date(), owners).enter()
        found = {}
        for who, reader in (("li", li), ("wang", wang), ("chen", chen)):
            for path in [*plain_pages(served), *ASKED]:
                if reader.get(path).status_code == 200:
                    commands.names.clear()
                    reader.get(path)
                    found[f"{who} {path}"] = len(commands.names)
        return found

    few, many = counted(60), counted(600)
    assert {"li /inbox", "wang /dossiers", "li /tasks?queue=draft", "chen /admin/users", "li /"} <= set(few)
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page] + LOTS} == {}
    assert max(many.values()) <= MOST, many
