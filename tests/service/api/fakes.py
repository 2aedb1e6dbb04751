"""A small archive in memory with the use cases' signatures, for what concerns HTTP alone."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, get_type_hints

from ingest.port import Offer
from search.port import Explanation, Passage, Place, ScorePart, Suggestion
from service.domain.bulk import BulkChange, BulkLineView, BulkView
from service.domain.chain import Verdict
from service.domain.dossiers import Completion, DossierSaid, DossierView, Expected
from service.domain.holdings import (
    CategoryView,
    Content,
    Description,
    FacetLine,
    FileView,
    Finding,
    Findings,
    FoundPlace,
    ImportLine,
    ImportView,
    Page,
    Question,
    RecordView,
)
from service.domain.people import Standing
from service.domain.permissions import Act, Actor, Role, may
from service.domain.uploads import NewUpload, PartLink, PartView, Presets, UploadView
from service.errors import Forbidden, NotFound, RangeUnsatisfiable, StaleRevision, WrongCredentials
from service.knowing import Knowing
from service.settings import Settings
from service.usecases.bulk.conversions import Conversions
from service.usecases.contents.intake import Arrival
from service.usecases.contents.reprocessing import ReprocessingHoldings
from service.usecases.describing.near_copies import NearCopy
from service.usecases.describing.records import HistoryLine
from service.usecases.describing.relations import RelationView
from service.usecases.describing.suggesting import Offered, ShownEvidence
from service.usecases.desk.notices import Bell, NoticeView
from service.usecases.desk.saved_searches import SavedSearchView
from service.usecases.desk.search_habits import Habit
from service.usecases.moving_in.imports import NotedEntry
from service.usecases.moving_in.migrating import Migrations
from service.usecases.moving_in.near_groups import NearGroups
from service.usecases.people.departments import DepartmentView
from service.usecases.people.sessions import SessionView
from service.usecases.people.sign_in import Session, SignedIn
from service.usecases.people.tokens import TokenView
from service.usecases.people.users import NewUser, UserView, WhoIs
from service.usecases.safekeeping.auditing import ChainState, EventView
from service.usecases.safekeeping.backup.taking import BackupReport
from service.usecases.safekeeping.checking import CheckReport, Progress
from service.usecases.safekeeping.encrypting import Encrypting
from service.usecases.safekeeping.mending import Copies, MendReport
from service.usecases.safekeeping.patrol import ObjectFinding
from service.usecases.scheme.scheme_texts import Brought
from service.usecases.scheme.scheming import Scheming
from service.usecases.searching.duties import Duties
from service.usecases.searching.exporting import Table
from service.usecases.searching.missed import Missed, MissedMonth
from service.usecases.searching.panoramas import Panoramas
from service.usecases.searching.synonyms import SynonymsView
from tests.service.api.archival_fake import ArchivalFake
from tests.service.api.promised import Promised

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ARCHIVIST = Actor("id-li", "li", "李档案", frozenset({Role.ARCHIVIST, Role.STAFF}), frozenset({"综合管理部"}))
ADMIN = Actor("id-admin", "admin", "管理员", frozenset({Role.SYSADMIN}))
STAFF = Actor("id-wang", "wang", "王芳", frozenset({Role.STAFF}), frozenset({"销售部"}))

NEWCOMER = replace(STAFF, id="id-new", name="new", must_change_password=True)

DOSSIER = DossierView(
    id="d1",
    kind="contract",
    code="AJ-1",
    title="嘉禾",
    category="HT",
    party="嘉禾连锁",
    department="市场部",
    responsible="",
    start=NOW.date(),
    end=None,
    note="",
    state="open",
    secrecy="L1",
    expected=(Expected("text", "合同正本", "Contract", words=("合同",)),),
    owner="李档案",
    rev=3,
    created_at=NOW,
    updated_at=NOW,
    may=frozenset({"change"}),
)
BULK = BulkView(
    id="b1",
    act="edit",
    state="planned",
    count=1,
    beyond=0,
    done=0,
    change=BulkChange(department="市场部", date=NOW.date()),
    plans={"change": 1},
    fates={},
    undoable=False,
    undoes="",
    undone_by="",
    back="",
    created_at=NOW,
    ended_at=None,
)

KNOWING = SimpleNamespace(**{name: Promised(kind) for name, kind in get_type_hints(Knowing).items()})

TOKENS = {"new-token": NEWCOMER, "li-token": ARCHIVIST, "admin-token": ADMIN, "wang-token": STAFF}
PASSWORD = "correct horse"


def a_file(content: bytes, *, name: str = "合同.pdf", media_type: str = "application/pdf") -> FileView:
    return FileView(
        id="f1",
        record_id="r1",
        name=name,
        path="",
        role="main",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
        family="pdf",
        state="done",
        attempts=1,
        reason="",
        warning="",
        detail="",
        pages=1,
        characters=4,
        has_text=True,
        has_preview=True,
        facts={},
        created_at=NOW,
        finished_at=NOW,
    )


def a_record(number: int = 1, title: str = "会议纪要") -> RecordView:
    return RecordView(
        id=f"r{number}",
        title=title,
        category="HT",
        category_version=1,
        date=NOW.date(),
        year=2026,
        department="销售部",
        responsible="",
        ref_code="",
        doc_no="",
        secrecy="L0",
        retention="",
        copy_status="",
        original_place="",
        language="",
        keywords=("渠道",),
        fields={},
        note="",
        life="draft",
        rev=3,
        indexed=True,
        owner="李档案",
        created_at=NOW,
        updated_at=NOW,
        files=(),
        inbox=False,
        missing=(),
        may=frozenset({"change", "read_content", "delete"}),
    )


CATEGORY = CategoryView(
    "HT", "", "合同", "Contracts", ("HT",), 1, {"type": "object"}, "L0", True, "D30", False, ""
)


SETTINGS = Settings(home=Path("/nowhere"), listen=("127.0.0.1", 0), max_file_bytes=100_000)


class SignInFake:
    def __init__(self) -> None:
        self.open: dict[str, Actor] = {}
        self.ended: list[str] = []

    def sign_in(self, name: str, password: str, *, address: str, agent: str = "") -> SignedIn:
        if (name, password) != ("li", PASSWORD):
            raise WrongCredentials
        token = f"session-{len(self.open)}"
        self.open[token] = ARCHIVIST
        return SignedIn(token, f"csrf-of-{token}", ARCHIVIST, NOW)

    def sign_out(self, token: str) -> None:
        self.ended.append(token)
        self.open.pop(token, None)

    def session(self, token: str) -> Session | None:
        actor = self.open.get(token)
        return Session(actor, f"csrf-of-{token}", NOW, NOW) if actor else None


class TokensFake:
    def bearer(self, token: str) -> Actor | None:
        return TOKENS.get(token)

    def add(self, actor: Actor, *, name: str, days: int, scopes: Sequence[str] = ()) -> tuple[str, TokenView]:
        return "fonds_text", TokenView("t1", name, NOW, NOW, tuple(scopes))

    def own(self, actor: Actor) -> list[TokenView]:
        return [TokenView("t1", "backup", NOW, NOW)]

    def revoke(self, actor: Actor, token_id: str) -> None:
        if token_id != "t1":
            raise NotFound("没有这个令牌")

    def page(self, actor: Actor, *, after: str = "", limit: int = 50) -> Page:
        return Page([TokenView("t1", "backup", NOW, NOW, ("read",), None, "李档案", "u1")], "", 1)

    def revoke_any(self, actor: Actor, token_id: str) -> None:
        self.revoke(actor, token_id)


WANG = UserView("u1", "wang", "王芳", ("staff",), ("销售部",), False, False, NOW)


class SessionsFake:
    def of(self, actor: Actor, user_id: str) -> list[SessionView]:
        return [SessionView("s1", "10.0.0.1", "Firefox", NOW, NOW)]


class DepartmentsFake:
    def all(self, actor: Actor) -> list[DepartmentView]:
        return [DepartmentView("市场部", 1, False, 3)]

    def add(self, actor: Actor, name: str, *, order: int) -> None:
        assert name


class PeopleFake:
    def __init__(self) -> None:
        self.passwords: list[tuple[str, str, str]] = []

    def add(self, actor: Actor, new: NewUser) -> tuple[UserView, str]:
        if not may(actor, Act.MANAGE_USERS):
            raise Forbidden("只有系统管理员可以管理用户")
        roles, departments = tuple(new.roles), tuple(new.departments)
        user = UserView("u1", new.name, new.display_name, roles, departments, False, True, NOW)
        return user, "" if new.password else "one-time"

    def page(self, actor: Actor, asked: WhoIs, *, after: str = "", limit: int = 50) -> Page:
        return Page([WANG], "", 1)

    def get(self, actor: Actor, user_id: str) -> UserView:
        return WANG

    def change(self, actor: Actor, user_id: str, said: Standing) -> UserView:
        return replace(WANG, clearance=said.clearance or "L2")

    disable = enable = unlock = get

    def reset_password(self, actor: Actor, user_id: str) -> str:
        return "one-time"

    def change_password(self, actor: Actor, old: str, new: str, *, session: str = "") -> None:
        self.passwords.append((old, new, session))


class CategoriesFake:
    def all(self) -> list[CategoryView]:
        return [CATEGORY]

    def get(self, code: str) -> CategoryView:
        if code != "HT":
            raise NotFound("没有这个类别")
        return CATEGORY


class SchemeTextsFake:
    def export(self, actor: Actor) -> str:
        return "format: fonds-scheme-1\ncategories: []\n"

    def bring(self, actor: Actor, text: str, *, reason: str = "") -> Brought:
        return Brought(("LX",), ("HT",), 3, bool(reason))


class RecordsFake:
    def __init__(self) -> None:
        self.raising: BaseException | None = None
        self.described: Description | None = None

    def create(self, actor: Actor, described: Description, key: str = "") -> RecordView:
        self.described = described
        return replace(a_record(), title=described.title or "")

    def get(self, actor: Actor, record_id: str) -> RecordView:
        if self.raising:
            raise self.raising
        if record_id != "r1":
            raise NotFound
        return a_record()

    def list(
        self, actor: Actor, *, category: str | None = None, below: int | None = None, limit: int = 50
    ) -> Page:
        at = 10 if below is None else below
        found = [a_record(number) for number in range(at - 1, 0, -1)][:limit]
        last = int(found[-1].id[1:]) if found else 1
        return Page(found, str(last) if last > 1 else "")

    def change(self, actor: Actor, record_id: str, rev: int, described: Description) -> RecordView:
        self.described = described
        if rev != 3:
            raise StaleRevision(3)
        return replace(a_record(), rev=4)

    def delete(self, actor: Actor, record_id: str, rev: int | None = None) -> None:
        if rev != 3:
            raise StaleRevision(3)

    def history(self, actor: Actor, record_id: str) -> Sequence[HistoryLine]:
        return [HistoryLine(3, NOW, "李档案", {"title": ("旧", "新")})]


class FilesFake:
    def __init__(self) -> None:
        self.content_of = b"%PDF-1.7 " + bytes(range(256)) * 20
        self.view = a_file(self.content_of)
        self.added: list[tuple[str, bytes, Arrival]] = []
        self.chunks: Iterator[bytes] | None = None
        self.closed = 0
        self.redirect = ""

    def add(
        self, actor: Actor, record_id: str, source: BinaryIO, *, name: str, promised: Arrival | None = None
    ) -> FileView:
        pieces = list(iter(lambda: source.read(1000), b""))
        self.added.append((name, b"".join(pieces), promised or Arrival(name)))
        return a_file(b"".join(pieces), name=name)

    def get(self, actor: Actor, file_id: str) -> FileView:
        if file_id != "f1":
            raise NotFound
        return self.view

    def content(
        self,
        actor: Actor,
        file_id: str,
        *,
        start: int | None = None,
        end: int | None = None,
        download: bool = False,
    ) -> Content:
        size = len(self.content_of)
        first = 0 if start is None else max(0, size + start) if start < 0 else start
        behind = size if end is None else min(end, size)
        if first >= size:
            raise RangeUnsatisfiable("文件共 %(size)s 字节", size=size)
        view = self.get(actor, file_id)
        chunks = self.chunks or self._chunks(self.content_of[first:behind])
        return Content(view.name, view.media_type, size, first, behind, view.sha256, chunks, self.redirect)

    def _chunks(self, content: bytes) -> Iterator[bytes]:
        try:
            for at in range(0, len(content), 1000):
                yield content[at : at + 1000]
        finally:
            self.closed += 1

    def preview(self, actor: Actor, file_id: str, size: str = "large") -> Content:
        return Content("f1.jpg", "image/jpeg", 3, 0, 3, "", iter([b"jpg"]))

    def members(self, actor: Actor, file_id: str, *, after: int = 0, limit: int = 200) -> Page:
        return Page([self.view])

    def rendition(
        self,
        actor: Actor,
        file_id: str,
        name: str,
        *,
        start: int | None = None,
        end: int | None = None,
        download: bool = False,
    ) -> Content:
        if name != "film":
            raise NotFound("没有预览")
        return Content("f1.mp4", "video/mp4", 3, 0, 3, "", iter([b"mp4"]))

    def text(self, actor: Actor, file_id: str) -> Sequence[Passage]:
        return [Passage(Place("page", 1), "第一页")]

    def retry(self, actor: Actor, file_id: str, *, setting: str = "") -> FileView:
        return self.view

    def add_version(
        self, actor: Actor, file_id: str, source: BinaryIO, *, name: str, promised: Arrival | None = None
    ) -> FileView:
        return self.add(actor, "r1", source, name=name, promised=promised)

    def versions(self, actor: Actor, file_id: str) -> Sequence[FileView]:
        return [self.view]


RELATED = RelationView("main:r1:r2", "attachment", "r2", "附图", "HT", "", "L0", "draft", "李档案", NOW)


class RelationsFake:
    def list(self, actor: Actor, record_id: str) -> Sequence[RelationView]:
        return [RELATED]

    def add(self, actor: Actor, record_id: str, role: str, other_id: str) -> RelationView:
        return RELATED

    def remove(self, actor: Actor, record_id: str, relation_id: str) -> None:
        if relation_id != RELATED.id:
            raise NotFound


class NoticesFake:
    def bell(self, actor: Actor) -> Bell:
        return Bell(1, 1)

    def list(self, actor: Actor, *, after: str = "", limit: int = 30) -> Page:
        return Page([NoticeView("n1", NOW, "change", "王芳", "r1", "会议纪要", "", read=False)])

    def read_all(self, actor: Actor) -> None:
        """Nothing to forget."""


AN_UPLOAD = UploadView(
    id="u1",
    name="a.txt",
    path="",
    size=4,
    sha256="0" * 64,
    state="stored",
    reason="",
    part_size=8 << 20,
    part_count=1,
    category="",
    created_at=NOW,
    expires_at=NOW,
    record_id="r1",
    file_id="f1",
    duplicate=False,
    title="a",
    ref_code="",
    inbox=True,
    missing=(),
    file_state="pending",
    file_reason="",
    file_warning="",
    links=(PartLink(1, 4, "http://127.0.0.1:1/objects/x", NOW),),
)


class UploadsFake:
    def create(self, actor: Actor, new: NewUpload, key: str = "") -> UploadView:
        return AN_UPLOAD

    def whole(self, actor: Actor, new: NewUpload, source: BinaryIO, key: str = "") -> UploadView:
        source.read()
        return AN_UPLOAD

    def get(self, actor: Actor, upload_id: str) -> UploadView:
        return AN_UPLOAD

    def list(self, actor: Actor, *, below: int | None = None, limit: int = 50) -> Page:
        return Page([AN_UPLOAD])

    def links(self, actor: Actor, upload_id: str, *, first: int, last: int) -> Sequence[PartLink]:
        return AN_UPLOAD.links

    def parts(self, actor: Actor, upload_id: str) -> Sequence[PartView]:
        return [PartView(1, 4, "x")]

    def complete(self, actor: Actor, upload_id: str) -> UploadView:
        return AN_UPLOAD

    def preset(self, actor: Actor, upload_id: str, presets: Presets) -> UploadView:
        return AN_UPLOAD

    def abort(self, actor: Actor, upload_id: str) -> None:
        return None


class ImportsFake:
    def __init__(self) -> None:
        self.offered: list[tuple[Offer, bytes]] = []
        self.noted: list[NotedEntry] = []

    def start(self, actor: Actor, *, source: str, category: str = "") -> ImportView:
        return self._view(source)

    def offer(self, actor: Actor, import_id: str, source: BinaryIO, offer: Offer) -> ImportLine:
        self.offered.append((offer, source.read()))
        return ImportLine(1, offer.path, "", "", len(self.offered[-1][1]), "r1", "f1")

    def offer_many(
        self, actor: Actor, import_id: str, offered: Sequence[tuple[BinaryIO, Offer]]
    ) -> Sequence[ImportLine]:
        return [self.offer(actor, import_id, source, offer) for source, offer in offered]

    def note(self, actor: Actor, import_id: str, entries: Sequence[NotedEntry]) -> None:
        self.noted += entries

    def close(self, actor: Actor, import_id: str) -> ImportView:
        return self._view("folder")

    def get(self, actor: Actor, import_id: str) -> ImportView:
        return self._view("folder")

    def lines(
        self, actor: Actor, import_id: str, *, fate: str | None = None, above: int = 0, limit: int = 200
    ) -> Page:
        return Page([ImportLine(above + 1, "a", fate or "", "", 1, "r1", "f1")], str(above + 1))

    def list(self, actor: Actor, *, below: int | None = None, limit: int = 50) -> Page:
        return Page([self._view("folder")])

    def _view(self, source: str) -> ImportView:
        return ImportView("i1", source, "", "open", NOW, None, 1, 1, {"archived": 0}, 3)


class MissedFake:
    def month(self, actor: Actor, month: str) -> MissedMonth:
        return MissedMonth(month, [month], [Missed("独角兽", 2, NOW.date())])


class SynonymsFake:
    def view(self, actor: Actor) -> SynonymsView:
        return SynonymsView(1, [["签约", "签署"]], "lidangan", NOW)

    def change(self, actor: Actor, rev: int, groups: Sequence[Sequence[str]]) -> SynonymsView:
        return SynonymsView(rev + 1, groups, "lidangan", NOW)


class FindingFake:
    def __init__(self) -> None:
        self.missed, self.synonyms = MissedFake(), SynonymsFake()
        self.question: Question | None = None
        self.problems: tuple[dict[str, Any], ...] = ()

    def search(self, actor: Actor, question: Question) -> Findings:
        self.question = question
        hit = self._hit()
        bare = replace(hit, id="r2", places=())
        return Findings(
            2,
            [hit, bare],
            {"category": (FacetLine("HT", "合同", 2),), "year": ()},
            "engine:2",
            "",
            self.problems,
        )

    def explain(self, actor: Actor, question: Question, record_id: str) -> Explanation:
        self.question = question
        return Explanation(2.5, "", "渠道", (ScorePart("title_pairs", ("渠道",), 2.5),), 0.2)

    def alike(self, actor: Actor, record_id: str, *, limit: int) -> list[Finding]:
        return [self._hit()][:limit] if record_id == "r1" else []

    def suggest(self, actor: Actor, text: str, *, limit: int) -> list[Suggestion]:
        return [Suggestion("title", f"{text}合同", "r1")][:limit]

    def _hit(self) -> Finding:
        place = FoundPlace("f1", "合同.pdf", "page", 2, "", "渠道建设", ((0, 2),))
        return Finding(
            "r1", "渠道合同", ((0, 2),), "HT", "合同", "销售部", NOW.date(), "", "L0", "draft", 1.5,
            "合同.pdf", "f1", "pdf", True, (place,),
        )  # fmt: skip


class SavedSearchesFake:
    def __init__(self) -> None:
        self.view = SavedSearchView("s1", "窜货", Question(text="窜货", family=("pdf",)), True, 2, NOW, NOW)
        self.saved: Question | None = None

    def list(self, actor: Actor) -> list[SavedSearchView]:
        return [self.view]

    def save(self, actor: Actor, name: str, question: Question, *, watched: bool) -> SavedSearchView:
        self.saved = question
        return replace(self.view, name=name, question=question, watched=watched)

    def get(self, actor: Actor, search_id: str) -> SavedSearchView:
        if search_id != "s1":
            raise NotFound("没有这条收藏的检索")
        return self.view

    def open(self, actor: Actor, search_id: str) -> SavedSearchView:
        return self.get(actor, search_id)

    def rename(self, actor: Actor, search_id: str, name: str) -> SavedSearchView:
        return replace(self.view, name=name)

    def watch(self, actor: Actor, search_id: str, watched: bool) -> SavedSearchView:
        return replace(self.view, watched=watched)

    def delete(self, actor: Actor, search_id: str) -> None:
        self.get(actor, search_id)


class SearchHabitsFake:
    def of(self, actor: Actor) -> Habit:
        return Habit(("窜货", "返利"))

    def forget(self, actor: Actor) -> None:
        return None


class ExportingFake:
    def csv(self, actor: Actor, question: Question, table: Table) -> Iterator[bytes]:
        return iter([",".join(table.heads).encode()])

    workbook = csv


class MigrationsFake(Promised):
    def __init__(self) -> None:
        super().__init__(Migrations)
        self.copies = Promised(NearGroups)


class NearCopiesFake:
    def of(self, actor: Actor, record_id: str) -> Sequence[NearCopy]:
        return [NearCopy("r2", "合同扫描件", "L0", "scan", 97, "f1", "f2")]


class SuggestingFake:
    def __init__(self) -> None:
        self.category: str | None = None
        self.copies = NearCopiesFake()

    def for_record(self, actor: Actor, record_id: str, *, category: str | None = None) -> Sequence[Offered]:
        if record_id != "r1":
            raise NotFound
        self.category = category
        page = ShownEvidence("text", "f1", "合同.pdf", Place("page", 1), "", 0, 6, 18, "合同总价：48 万元")
        name = ShownEvidence("name", "f1", "合同.pdf", None, "", 0, 0, 2, "合同")
        return [
            Offered("category", "类别", "Category", "HT", "合同", "Contracts", "words", name),
            Offered("fields.amount", "合同金额", "Amount", 480000, "480000", "480000", "label", page),
            Offered(
                "fields.attendees",
                "出席人员",
                "Present",
                ("周敏", "王芳"),
                "周敏、王芳",
                "周敏, 王芳",
                "label",
                page,
            ),
        ]


class UpkeepFake:
    def __init__(self) -> None:
        self.parts = {"database": "", "objects": "", "search": ""}
        self.breaking = False

    def readiness(self) -> dict[str, str]:
        return self.parts

    def status(self, actor: Actor) -> dict[str, Any]:
        if not may(actor, Act.OPERATE):
            raise Forbidden
        return {"parts": self.parts, "files": {"pending": 2, "failed": 0}, "to_index": 5}

    def check(self, actor: Actor, *, repair: bool, read_data: bool) -> Iterator[Progress | CheckReport]:
        self.status(actor)
        return iter(self._steps())

    def reindex(self, actor: Actor) -> Iterator[Progress | int]:
        self.status(actor)
        return iter([Progress("records", 1, 2), 2])

    def _steps(self) -> Iterator[Any]:
        yield Progress("rows", 1, 1)
        if self.breaking:
            raise ValueError("a secret of the database")
        yield {"differences": 0}


class BackupsFake:
    def take(self, actor: Actor, *, url: str = "") -> Iterator[Progress | BackupReport]:
        if not may(actor, Act.OPERATE):
            raise Forbidden
        return iter([Progress("rows", 1, 1), BackupReport(name="20260302090000-abcd", rows=3)])

    def note_drill(self, actor: Actor, drill: object) -> None:
        return None

    def state(self, actor: Actor) -> dict[str, Any]:
        return {"last": {"began_at": NOW, "ended_at": None, "name": "", "fault": ""}}


class PatrolFake:
    def findings(self, actor: Actor) -> list[ObjectFinding]:
        if not may(actor, Act.OPERATE):
            raise Forbidden
        return [ObjectFinding("content/ab/" + "ab" * 16, "changed", "3 bytes", NOW, None)]

    def state(self) -> dict[str, Any]:
        return {"open": 1, "rounds": 0, "folder": 3, "days": 90}


class ReplicaFake:
    def state(self) -> dict[str, Any]:
        return {}


class RunsFake:
    def during(self, actor: Actor, kind: str, steps: Iterator[Any]) -> Iterator[Any]:
        return steps


class MendingFake:
    def mend(self, actor: Actor, wanted: Copies) -> Iterator[Progress | MendReport]:
        yield Progress("mending", 0, 1)
        yield MendReport(mended=["content/00/" + "0" * 32])


@dataclass
class SafekeepingFake:
    runs: RunsFake = field(default_factory=RunsFake)
    mending: MendingFake = field(default_factory=MendingFake)
    backups: BackupsFake = field(default_factory=BackupsFake)
    patrol: PatrolFake = field(default_factory=PatrolFake)
    replica: ReplicaFake = field(default_factory=ReplicaFake)
    encrypting: Any = field(default_factory=lambda: Promised(Encrypting))


class DossiersFake:
    def create(self, actor: Actor, kind: str, said: DossierSaid) -> DossierView:
        return DOSSIER

    def get(self, actor: Actor, dossier_id: str) -> DossierView:
        return DOSSIER

    def page(self, actor: Actor, **conditions: Any) -> Page:
        return Page([DOSSIER])

    def change(self, actor: Actor, dossier_id: str, rev: int, said: DossierSaid) -> DossierView:
        assert said.clear_end
        return DOSSIER

    def delete(self, actor: Actor, dossier_id: str, rev: int) -> None:
        return None

    def standings(self, actor: Actor, dossier: DossierView) -> list[Completion]:
        return [Completion(dossier.expected[0])]


class FilingFake:
    def page(self, actor: Actor, dossier_id: str, **window: int) -> Page:
        return Page([], total=0)

    def put(self, actor: Actor, dossier_id: str, record_ids: Sequence[str]) -> int:
        return len(record_ids)

    def move(self, actor: Actor, dossier_id: str, record_id: str, before: str) -> None:
        assert (record_id, before) == ("r1", "r2")

    def take(self, actor: Actor, dossier_id: str, record_ids: Sequence[str]) -> int:
        return len(record_ids)


class BulkFake:
    def choose(self, actor: Actor, act: str, *, ids: Sequence[str], question: Question | None) -> BulkView:
        assert question is not None
        assert question.date_from is not None
        return BULK

    def get(self, actor: Actor, run_id: str) -> BulkView:
        return BULK

    def plan(self, actor: Actor, run_id: str, change: BulkChange) -> BulkView:
        assert change.tags_add == ("x",)
        return BULK

    def apply(self, actor: Actor, run_id: str, *, typed: int | None) -> BulkView:
        assert typed == 100
        return BULK

    def undo(self, actor: Actor, run_id: str) -> BulkView:
        return BULK

    def lines(self, actor: Actor, run_id: str, **window: Any) -> Page:
        return Page(
            [BulkLineView(0, "r1", None, "change", "", "", {}, {"department": ("", "市场部")})], "", 1
        )


class BulkDownloadFake:
    def archive(self, actor: Actor, run_id: str) -> Iterator[bytes]:
        return iter([b"PK"])

    def bag(self, actor: Actor, run_id: str) -> Iterator[bytes]:
        return iter([b"PK"])


class StoreFake:
    presignable = False


class AuditFake:
    """Takes refusals down."""

    def insert(self, *_words: object, **_facts: object) -> None:
        """Nothing to keep."""


class AuditingFake:
    """A trail of one event."""

    def page(self, *_: object, **__: object) -> Page:
        return Page(
            items=[EventView(1, "e", NOW, "u", "王芳", "", "", "read", "record", "r", "", "done", {})]
        )

    def state(self, _actor: Actor) -> ChainState:
        return ChainState(1, "0" * 64, None)

    def export(self, _actor: Actor, *, after: int) -> Iterator[str]:
        return iter([f"{after}\n"])

    def verify(self, _actor: Actor) -> Iterator[Progress | Verdict]:
        return iter([Progress("audit", 1, 1), Verdict(events=1)])


GATHERING = SimpleNamespace(panoramas=Promised(Panoramas), duties=Promised(Duties))


@dataclass
class Archive:
    """What `create_app` is given instead of the wired program."""

    settings: Settings = SETTINGS
    secret: str = "a secret for tests " * 3
    sign_in: SignInFake = field(default_factory=SignInFake)
    sessions: SessionsFake = field(default_factory=SessionsFake)
    departments: DepartmentsFake = field(default_factory=DepartmentsFake)
    tokens: TokensFake = field(default_factory=TokensFake)
    people: PeopleFake = field(default_factory=PeopleFake)
    categories: CategoriesFake = field(default_factory=CategoriesFake)
    scheming: Any = field(default_factory=lambda: Promised(Scheming))
    conversions: Any = field(default_factory=lambda: Promised(Conversions))
    scheme_texts: SchemeTextsFake = field(default_factory=SchemeTextsFake)
    records: RecordsFake = field(default_factory=RecordsFake)
    archival: ArchivalFake = field(default_factory=lambda: ArchivalFake(a_record))
    dossiers: DossiersFake = field(default_factory=DossiersFake)
    filing: FilingFake = field(default_factory=FilingFake)
    gathering: Any = field(default_factory=lambda: GATHERING)
    bulk: BulkFake = field(default_factory=BulkFake)
    bulk_download: BulkDownloadFake = field(default_factory=BulkDownloadFake)
    files: FilesFake = field(default_factory=FilesFake)
    relations: RelationsFake = field(default_factory=RelationsFake)
    notices: NoticesFake = field(default_factory=NoticesFake)
    uploads: UploadsFake = field(default_factory=UploadsFake)
    imports: ImportsFake = field(default_factory=ImportsFake)
    finding: FindingFake = field(default_factory=FindingFake)
    saved_searches: SavedSearchesFake = field(default_factory=SavedSearchesFake)
    search_habits: SearchHabitsFake = field(default_factory=SearchHabitsFake)
    exporting: ExportingFake = field(default_factory=ExportingFake)
    suggesting: SuggestingFake = field(default_factory=SuggestingFake)
    upkeep: UpkeepFake = field(default_factory=UpkeepFake)
    safekeeping: SafekeepingFake = field(default_factory=SafekeepingFake)
    store: Any = field(default_factory=StoreFake)
    knowing: Any = field(default_factory=lambda: KNOWING)
    migrations: Any = field(default_factory=MigrationsFake)
    reprocessing: Any = field(default_factory=lambda: Promised(ReprocessingHoldings))
    audit: AuditFake = field(default_factory=AuditFake)
    auditing: AuditingFake = field(default_factory=AuditingFake)

    def clock(self) -> datetime:
        return NOW
