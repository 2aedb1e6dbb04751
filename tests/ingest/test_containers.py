"""Archives, mails and boxes: what they hold is listed with readable names, and its words are found in them."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from ingest import texts
from ingest.tasks.extract import Finding
from search.port import Passage, Place
from tests.ingest import containers, samples
from tests.ingest.samples import PHRASE

Read = Callable[..., Finding]


def passages(found: Finding) -> list[Passage]:
    return list(texts.load([found.text])) if found.text else []


def text(found: Finding) -> str:
    return "\n".join(passage.text for passage in passages(found))


def place_of(found: Finding, words: str) -> Place:
    return next(passage.place for passage in passages(found) if words in passage.text)


MEMBERS = {
    "说明.txt": "打开即读".encode("gbk"),
    "文件夹/计划.docx": samples.docx_file(),
    "照片.jpg": b"\xff\xd8\xff",
}


class TestArchives:
    @pytest.mark.parametrize(
        ("data", "name"),
        [
            (samples.zipped(MEMBERS), "包.zip"),
            (containers.tar(MEMBERS), "包.tar"),
            (containers.tar(MEMBERS, "w:gz"), "包.tar.gz"),
            (containers.tar(MEMBERS, "w:xz"), "包.tar.xz"),
            (containers.tar(MEMBERS, "w:bz2"), "包.tbz"),
            (containers.seven(MEMBERS), "包.7z"),
        ],
        ids=["zip", "tar", "gz", "xz", "bz2", "7z"],
    )
    def test_members_are_listed_and_read(self, jailed: Read, data: bytes, name: str) -> None:
        found = jailed(data, name)
        assert (found.family, found.warning, found.facts["members"]) == ("archive", "", "3")
        assert passages(found)[0] == Passage(Place("part", 1), "\n".join(MEMBERS))
        assert place_of(found, "打开即读") == Place("part", 2, "说明.txt")
        assert place_of(found, PHRASE) == Place("part", 3, "文件夹/计划.docx")

    def test_names_in_gbk_without_a_sign_of_it(self, read: Read) -> None:
        found = read(containers.gbk_zip({"年度预算表a.txt": b"x", "年度总结表b.txt": b"y"}), "包.zip")
        assert passages(found)[0].text == "年度预算表a.txt_\n年度总结表b.txt_"

    def test_an_archive_in_an_archive_and_no_deeper(self, read: Read) -> None:
        three = samples.zipped({"三.txt": "第三层"})
        two = samples.zipped({"二.txt": "第二层", "三.zip": three})
        found = read(samples.zipped({"一.txt": "第一层", "二.zip": two}), "包.zip")
        assert place_of(found, "第二层") == Place("part", 3, "二.zip › 二.txt")
        assert "三.zip" in text(found)
        assert "第三层" not in text(found)

    def test_one_packed_file(self, read: Read) -> None:
        found = read(gzip.compress("日志内容".encode()), "日志.txt.gz")
        assert passages(found) == [
            Passage(Place("part", 1), "日志.txt"),
            Passage(Place("part", 2, "日志.txt"), "日志内容"),
        ]

    @pytest.mark.requirement("B01")
    @pytest.mark.parametrize("name", ["弹.gz", "弹.zip", "弹.7z"])
    def test_bombs(self, jailed: Read, name: str) -> None:
        zeros = bytes(70 << 20)
        make = {"弹.gz": gzip.compress, "弹.zip": lambda data: samples.zipped({"a": data})}
        data = make.get(name, lambda data: containers.seven({"a": data}))(zeros)
        assert jailed(data, name).warning == "bomb"

    @pytest.mark.requirement("B17")
    def test_with_a_password(self, jailed: Read) -> None:
        assert jailed(containers.seven(MEMBERS, "geheim"), "密.7z").warning == "encrypted"

    @pytest.mark.requirement("B17")
    @pytest.mark.parametrize("names", [False, True], ids=["words", "names too"])
    def test_a_wrong_password_is_no_damage(self, read: Read, names: bool) -> None:
        data = containers.seven(MEMBERS, "geheim", names=names)
        for wrong in ("falsch", "渠道", "0", "8817", "Geheim"):
            found = read(data, "密.7z", password=wrong)
            assert (found.warning, found.detail) == ("encrypted", "wrong_password"), wrong
        assert "打开即读" in text(read(data, "密.7z", password="geheim"))
        assert read(data[: len(data) // 2], "断.7z").warning == "damaged"

    @pytest.mark.requirement("B17")
    @pytest.mark.parametrize("kind", containers.SEALED)
    def test_a_zip_is_opened_whatever_its_cipher(self, read: Read, kind: str) -> None:
        data = containers.sealed_zip(kind)
        found = read(data, "密.zip", password=containers.SEAL)
        assert (found.warning, found.facts["unlocked"]) == ("", "yes")
        assert place_of(found, "渠道下沉") == Place("part", 2, "说明.txt")
        assert read(data, "密.zip").warning == "encrypted"
        for wrong in ("渠道8818", "8817", "x" * 200):
            found = read(data, "密.zip", password=wrong)
            assert (found.warning, found.detail, found.text) == ("encrypted", "wrong_password", b""), wrong

    def test_sealed_bytes_that_were_changed_are_not_taken(self, read: Read) -> None:
        data = bytearray(containers.sealed_zip("AES-256 with UTF-8"))
        at = data.index(b"\x01\x99") + 11 + 16 + 2 + 5  # behind the head, the salt and the proof
        data[at] ^= 1
        assert read(bytes(data), "密.zip", password=containers.SEAL).text == b""

    def test_cut_off_its_beginning_is_known(self, read: Read) -> None:
        whole = containers.tar({"一.txt": "第一个".encode(), "二.bin": bytes(5000)})
        found = read(whole[:3000], "断.tar")
        assert (found.warning, "第一个" in text(found)) == ("damaged", True)

    def test_a_member_that_cannot_be_read_is_only_named(self, read: Read) -> None:
        found = read(samples.zipped({"坏.docx": b"PK\3\4" + bytes(99), "好.txt": "好的"}), "包.zip")
        assert (found.warning, "坏.docx" in text(found), "好的" in text(found)) == ("", True, True)

    def test_what_systems_leave_behind_is_no_member(self, read: Read) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            for name in ("__MACOSX/._a.txt", ".DS_Store", "图/Thumbs.db", "a.txt"):
                package.writestr(name, "x")
        assert read(out.getvalue(), "包.zip").facts["members"] == "1"


def test_names_in_a_zip_are_told_by_all_of_them(read: Read) -> None:
    names = ["顧客情報一覧.txt", "マーケティング会", "資料について.pdf"]
    data = containers.gbk_zip(dict.fromkeys(names, b""), "cp932")
    assert text(read(data, "a.zip")).split("\n") == names


class TestParts:
    @pytest.mark.parametrize("name", ["合同.zip.001", "合同.z01", "合同.part2.rar", "合同.7z.002"])
    def test_a_piece_of_an_archive_says_so_by_its_name(self, read: Read, name: str) -> None:
        begin = b"Rar!\x1a\x07\x01\0" if "rar" in name else b"7z\xbc\xaf\x27\x1c" if "7z" in name else b""
        found = read(begin + bytes(range(1, 200)) * 9, name)
        assert (found.family, found.warning) == ("archive", "spanned")

    def test_the_last_piece_of_a_zip_says_so_by_its_end(self, read: Read) -> None:
        data = samples.zipped({"合同.txt": PHRASE})
        at = data.rindex(b"PK\5\6")
        found = read(bytes(range(1, 250)) * 3 + data[at : at + 4] + b"\2\0" + data[at + 6 :], "合同.zip")
        assert (found.media_type, found.warning) == ("application/zip", "spanned")

    def test_a_whole_one_that_is_named_like_a_piece_is_read(self, read: Read) -> None:
        found = read(samples.zipped({"合同.txt": PHRASE}), "合同.zip.001")
        assert (found.warning, PHRASE in text(found)) == ("", True)


class TestOldPrograms:
    def test_works_of_both_makes(self, read: Read) -> None:
        words = "春日轻食 Works".encode("utf-16-le")
        entry = b"\x18\0TEXT" + bytes(2) + b"\1\0\0\0" + b"TEXT" + struct.pack("<II", 512, len(words))
        found = read(samples.compound_file({"CONTENTS": entry.ljust(512, b"\0") + words}), "旧.wps")
        assert (found.family, text(found)) == ("word", "春日轻食 Works")
        old = bytes(256) + b"Dear dealers,\r\nWorks 3.\r\n" + bytes(90)
        assert text(read(samples.compound_file({"MN0": old, "MM": b"ND"}), "旧")) == "Dear dealers,\nWorks 3."

    def test_what_only_others_open_says_what_to_do(self, read: Read) -> None:
        found = read(b"\xffWPC" + bytes(60), "信.wpd")
        assert (found.media_type, found.warning) == ("application/vnd.wordperfect", "old_format")
        sheet = read(samples.compound_file({"MatOST": bytes(90)}), "表.wks")
        assert (sheet.media_type, sheet.warning) == ("application/vnd.ms-works", "old_format")


class TestOutlook:
    @pytest.mark.parametrize(
        "body",
        [
            {"__substg1.0_1000001F": PHRASE.encode("utf-16-le")},
            {"__substg1.0_1000001E": PHRASE.encode("gbk")},
            {"__substg1.0_10130102": f"<html><body><p>{PHRASE}</p></body></html>".encode("gbk")},
            {"__substg1.0_10090102": containers.packed_rich(
                b"{\\rtf1\\ansi\\ansicpg936 " + b"".join(b"\\'%02x" % byte for byte in PHRASE.encode("gbk")) + b"}"
            )},
        ],
        ids=["wide", "GBK", "HTML", "packed RTF"],
    )  # fmt: skip
    def test_each_form_of_a_body(self, read: Read, body: dict[str, bytes]) -> None:
        found = read(containers.outlook("报价单确认", body), "邮件.msg")
        assert place_of(found, PHRASE) == Place("part", 2)
        assert place_of(found, "From: 王芳 <wang@example.com>") == Place("part", 1)
        assert (found.family, found.facts["title"], found.facts["created"]) == (
            "mail",
            "报价单确认",
            "2024-03-05T05:30:00+00:00",
        )

    def test_what_hangs_on_it(self, read: Read) -> None:
        inner = containers.mail_streams(
            "转发的询价", {"__substg1.0_1000001F": "里面的正文".encode("utf-16-le")}
        )
        files = [("合同.docx", samples.docx_file()), ("转发.msg", inner)]
        found = read(containers.outlook("报价", {}, files), "邮件.msg")
        assert found.facts["attachments"] == "合同.docx, 转发.msg"
        assert place_of(found, PHRASE) == Place("part", 3, "合同.docx")
        assert place_of(found, "里面的正文") == Place("part", 4, "转发.msg")

    def test_damaged(self, read: Read) -> None:
        found = read(containers.outlook("报价", {})[:1200], "断.msg")
        assert found.family in ("mail", "other")
        assert found.text == b""


def test_the_text_of_what_hangs_on_a_mail(read: Read) -> None:
    message = samples.mail_with([("合同.docx", samples.docx_file())])
    assert place_of(read(message, "a.eml"), PHRASE) == Place("part", 3, "合同.docx")


def test_each_mail_of_a_box(read: Read) -> None:
    mails = b"".join(
        b"From wang@example.com Tue Mar  5 13:30:00 2024\n" + samples.mail_file() + b"\n" for _ in "ab"
    )
    found = read(mails, "收件箱.mbox")
    assert (found.media_type, found.facts["messages"]) == ("application/mbox", "2")
    assert [passage.place for passage in passages(found) if PHRASE in passage.text] == [
        Place("part", 1, "报价单确认"),
        Place("part", 2, "报价单确认"),
    ]


def test_a_web_page_saved_as_mail(read: Read) -> None:
    page = f"<html><head><title>新闻</title></head><body><p>{PHRASE}</p></body></html>".encode("gbk")
    head = (
        b"MIME-Version: 1.0\r\nFrom: <Saved by Blink>\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
    )
    body = b"--b\r\nContent-Type: text/html; charset=gb2312\r\n\r\n" + page + b"\r\n--b--\r\n"
    found = read(head + body, "网页.mhtml")
    assert found.facts["title"] == "新闻"
    assert PHRASE in text(found)
    assert "<p>" not in text(found)


class TestPages:
    def test_ofd(self, read: Read) -> None:
        found = read(containers.ofd(["第一页\t右格", "第二页"]), "发票.ofd")
        assert (found.pages, found.facts["title"], found.facts["created"]) == (
            2,
            "销售发票",
            "2024-03-05T00:00:00",
        )
        assert passages(found) == [
            Passage(Place("page", 1), "抬头\n第一页\t右格"),
            Passage(Place("page", 2), "抬头\n第二页"),
        ]

    def test_a_scan_in_an_ofd(self, read: Read) -> None:
        found = read(containers.ofd(["第一页"], samples.image_file("PNG", (800, 600))), "扫描.ofd")
        assert found.unread == (2,)

    def test_an_ofd_without_its_root(self, read: Read) -> None:
        assert read(samples.zipped({"OFD.xml": "", "a": "b"}), "坏.ofd").warning == "damaged"

    def test_epub(self, read: Read) -> None:
        found = read(containers.epub({"前言": "品牌的由来", "第一章": PHRASE}), "手册.epub")
        assert (found.family, found.facts["title"], found.facts["author"]) == ("word", "品牌手册", "市场部")
        assert place_of(found, "品牌的由来") == Place("part", 1, "前言")
        assert place_of(found, PHRASE) == Place("part", 2, "第一章")

    def test_xps(self, read: Read) -> None:
        found = read(containers.xps(["第一页", PHRASE]), "报表.xps")
        assert place_of(found, PHRASE) == Place("page", 2)


class TestRich:
    def test_a_star_in_the_midst_of_a_group_hides_nothing(self, read: Read) -> None:
        data = rb"{\rtf1\ansi{\*\generator X;}{\b0\*\cs7\cf0 The quick brown fox}\par }"
        assert text(read(data, "a.rtf")).strip() == "The quick brown fox"

    def test_chinese_by_bytes_by_numbers_and_by_font(self, read: Read) -> None:
        hexed = "".join(f"\\'{byte:02x}" for byte in "渠道下沉".encode("gbk"))
        japanese = "".join(f"\\'{byte:02x}" for byte in "東京".encode("cp932"))
        data = (
            r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fcharset134 SimSun;}{\f1\fcharset128 MS Mincho;}}"
            r"{\info{\title " + hexed + r"}{\author a}}{\*\generator Word;}{\header page head\par}"
            + hexed + r"\par \u32456?\u31471?{\f1 " + japanese + r"}\cell b\row{\footnote note}{\*\shpinst{\shptxt box}}}"
        )  # fmt: skip
        found = read(data.encode(), "说明.rtf")
        assert (found.facts["title"], found.facts["author"], found.family) == ("渠道下沉", "a", "word")
        assert [line for line in text(found).splitlines() if line] == [
            "page head",
            "渠道下沉",
            "终端東京\tb",
            "note",
            "box",
        ]

    def test_a_hundred_thousand_groups(self, jailed: Read) -> None:
        found = jailed(b"{\\rtf1 " + b"{" * 100_000 + b"deep" + b"}" * 100_001, "深.rtf")
        assert (found.warning, text(found)) == ("", "deep")
