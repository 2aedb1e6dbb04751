"""Fixity: bytes that break a promise never pass whole."""

import hashlib
from io import BytesIO

import pytest

from storage.fixity import Intake, verified
from storage.port import ChecksumMismatch, StoredObject

DATA = "归档文件".encode()
SHA = hashlib.sha256(DATA).hexdigest()


def test_right_chunks_pass_unchanged():
    assert b"".join(verified([DATA[:5], DATA[5:]], sha256=SHA, size=len(DATA))) == DATA


def test_an_empty_object_passes():
    assert list(verified([], sha256=hashlib.sha256().hexdigest(), size=0)) == []


@pytest.mark.requirement("S-ER-5")
@pytest.mark.parametrize("wrong", [DATA[:-1] + b"!", DATA[:-1], DATA + b"!"])
def test_wrong_bytes_never_come_out_whole(wrong):
    chunks = verified([wrong[:5], wrong[5:]], sha256=SHA, size=len(DATA))
    assert next(chunks) == wrong[:5]
    with pytest.raises(ChecksumMismatch):
        next(chunks)


def read_all(intake: Intake) -> bytes:
    return b"".join(iter(intake.read, b""))


def test_an_intake_tells_size_and_digest():
    intake = Intake(BytesIO(DATA), sha256=SHA.upper(), size=len(DATA))
    assert read_all(intake) == DATA
    assert intake.stored("key") == StoredObject("key", len(DATA), SHA)


def test_an_intake_stops_at_the_first_byte_too_many():
    intake = Intake(BytesIO(b"x" * 100), sha256=None, size=10)
    intake.read(10)
    with pytest.raises(ChecksumMismatch):
        intake.read(1)
    assert intake.seen == 11


def test_too_few_bytes_break_the_promise_of_size():
    intake = Intake(BytesIO(DATA), sha256=None, size=len(DATA) + 1)
    read_all(intake)
    with pytest.raises(ChecksumMismatch, match="promised"):
        intake.stored("key")


def test_other_bytes_break_the_promise_of_the_digest():
    intake = Intake(BytesIO(DATA), sha256="0" * 64, size=None)
    read_all(intake)
    with pytest.raises(ChecksumMismatch, match="SHA-256"):
        intake.stored("key")
