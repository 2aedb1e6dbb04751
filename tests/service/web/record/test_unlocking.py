"""A password for an encrypted file: used once, kept nowhere, and said to be wrong when it is."""

import io
import zipfile

import msoffcrypto
import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from service.domain.permissions import Role
from service.models import File
from service.models.reading import by_key
from tests.ingest import samples
from tests.service.web.conftest import Bring, Reader, SignIn, visible

PASSWORD = "渠道-8817-秘"


def a_word_file() -> bytes:
    plain, out = io.BytesIO(samples.docx_file()), io.BytesIO()
    OOXMLFile(plain).encrypt(PASSWORD, out)
    assert msoffcrypto.OfficeFile(out).is_encrypted()
    return out.getvalue()


def only_file(record: str) -> File:
    (file,) = File.objects(record_id=record)
    return file


@pytest.mark.parametrize(("name", "password"), [("报价.pdf", "8817-ok"), ("报价.docx", PASSWORD)])
def test_the_right_password_opens_and_leaves_no_trace(
    li: Reader, bring: Bring, name: str, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = a_word_file() if name.endswith("docx") else samples.pdf_file((samples.PHRASE,), password)
    record = bring(name, data)
    file = only_file(record)
    assert file.warning == "encrypted"
    assert "此文件已加密" in visible(li.read(f"/records/{record}"))
    wrong = li.post(f"/files/{file.id}/unlock", {"password": "不是这个"})
    assert wrong.status_code == 303
    assert "密码不对，文件没有打开" in visible(li.read(wrong.location))
    assert by_key(File, id=file.id).warning == "encrypted"
    with caplog.at_level("DEBUG"):
        assert li.post(f"/files/{file.id}/unlock", {"password": password}).status_code == 303
    page = visible(li.read(f"/records/{record}?view=text"))
    assert samples.PHRASE in page
    assert "此文件已加密" not in page
    row = by_key(File, id=file.id)
    assert (row.state, row.warning, row.facts["unlocked"]) == ("done", "", "yes")
    assert password not in caplog.text
    database = File._get_collection().database
    kept = [str(row) for each in database.list_collection_names() for row in database[each].find()]
    assert not any(password in row for row in kept)
    assert (
        "/content"
        not in li.read(f"/records/{record}?view=page").split('id="stage"')[1].split("</section>")[0]
    )
    assert li.post(f"/files/{file.id}/unlock", {"password": password}).status_code == 303
    assert "这个文件没有加密" in visible(li.read(f"/records/{record}"))


def test_who_may_not_change_gives_no_password(li: Reader, bring: Bring, sign_in: SignIn) -> None:
    record = bring("报价.pdf", samples.pdf_file(password="8817"))
    director = sign_in("zhuren", Role.OFFICE_DIRECTOR)
    assert "文件密码" not in director.read(f"/records/{record}")
    assert director.post(f"/files/{only_file(record).id}/unlock", {"password": "8817"}).status_code == 403
    assert li.post(f"/files/{'0' * 32}/unlock", {"password": "8817"}).status_code == 404


def test_an_encrypted_zip_is_told_by_its_cipher(li: Reader, bring: Bring) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("说明.txt", samples.PHRASE)
    data = bytearray(out.getvalue())
    for mark in (b"PK\3\4", b"PK\1\2"):  # says of itself that it is encrypted, in a way that nobody knows
        at = data.index(mark) + (6 if mark == b"PK\3\4" else 8)
        data[at] |= 1
        data[at + 2] = 99
    record = bring("资料.zip", bytes(data))
    answer = li.post(f"/files/{only_file(record).id}/unlock", {"password": "8817"})
    assert answer.location.endswith("refused=unknown_cipher")
