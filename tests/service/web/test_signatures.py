"""Signatures of a PDF in plain words, and on the record's page."""

import json
from typing import Any

import pytest

from service.domain.permissions import Actor
from service.models import File
from service.wiring import Fonds
from tests.ingest import samples
from tests.service.web.conftest import Bring, Reader, visible

GOOD: dict[str, Any] = {
    "signer": "王芳（青禾食品股份有限公司）",
    "subject": "王芳",
    "issuer": "某电子认证有限公司",
    "serial": "ABCDEF",
    "valid_from": "2025-01-01T00:00:00+00:00",
    "valid_until": "2027-01-01T00:00:00+00:00",
    "at": "2025-03-05T02:00:00+00:00",
    "stamped": False,
    "covers": "file",
    "intact": True,
    "genuine": True,
    "after": "nothing",
}


@pytest.fixture
def record(bring: Bring) -> str:
    return bring("合同.pdf", samples.pdf_file())


@pytest.mark.requirement("S-LW-1")
def test_the_page_says_who_signed_and_whether_it_still_stands(
    li: Reader, record: str, fonds: Fonds, archivist: Actor
) -> None:
    (file,) = fonds.records.get(archivist, record).files
    facts = {"signatures": "2", "signature_1": json.dumps(GOOD), "signature_2": "{not json"}
    File.objects(id=file.id).update_one(set__facts=facts)
    page = visible(li.read(f"/records/{record}"))
    said = "王芳（青禾食品股份有限公司） 签署于 2025-03-05 10:00（签名人自报）：覆盖整个文件，签署后未改动"
    assert said in page
    assert (
        "由 某电子认证有限公司 签发 · 序列号 ABCDEF · 有效期 2025-01-01 至 2027-01-01 · 证书是否可信未核验"
        in page
    )
    assert '<p class="note calm">' in li.read(f"/records/{record}")


WORTH: list[tuple[dict[str, Any], str, str]] = [
    ({"intact": False}, "签名所覆盖的内容已被改动，签名无效", "note bad"),
    ({"genuine": False}, "签名与证书不符，签名无效", "note bad"),
    ({"covers": "revision", "after": "forms"}, "覆盖签署时的全文，之后只加了签名或填了表单", "note calm"),
    ({"covers": "revision", "after": "changes"}, "覆盖签署时的全文，但签署后文件内容被改动过", "note bad"),
    ({"covers": "revision", "after": "unknown"}, "覆盖签署时的全文，之后追加的内容未逐项比较", "note"),
    ({"covers": "part"}, "只覆盖文件的一部分，其余内容不受签名保护", "note"),
    ({"fault": "SM2"}, "签名无法核验：SM2", "note"),
    ({"at": "2028-01-01T00:00:00+00:00", "stamped": True}, "签署时不在有效期内", "note calm"),
]


def test_what_a_signature_is_still_worth(li: Reader, record: str, fonds: Fonds, archivist: Actor) -> None:
    (file,) = fonds.records.get(archivist, record).files
    for changed, verdict, look in WORTH:
        facts = {"signatures": "1", "signature_1": json.dumps(GOOD | changed)}
        File.objects(id=file.id).update_one(set__facts=facts)
        page = li.read(f"/records/{record}")
        assert verdict in page, changed
        assert f'<p class="{look}">' in page, changed
    File.objects(id=file.id).update_one(set__facts={"signatures": "1"})
    assert "有电子签名，未核验" in li.read(f"/records/{record}")
