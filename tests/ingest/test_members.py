"""Files inside files are handed out of the jail: of every kind of container, in rounds, never deeper than two."""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms  # type: ignore[import-untyped]

from ingest.files import unpacking
from ingest.jail.frames import Reply
from ingest.jobs.pipeline import Keeping, Worker
from ingest.tasks.extract import extract, finding
from ingest.tasks.members import Unpacked, unpacked
from tests.ingest import containers, samples
from tests.ingest.conftest import Workplace
from tests.ingest.fakes import FakeMembers

INNER = {"合同/正本.txt": "甲方：上海华东".encode(), "图.png": b"\x89PNG", "空.txt": b""}
Asked = Callable[..., Reply]


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    def asking(data: bytes, name: str, **order: Any) -> Reply:
        path = tmp_path / "original"
        path.write_bytes(data)
        with path.open("rb") as stream:
            return extract({"name": name, **order}, stream.fileno(), lambda memory, seconds: None)

    return asking


def taken(asked: Asked, data: bytes, name: str) -> list[tuple[str, bytes]]:
    return [(one.path, one.data) for one in unpacked(asked(data, name, do="unpack"), 0)]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (samples.zipped(INNER), "材料.zip"),
        (containers.tar(INNER), "材料.tar"),
        (containers.tar(INNER, "w:gz"), "材料.tar.gz"),
        (containers.seven(INNER), "材料.7z"),
    ],
    ids=["zip", "tar", "tar.gz", "7z"],
)
def test_members_of_archives(asked: Asked, data: bytes, name: str) -> None:
    assert taken(asked, data, name) == [("合同/正本.txt", INNER["合同/正本.txt"]), ("图.png", b"\x89PNG")]
    known = finding(asked(data, name, adopting=True))
    assert known.members == 2
    assert "甲方" not in str(known.text)


def test_packed_members_of_rar_where_the_system_unpacks_them(asked: Asked) -> None:
    members = {"合同/正本.txt": "甲方：上海华东".encode(), "说明.txt": bytes(range(256)) * 8}
    data = containers.rar(members)
    if unpacking.library():
        assert taken(asked, data, "材料.rar") == list(members.items())
        assert finding(asked(containers.rar(members, claimed=200 << 20), "弹.rar")).warning == "bomb"
    else:
        assert taken(asked, data, "材料.rar") == []
    known = finding(asked(data[:-600], "断.rar", adopting=True))
    assert known.media_type == "application/vnd.rar"


def test_what_lies_in_an_envelope_of_signatures(asked: Asked) -> None:
    def sealed(kind: str, content: object) -> bytes:
        return bytes(cms.ContentInfo({"content_type": kind, "content": content}).dump())

    said = {"content_type": "data", "content": "甲方：上海华东".encode()}
    empty: dict[str, object] = {"version": "v1", "digest_algorithms": [], "signer_infos": []}
    data = sealed("signed_data", {**empty, "encap_content_info": said})
    assert taken(asked, data, "合同.txt.p7m") == [("合同.txt", said["content"])]
    assert finding(asked(data[:20], "合同.txt.p7m")).warning == "damaged"
    closed = {"content_type": "data", "content_encryption_algorithm": {"algorithm": "aes256_cbc"}}
    letter = {"version": "v0", "recipient_infos": [], "encrypted_content_info": closed}
    assert finding(asked(sealed("enveloped_data", letter), "合同.p7m")).warning == "encrypted"


def test_a_file_that_is_packed_alone(asked: Asked) -> None:
    assert taken(asked, gzip.compress(b"x" * 10), "说明.txt.gz") == [("说明.txt", b"x" * 10)]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (samples.mail_with([("附件.txt", b"text"), ("报价.pdf", b"%PDF-")]), "a.eml"),
        (b"From a 2026\n" + samples.mail_with([("附件.txt", b"text"), ("报价.pdf", b"%PDF-")]), "a.mbox"),
        (containers.outlook("主题", {}, [("附件.txt", b"text"), ("报价.pdf", b"%PDF-")]), "a.msg"),
    ],
    ids=["eml", "mbox", "msg"],
)
def test_attachments_of_mails(asked: Asked, data: bytes, name: str) -> None:
    found = taken(asked, data, name)
    assert [(path.rpartition("/")[2], body.rstrip(b"\0")) for path, body in found] == [
        ("附件.txt", b"text"),
        ("报价.pdf", b"%PDF-"),
    ]


def test_files_that_a_pdf_carries(asked: Asked) -> None:
    assert taken(asked, samples.pdf_carrying("发票.xml", b"<x/>"), "a.pdf") == [("发票.xml", b"<x/>")]


def test_what_lies_two_files_deep_is_listed_only(asked: Asked) -> None:
    data = containers.gbk_zip(INNER)
    assert finding(asked(data, "a.zip", adopting=True, depth=2)).members == 0
    assert finding(asked(data, "a.zip", adopting=True, depth=1)).members == 2


def test_a_reply_holds_so_many_and_the_next_goes_on(asked: Asked) -> None:
    data = containers.tar({f"{number:04}.txt": b"%d" % number for number in range(1500)})
    first = unpacked(asked(data, "a.tar", do="unpack"), 0)
    rest = unpacked(asked(data, "a.tar", do="unpack", after=first[-1].serial), first[-1].serial)
    assert (len(first), len(rest), rest[-1].data) == (1000, 500, b"1499")


@pytest.mark.parametrize("row", [[1, 2, "a", 99], [0, 2, "a", 1], ["1", 2, "a", 1], [1, 2, 3, 1], [1], 7])
def test_a_list_that_lies_ends_where_it_lies(row: Any) -> None:
    reply = Reply({"members": [[1, 2, "a", 1], [2, *row[1:]] if row == [1, 2, "a", 99] else row]}, b"xy")
    assert unpacked(reply, 0) == [Unpacked(1, 2, "a", b"x")]


class Container:
    """Jails with a container of three members, of which a reply holds one."""

    def run(self, order: Mapping[str, Any], file: int, seconds: float) -> Reply:
        if order.get("do") != "unpack":
            return Reply({"media_type": "application/zip", "family": "archive", "members": 3})
        number = order["after"] + 1
        return Reply({"members": [[number, number, f"{number}.txt", 1]]}, b"%d" % number)


def worker_of(workplace: Workplace, members: FakeMembers) -> Worker:
    return Worker(
        workplace.ledger, workplace.store, Container(), keeping=Keeping(workplace.transcripts, members)
    )


def test_members_are_stored_and_entered_before_the_container_ends(workplace: Workplace) -> None:
    members = FakeMembers()
    worker = worker_of(workplace, members)
    assert worker.process(workplace.offer(b"x", "a.zip")) == "done"
    assert [each.path for each in members.entered] == ["1.txt", "2.txt", "3.txt"]
    assert [b"".join(workplace.store.open(each.key)) for each in members.entered] == [b"1", b"2", b"3"]


def test_a_container_that_was_taken_away_leaves_nothing(workplace: Workplace) -> None:
    members = FakeMembers()
    members.held = False
    file_id = workplace.offer(b"x", "a.zip")
    assert worker_of(workplace, members).process(file_id) == "lost"
    assert [each.key for each in workplace.store.list("content/")] == [workplace.ledger.rows[file_id].job.key]
