"""Multipart: the file comes through byte for byte, and only from a form that is whole (B21, B32)."""

import io
import time
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.multipart import FIELDS_LIMIT, PARTS_LIMIT, STEP, FilePart
from service.errors import InvalidInput, MalformedRequest, TooLarge

KIND = "multipart/form-data; boundary=b"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    extra = f'; filename="{filename}"' if filename is not None else ""
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b--\r\n"


def opened(body: bytes, kind: str = KIND) -> FilePart:
    return FilePart(cast("BinaryIO", io.BytesIO(body)), kind)


def test_the_file_and_its_name_come_through() -> None:
    file = opened(form(part("note", b"x"), part("file", b"\x00\xff\r\n--", "合同.pdf"), part("after", b"y")))
    assert file.name == "合同.pdf"
    assert file.read() == b"\x00\xff\r\n--"


@given(content=st.binary(max_size=200), size=st.integers(1, 50))
def test_any_bytes_come_through_in_any_steps(content: bytes, size: int) -> None:
    file = opened(form(part("file", content, "a")))
    pieces = list(iter(lambda: file.read(size), b""))
    assert b"".join(pieces) == content
    assert all(len(piece) == size for piece in pieces[:-1])


@pytest.mark.parametrize("filler", [b"\r", b"\n", b"\r\n", b"--a", b"\r\n--", b"x"])
def test_a_file_of_several_steps_comes_through(filler: bytes) -> None:
    content = filler * (3 * STEP // len(filler)) + b"end"
    assert opened(form(part("file", content, "a"))).read() == content


@pytest.mark.requirement("B21")
@pytest.mark.parametrize("ending", [b"", b"\r\n", b"\r\n--", b"\r\n--b", b"\r\n--b\r\nContent-Disposi"])
def test_a_cut_form_never_gives_its_file_an_end(ending: bytes) -> None:
    body = form(part("file", b"content", "a")).removesuffix(b"\r\n--b--\r\n") + ending
    file = opened(body)
    with pytest.raises(MalformedRequest):
        file.read()


@pytest.mark.requirement("B21")
def test_a_form_cut_after_the_file_gives_no_end_either() -> None:
    body = part("file", b"content", "a") + part("note", b"x") + b"--b"
    with pytest.raises(MalformedRequest):
        opened(body).read()


def test_a_form_without_a_file_is_told_so() -> None:
    with pytest.raises(InvalidInput) as refused:
        opened(form(part("note", b"x")))
    assert refused.value.faults[0].path == "file"


def test_a_field_named_file_is_no_file() -> None:
    with pytest.raises(InvalidInput):
        opened(form(part("file", b"x")))


@pytest.mark.parametrize("name", ["file", "other"])
def test_two_files_are_refused_before_the_first_one_ends(name: str) -> None:
    file = opened(form(part("file", b"1", "a"), part(name, b"2", "b")))
    with pytest.raises(MalformedRequest):
        file.read()


@pytest.mark.requirement("B32")
def test_very_many_parts_are_refused() -> None:
    started = time.process_time()
    with pytest.raises(TooLarge):
        opened(form(*[part("note", b"")] * 100_000))
    assert time.process_time() - started < 1


@pytest.mark.requirement("B32")
def test_as_many_parts_as_allowed_pass() -> None:
    assert opened(form(*[part("note", b"")] * (PARTS_LIMIT - 1), part("file", b"x", "a"))).read() == b"x"


@pytest.mark.requirement("B32")
def test_a_huge_text_field_is_refused_early() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.given += size or 0
            return b"x" * (size or 0)

    head = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
    tail = Endless()

    class Joined(io.RawIOBase):
        begun = False

        def read(self, size: int | None = -1, /) -> bytes:
            if self.begun:
                return tail.read(size)
            self.begun = True
            return head

    with pytest.raises(TooLarge):
        FilePart(cast("BinaryIO", Joined()), KIND)
    assert tail.given <= FIELDS_LIMIT + 2 * STEP


@pytest.mark.requirement("B32")
def test_a_huge_file_name_is_refused() -> None:
    with pytest.raises(TooLarge):
        opened(form(part("file", b"x", "n" * (10 << 20))))


@pytest.mark.requirement("B32")
@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * (1 << 20),
    ],
    ids=["none", "empty", "huge"],
)
def test_a_boundary_that_is_none_is_refused(kind: str) -> None:
    with pytest.raises(MalformedRequest):
        opened(form(part("file", b"x", "a")), kind)


@pytest.mark.requirement("B23")
def test_a_name_that_is_not_utf8_is_refused() -> None:
    body = form(part("file", b"x", "NAME")).replace(b"NAME", "合同".encode("gbk"))
    with pytest.raises(MalformedRequest):
        opened(body)


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"--b--\r\n"[:3], b"--b\r\nno header\r\n\r\nx\r\n--b--\r\n"]
)
def test_nonsense_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        opened(body)
