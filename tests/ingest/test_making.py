"""What is made of files after they are done: pages by an office program, films that browsers play."""

import hashlib
import io
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from ingest.documents.libreoffice import CannotDraw, Office
from ingest.jail.launch import usable_bubblewrap
from ingest.jail.warden import Jails
from ingest.jobs.making import Maker
from ingest.jobs.playing import wanted
from ingest.port import Product, Task
from ingest.tasks.extract import Finding
from ingest.tasks.proxy import transcode
from storage.disk import DiskStore
from storage.keys import new_key
from tests.ingest import samples
from tests.ingest.films import film

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ALL = frozenset({"pages", "proxy", "searchable"})


class OneTask:
    """A bench with one task; `gone` lets it belong to somebody else when it is delivered."""

    def __init__(self, task: Task) -> None:
        self.task: Task | None = task
        self.product: Product | None = None
        self.given_up = self.gone = False

    def take(self, owner: str) -> Task | None:
        task, self.task = self.task, None
        return replace(task, owner=owner) if task else None

    def renew(self, task: Task) -> bool:
        return True

    def deliver(self, task: Task, product: Product) -> Sequence[str] | None:
        self.product = product
        return None if self.gone else ()

    def give_up(self, task: Task) -> None:
        self.given_up = True


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A stand-in for soffice that keeps to its command line: a PDF, nothing, or an attempt to get out."""
    path = tmp_path / "programs" / "soffice"
    path.parent.mkdir()
    (tmp_path / "secret").write_text("not for it")
    (path.parent / "ready.pdf").write_bytes(samples.pdf_file())
    path.write_text(
        """#!/bin/bash
[[ "$1" == "-env:UserInstallation=file://$HOME/profile" ]] || exit 9
[[ "$*" == *" --headless "*" --convert-to pdf --outdir "* ]] || exit 9
original=${@: -1}; out=$HOME/out; programs=$(dirname "$0")
case $(head -c 8 "$original") in
  slow) sleep 60;;
  draw) cp "$programs/ready.pdf" "$out/original.pdf";;
  out) { touch "$programs/stain" || echo kept in; cat "$programs/../secret" || echo blind; : < /dev/tcp/127.0.0.1/9; } 2>&1;;
esac
"""
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def office_of(program: Path, folder: Path, said: bytes, seconds: float = 20.0) -> bytes:
    folder.mkdir()
    original = folder / "original.docx"
    original.write_bytes(said)
    return Office(str(program), seconds).pages(folder, original).read_bytes()


def test_an_office_program_draws_pages_in_its_time(program: Path, tmp_path: Path) -> None:
    assert office_of(program, tmp_path / "a", b"draw").startswith(b"%PDF")
    with pytest.raises(CannotDraw, match="not done"):
        office_of(program, tmp_path / "c", b"slow", seconds=1.0)


@pytest.mark.parametrize("bubblewrap", ["", usable_bubblewrap()])
def test_it_is_kept_in_with_bubblewrap_and_without(program: Path, tmp_path: Path, bubblewrap: str) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "original.docx").write_bytes(b"out")
    with pytest.raises(CannotDraw, match=r"(?s)kept in.*blind.*(unreachable|denied)$"):
        Office(str(program), bubblewrap=bubblewrap).pages(folder, folder / "original.docx")


def task_of(store: DiskStore, data: bytes, want: str, media_type: str) -> Task:
    key = new_key("content")
    store.put(key, io.BytesIO(data))
    digest = hashlib.sha256(data).hexdigest()
    return Task("f1", "r1", want, key, digest, len(data), "原件", media_type, "", "t")  # type: ignore[arg-type]


def test_pages_bring_their_text_and_a_picture_of_the_first(
    program: Path, store: DiskStore, jails: Jails
) -> None:
    bench = OneTask(task_of(store, b"draw", "pages", WORD))
    maker = Maker(bench, store, jails, Office(str(program)))
    assert maker.once()
    assert not maker.once()
    product = bench.product
    assert product is not None
    assert set(product.renditions) == {"pages", "pages_text", "small", "medium"}
    assert b"".join(store.open(product.renditions["pages"].key)).startswith(b"%PDF")
    assert b"".join(store.open(product.preview_key)).startswith(b"\xff\xd8")


def test_what_cannot_be_drawn_is_given_up_and_what_came_too_late_leaves_nothing(
    program: Path, store: DiskStore, jails: Jails
) -> None:
    bench = OneTask(task_of(store, b"nothing", "pages", WORD))
    assert Maker(bench, store, jails, Office(str(program))).once()
    assert bench.given_up
    late = OneTask(task_of(store, b"draw", "pages", WORD))
    late.gone = True
    before = {one.key for one in store.list()}
    assert before
    Maker(late, store, jails, Office(str(program))).once()
    assert late.product is not None
    assert {one.key for one in store.list()} <= before


def big_film(kind: str, codec: str) -> bytes:
    return film(
        [Image.new("RGB", (1920, 1080), "teal"), Image.new("RGB", (1920, 1080), "white")],
        kind=kind,
        codec=codec,
    )


def test_a_film_becomes_one_that_browsers_play(store: DiskStore, jails: Jails) -> None:
    bench = OneTask(task_of(store, big_film("avi", "mpeg4"), "proxy", "video/x-msvideo"))
    assert Maker(bench, store, jails, None).once()
    assert bench.product is not None
    made = bench.product.renditions["proxy"]
    assert made.media_type == "video/mp4"
    with av.open(io.BytesIO(b"".join(store.open(made.key)))) as proxy:
        picture = proxy.streams.video[0]
        assert (picture.codec_context.name, picture.width, picture.height) == ("h264", 1280, 720)
        assert proxy.duration is not None
        assert abs(proxy.duration / 1_000_000 - 8) < 0.5


def test_noise_is_no_film(store: DiskStore, jails: Jails) -> None:
    bench = OneTask(task_of(store, b"\0" * 5000, "proxy", "video/x-msvideo"))
    assert Maker(bench, store, jails, None).once()
    assert bench.given_up
    with pytest.raises((av.FFmpegError, ValueError)):
        transcode(io.BytesIO(b"x" * 100), io.BytesIO())


MPEG = {"video_codec": "mpeg4", "audio_codec": "mp3", "duration": "60"}


@pytest.mark.parametrize(
    ("known", "want"),
    [
        (Finding(WORD, "word"), "pages"),
        (Finding(WORD, "word", warning="encrypted"), ""),
        (Finding("text/csv", "sheet"), ""),
        (Finding("video/mp4", "video", facts={**MPEG, "video_codec": "h264"}), ""),
        (Finding("video/mp4", "video", facts=MPEG), "proxy"),
        (Finding("video/quicktime", "video", facts={**MPEG, "video_codec": "h264"}), "proxy"),
        (Finding("video/x-msvideo", "video", facts={**MPEG, "duration": "9000"}), ""),
        (Finding("audio/mpeg", "audio", facts={"duration": "9"}), ""),
        (Finding("application/pdf", "pdf", facts={"recognised": "1"}), "searchable"),
        (Finding("application/pdf", "pdf", facts={"recognised": "1", "unlocked": "yes"}), ""),
        (Finding("application/pdf", "pdf"), ""),
        (Finding("image/tiff", "image", characters=400, facts={"recognised": "1–2"}), "searchable"),
        (Finding("image/jpeg", "image", characters=4, facts={"recognised": "1"}), ""),
        (Finding("audio/x-ms-wma", "audio", facts={"duration": "9"}), "proxy"),
    ],
)
def test_only_what_browsers_cannot_show_is_made(known: Finding, want: str) -> None:
    assert wanted(known, ALL) == want
    assert wanted(known, frozenset()) == ""
