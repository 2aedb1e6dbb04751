"""Signed PDFs: who signed, with what, when, how much of the file, and what came after. Nothing is sent anywhere."""

import functools
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from ingest.tasks.extract import Finding
from tests.ingest import samples

pytestmark = pytest.mark.requirement("S-LW-1")
Read = Callable[..., Finding]


@functools.cache
def signer(name: str = "王芳", *, curve: bool = False) -> signers.SimpleSigner:
    """A person with a certificate that she gave herself."""
    key: Any = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, 2048)
    names = [
        x509.NameAttribute(NameOID.COMMON_NAME, name),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "青禾食品股份有限公司"),
    ]
    subject, start = x509.Name(names), datetime(2025, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(
        subject, subject, key.public_key(), 0xABCDEF, start, start + timedelta(730)
    )
    made = made.add_extension(
        x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True
    )
    certificate = made.sign(key, hashes.SHA256())
    packed = serialization.pkcs12.serialize_key_and_certificates(
        b"x", key, certificate, None, serialization.NoEncryption()
    )
    found = signers.SimpleSigner.load_pkcs12_data(packed, [])
    assert found
    return found


def signed(data: bytes, name: str = "王芳", field: str = "甲方", **options: Any) -> bytes:
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    fields.append_signature_field(writer, fields.SigFieldSpec(field))
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256")
    signers.sign_pdf(writer, meta, signer=signer(name, **options), output=out)
    return out.getvalue()


def told(found: Finding) -> list[dict[str, Any]]:
    return [json.loads(found.facts[f"signature_{n}"]) for n in range(1, int(found.facts["signatures"]) + 1)]


def test_a_signature_over_the_whole_file_is_checked_in_a_cell(jailed: Read) -> None:
    data = signed(samples.pdf_file())
    found = jailed(data, "合同.pdf")
    (one,) = told(found)
    assert (one["signer"], one["serial"]) == ("王芳（青禾食品股份有限公司）", "ABCDEF")
    assert "青禾食品股份有限公司" in one["subject"]
    assert one["issuer"] == one["subject"]
    assert (one["valid_from"][:10], one["valid_until"][:10]) == ("2025-01-01", "2027-01-01")
    assert datetime.now(UTC) - datetime.fromisoformat(one["at"]) < timedelta(minutes=5)
    assert (one["covers"], one["intact"], one["genuine"], one["after"]) == ("file", True, True, "nothing")
    assert one["stamped"] is False
    assert found.text


def test_two_who_signed_one_after_the_other(read: Read) -> None:
    data = signed(signed(samples.pdf_file()), "李强", "乙方", curve=True)
    first, second = told(read(data, "合同.pdf"))
    assert (first["covers"], first["after"], second["covers"]) == ("revision", "forms", "file")
    assert second["signer"].startswith("李强")
    assert all((first["intact"], first["genuine"], second["intact"], second["genuine"]))


def test_a_page_that_was_changed_after_signing(read: Read) -> None:
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(signed(samples.pdf_file())), strict=False)
    words = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 12 Tf 72 72 Td (9,999,999) Tj ET"))
    writer.add_stream_to_page(0, words)
    writer.write(out)
    (one,) = told(read(out.getvalue(), "合同.pdf"))
    assert (one["covers"], one["intact"], one["genuine"], one["after"]) == ("revision", True, True, "changes")


def test_bytes_that_were_changed_under_the_signature(read: Read) -> None:
    data = bytearray(signed(samples.pdf_file()))
    data[data.index(b"/Type")] = ord("%")
    (one,) = told(read(bytes(data), "合同.pdf"))
    assert (one["intact"], one["genuine"]) == (False, True)


def test_a_signature_that_is_none_says_why_and_costs_nothing_else(read: Read) -> None:
    data = signed(samples.pdf_file())
    at = data.index(b"/Contents <") + len(b"/Contents <")
    found = read(data[:at] + b"0" * 64 + data[at + 64 :], "合同.pdf")
    (one,) = told(found)
    assert one["fault"]
    assert found.text
    assert found.warning == ""


def test_one_that_killed_its_cell_is_only_said_to_be_signed(read: Read) -> None:
    found = read(signed(samples.pdf_file()), "合同.pdf", careful=True)
    assert found.facts["signatures"] == "1"
    assert "signature_1" not in found.facts
