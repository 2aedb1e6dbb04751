"""Imports: every entry has exactly one fate."""

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure

from ingest.port import Offer
from service.domain.holdings import ImportLine
from service.domain.permissions import Actor
from service.errors import Conflict, Forbidden, InvalidInput, MalformedRequest, NotFound
from service.models import ImportLine as LineRow
from service.models import ImportRun as RunRow
from service.models import Record
from service.models.reading import by_key
from service.usecases.moving_in.import_ends import Settling
from service.usecases.moving_in.imports import NotedEntry
from service.usecases.safekeeping.checking import CheckReport
from service.wiring import Fonds


def offer(
    fonds: Fonds, actor: Actor, run: str, path: str, data: bytes = b"text", **more: object
) -> ImportLine:
    told = Offer(name=path.rsplit("/", 1)[-1], path=path, **more)  # type: ignore[arg-type]
    return fonds.imports.offer(actor, run, io.BytesIO(data), told)


@pytest.fixture
def run(fonds: Fonds, archivist: Actor) -> str:
    return fonds.imports.start(archivist, source="市场部共享").id


@pytest.mark.requirement("R-CAP-3")
def test_every_entry_has_one_fate_and_they_add_up(
    fonds: Fonds, archivist: Actor, run: str, settle: Callable[[], None]
) -> None:
    offer(fonds, archivist, run, "a/计划.txt", "年度计划".encode())
    offer(fonds, archivist, run, "b/计划 副本.txt", "年度计划".encode())
    offer(fonds, archivist, run, "空.txt", b"")
    offer(fonds, archivist, run, "坏.pdf", b"%PDF-1.7 broken")
    fonds.imports.note(archivist, run, [NotedEntry("Thumbs.db", "set_aside", "junk", size=5)])
    fonds.imports.note(archivist, run, [NotedEntry("锁住.doc", "failed", "unreadable")])
    assert fonds.imports.get(archivist, run).waiting == 2
    fonds.imports.close(archivist, run)
    settle()
    ended = fonds.imports.get(archivist, run)
    assert ended.fates == {"archived": 2, "duplicates": 1, "set_aside": 2, "quarantined": 0, "failed": 1}
    assert (ended.found, ended.waiting, ended.state) == (6, 0, "closed")
    assert ended.ended_at is not None
    lines = {line.path: (line.fate, line.reason) for line in fonds.imports.lines(archivist, run).items}
    assert lines["空.txt"] == ("set_aside", "empty")
    assert lines["b/计划 副本.txt"] == ("duplicates", "same_content")
    assert lines["坏.pdf"] == ("archived", "damaged")
    assert lines["锁住.doc"] == ("failed", "unreadable")


def test_without_a_category_records_go_to_the_inbox_with_the_files_date(
    fonds: Fonds, archivist: Actor, run: str
) -> None:
    modified = datetime(2024, 5, 6, tzinfo=UTC)
    line = offer(fonds, archivist, run, "会议/五月例会.txt", modified=modified)
    record = fonds.records.get(archivist, line.record_id)
    assert (record.title, record.category, record.date, record.life) == (
        "五月例会",
        "",
        date(2024, 5, 6),
        "draft",
    )
    assert record.files[0].path == "会议/五月例会.txt"


def test_a_category_is_given_to_all(fonds: Fonds, archivist: Actor) -> None:
    run = fonds.imports.start(archivist, source="x", category="WD").id
    assert fonds.records.get(archivist, offer(fonds, archivist, run, "a.txt").record_id).category == "WD"


def test_an_unknown_category_is_refused_at_the_start(fonds: Fonds, archivist: Actor) -> None:
    with pytest.raises(InvalidInput) as fault:
        fonds.imports.start(archivist, source="x", category="ZZ")
    assert fault.value.faults[0].code == "unknown_category"


def test_importing_again_adds_nothing_twice(fonds: Fonds, archivist: Actor, run: str) -> None:
    first = offer(fonds, archivist, run, "a.txt")
    second = fonds.imports.start(archivist, source="x").id
    again = offer(fonds, archivist, second, "a.txt")
    assert (again.fate, again.record_id) == ("duplicates", first.record_id)
    assert len(list(Record.objects)) == 1


def test_the_same_path_offered_twice_is_one_entry(fonds: Fonds, archivist: Actor, run: str) -> None:
    assert offer(fonds, archivist, run, "a.txt") == offer(fonds, archivist, run, "a.txt")
    assert fonds.imports.get(archivist, run).found == 1


@pytest.mark.requirement("F26")
def test_the_same_content_offered_at_once_makes_one_record(fonds: Fonds, archivist: Actor, run: str) -> None:
    lines: list[ImportLine] = []
    threads = [
        threading.Thread(target=lambda n=n: lines.append(offer(fonds, archivist, run, f"{n}.txt")))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line.fate for line in lines) == [""] + ["duplicates"] * 7
    assert len(list(Record.objects)) == 1
    assert len(list(fonds.store.list())) == 1


@pytest.mark.requirement("R-SEC-7", "B45")
def test_content_that_one_may_not_see_is_no_duplicate(
    fonds: Fonds, marketer: Actor, salesperson: Actor
) -> None:
    theirs = fonds.imports.start(marketer, source="x").id
    mine = fonds.imports.start(salesperson, source="y").id
    offer(fonds, marketer, theirs, "a.txt")
    assert offer(fonds, salesperson, mine, "a.txt").fate == ""
    assert len(list(fonds.store.list())) == 1


@pytest.mark.requirement("B23")
def test_a_path_that_is_not_text_is_kept_as_bytes(fonds: Fonds, archivist: Actor, run: str) -> None:
    raw = "报价单\n2024.txt".encode("gbk")
    line = offer(fonds, archivist, run, "报价单\n2024.txt", raw_path=raw)
    record = Record.objects.get(id=line.record_id)
    assert record.source.raw_path == raw
    assert fonds.records.get(archivist, line.record_id).files[0].name == "报价单␊2024.txt"


def test_a_closed_run_takes_nothing(fonds: Fonds, archivist: Actor, run: str) -> None:
    fonds.imports.close(archivist, run)
    fonds.imports.close(archivist, run)
    with pytest.raises(Conflict):
        offer(fonds, archivist, run, "a.txt")


def test_noted_entries_have_fates_without_bytes_only(fonds: Fonds, archivist: Actor, run: str) -> None:
    with pytest.raises(InvalidInput):
        fonds.imports.note(archivist, run, [NotedEntry("a", "archived", "")])


def test_a_run_belongs_to_who_started_it(
    fonds: Fonds, marketer: Actor, salesperson: Actor, archivist: Actor
) -> None:
    run = fonds.imports.start(marketer, source="x").id
    with pytest.raises(NotFound):
        fonds.imports.get(salesperson, run)
    assert fonds.imports.get(archivist, run).id == run
    assert [one.id for one in fonds.imports.list(marketer).items] == [run]
    assert not fonds.imports.list(salesperson).items


def test_the_system_administrator_may_not_import(fonds: Fonds, administrator: Actor) -> None:
    with pytest.raises(Forbidden):
        fonds.imports.start(administrator, source="x")


def test_the_report_pages_through_every_line_once(fonds: Fonds, archivist: Actor, run: str) -> None:
    entries = [NotedEntry(f"{n}.tmp", "set_aside", "junk") for n in range(450)]
    fonds.imports.note(archivist, run, entries)
    seen: list[str] = []
    above = 0
    while True:
        page = fonds.imports.lines(archivist, run, above=above, limit=200)
        seen += [line.path for line in page.items]
        if not page.next_cursor:
            break
        above = int(page.next_cursor)
    assert seen == [entry.path for entry in entries]
    assert len(fonds.imports.lines(archivist, run, fate="failed").items) == 0


@pytest.mark.requirement("R-CAP-3")
def test_files_offered_together_fare_as_each_would_alone(
    fonds: Fonds, archivist: Actor, run: str, settle: Callable[[], None]
) -> None:
    alone = offer(fonds, archivist, run, "早.txt", "早先".encode())
    offered = [
        ("早.txt", "早先".encode()),
        ("甲.txt", "返利".encode()),
        ("空.txt", b""),
        ("乙.txt", "返利".encode()),
        ("甲.txt", "返利".encode()),
        ("丙.txt", "窜货".encode()),
    ]
    together = [(io.BytesIO(data), Offer(name=path, path=path)) for path, data in offered]
    lines = fonds.imports.offer_many(archivist, run, together)
    assert [line.path for line in lines] == [path for path, _ in offered]
    assert lines[0] == alone
    assert [line.fate for line in lines] == ["", "", "set_aside", "duplicates", "", ""]
    assert lines[4] == lines[1]
    assert lines[3].file_id == lines[1].file_id
    again = fonds.imports.offer_many(
        archivist, run, [(io.BytesIO(data), Offer(name=path, path=path)) for path, data in offered]
    )
    assert again == lines
    fonds.imports.close(archivist, run)
    settle()
    ended = fonds.imports.get(archivist, run)
    assert (ended.found, ended.fates["archived"], ended.fates["duplicates"]) == (5, 3, 1)


def test_a_lot_that_the_store_refuses_leaves_nothing_behind(fonds: Fonds, archivist: Actor, run: str) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise MalformedRequest

    before = {held.key for held in fonds.store.list()}
    with pytest.raises(MalformedRequest):
        fonds.imports.offer_many(
            archivist,
            run,
            [
                (io.BytesIO(b"whole"), Offer(name="a.txt", path="a.txt")),
                (Broken(), Offer(name="b.txt", path="b.txt")),
            ],
        )
    assert {held.key for held in fonds.store.list()} == before
    assert fonds.imports.get(archivist, run).found == 0


@pytest.mark.requirement("R-SEC-7")
def test_a_report_names_nothing_of_a_record_above_its_readers_level(
    fonds: Fonds, archivist: Actor, run: str
) -> None:
    hidden = fonds.imports.offer(archivist, run, io.BytesIO("底价".encode()), Offer(name="底价.txt"))
    fonds.imports.offer(archivist, run, io.BytesIO("通知".encode()), Offer(name="通知.txt"))
    Record.objects(id=hidden.record_id).update(set__secrecy="L2")
    lines = fonds.imports.lines(replace(archivist, clearance="L0"), run).items
    assert [(line.path, line.size) for line in lines] == [("", 6), ("通知.txt", 6)]
    assert (lines[0].record_id, lines[0].file_id) == ("", "")
    assert [line.path for line in fonds.imports.lines(archivist, run).items] == ["底价.txt", "通知.txt"]


COMMIT = ClientSession.commit_transaction


class LostAnswer:
    """A commit that is done, and whose first answer says that it may be lost: the database was killed."""

    def __init__(self) -> None:
        self._told = False

    def commit(self, session: ClientSession) -> None:
        COMMIT(session)
        if not self._told:
            self._told = True
            raise OperationFailure("answer lost", 91, {"errorLabels": ["TransientTransactionError"]})


def test_a_commit_whose_answer_was_lost_is_not_done_twice(
    fonds: Fonds,
    archivist: Actor,
    administrator: Actor,
    run: str,
    settle: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer(fonds, archivist, run, "a/计划.txt", "年度计划".encode())
    for name, text in (("b/计划.txt", "年度计划"), ("纪要.txt", "会议纪要")):
        lost = LostAnswer()
        monkeypatch.setattr(
            ClientSession, "commit_transaction", lambda session, lost=lost: lost.commit(session)
        )
        offer(fonds, archivist, run, name, text.encode())
    settle()
    ended = fonds.imports.get(archivist, run)
    assert ended.found == 3
    assert (ended.fates["archived"], ended.fates["duplicates"]) == (2, 1)
    *_, report = fonds.upkeep.check(administrator)
    assert isinstance(report, CheckReport)
    assert not report.differences


def test_a_run_of_which_much_waits_is_left_alone_for_a_while(
    fonds: Fonds, archivist: Actor, run: str, settle: Callable[[], None]
) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        offer(fonds, archivist, run, name, name.encode())
    seconds = [0.0, 0.5, 10.4, 10.6]  # of a clock by which the first look takes half a second
    looks = Settling(many=2, clock=lambda: seconds.pop(0))
    row = by_key(RunRow, id=run)

    def waiting() -> int:
        looks.settle(row)
        return int(LineRow.objects(run_id=run, fate="").count())

    assert waiting() == 3
    settle()
    assert (waiting(), seconds) == (3, [10.6])  # it rests for twenty times as long
    assert waiting() == 0


def test_an_end_that_no_sum_has_is_counted_when_nothing_waits(
    fonds: Fonds, archivist: Actor, run: str, settle: Callable[[], None]
) -> None:
    offer(fonds, archivist, run, "a.txt")
    settle()
    fonds.imports.close(archivist, run)
    RunRow.objects(id=run).update_one(set__fates={})  # what was written over by one who counted meanwhile
    ended = fonds.imports.get(archivist, run)
    assert (ended.waiting, ended.fates["archived"]) == (0, 1)
    assert ended.ended_at is not None
