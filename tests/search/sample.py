"""A small archive whose answers are known: 48 generated records, and what every query must find among them."""

import datetime
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import opencc

from search.port import FileText, IndexDocument, Passage, Place, Scope

TODAY = datetime.date(2024, 7, 10)
EVERYTHING = Scope({"L0": None, "L1": None, "L0C": None})

_TO_TRADITIONAL = opencc.OpenCC("s2t").convert
_TO_SIMPLIFIED = opencc.OpenCC("t2s").convert

_TOPICS = [
    ("渠道窜货处理会议纪要", "会议讨论华东区经销商渠道窜货问题，决定扣除返利。", "WD", "市场部"),
    ("年度营销计划", "市场营销部制定年度计划，渠道建设与返利政策分开执行。窜货从严处罚。", "WD", "市场部"),
    ("经销商合同", "甲方与乙方签署经销合同，合同金额12.5万元，签署日期2024年3月5日。", "HT", "销售部"),
    ("客户拜访记录", "拜访客户王总，联系电话138 0013 8000，客户对返利政策提出意见。", "KH", "销售部"),
    ("竞争对手资料", "竞争对手的价格策略与市场份额分析，线上渠道增长较快。", "SC", "市场部"),
    ("A4纸与5G套餐采购", "采购A4纸一批，为销售人员办理5G套餐，由IT部验收。", "NB", "综合管理部"),
    ("促销活动方案", "春季促销活动预算九万八千元，海报和视频由广告公司制作。", "HD", "市场部"),
    ("产品说明书", "本产品规格为120㎡适用，型号X200，执行标准GB/T 4754。", "CP", "产品部"),
]


def _document(number: int) -> IndexDocument:
    title, text, category, department = _TOPICS[number % len(_TOPICS)]
    round_ = number // len(_TOPICS)
    date = datetime.date(2023 + round_ % 2, 1 + number % 12, 1 + number % 28)
    code = f"Q001-{category}·{date.year}-D30-{number:04}"
    text = f"第{round_ + 1}期。{text}合同编号H2021-{1000 + number}，归档{date.year}年{date.month}月。"
    title = f"{title}（第{round_ + 1}期）"
    if round_ == 1:  # a traditional copy
        title, text = _TO_TRADITIONAL(title), _TO_TRADITIONAL(text)
    if round_ == 2:  # full width, as old systems print it
        text = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    if round_ == 3:  # lines as OCR gives them: 14 characters each
        text = "\n".join(text[i : i + 14] for i in range(0, len(text), 14))
    half = len(text) // 2
    pages = [Passage(Place("page", 1), text[:half]), Passage(Place("page", 2), text[half:])]
    return IndexDocument(
        id=f"r{number:02}",
        version=1,
        compartment=("L0", "L1", "L0C")[number % 3],
        title=title,
        seq=number + 1,
        category=category,
        category_path=(category,),
        department=department,
        date=None if number == 7 else date,
        state="archived" if number % 2 else "draft",
        ref_code=code,
        names=("华东贸易有限公司",) if number % 5 == 0 else (),
        fields={"签署方": "上海华联"} if number % 7 == 0 else {},
        files=(FileText(f"f{number}", f"文件{number}.pdf", "pdf" if number % 4 else "word", pages),),
        access=(f"d:{department}",),
    )


DOCUMENTS = [_document(number) for number in range(48)]


def flat(text: str) -> str:
    """The test's own reading of a text: one width, one case, simplified, without blanks."""
    return re.sub(r"\s", "", _TO_SIMPLIFIED(unicodedata.normalize("NFKC", text).casefold()))


def areas(document: IndexDocument) -> list[str]:
    """The texts of a document that a phrase must lie within."""
    files = ["".join(passage.text for passage in file.passages) for file in document.files]
    single = [document.title, document.ref_code, document.responsible, *document.names]
    return [
        flat(text) for text in [*single, *document.fields.values(), *files, *(f.name for f in document.files)]
    ]


def having(*pieces: str) -> Callable[[IndexDocument], bool]:
    """Documents in which every piece stands somewhere."""
    return lambda document: all(any(flat(piece) in area for area in areas(document)) for piece in pieces)


def with_topic(*topics: int) -> Callable[[IndexDocument], bool]:
    """Documents made of one of these topics."""
    return lambda document: (document.seq - 1) % len(_TOPICS) in topics


@dataclass(frozen=True)
class Asked:
    """A query and the test of what it must find, no more and no less."""

    query: str
    finds: Callable[[IndexDocument], bool]

    def ids(self) -> set[str]:
        return {document.id for document in DOCUMENTS if self.finds(document)}


def _number(expected: int) -> Callable[[IndexDocument], bool]:
    return lambda document: document.seq - 1 == expected


def _dated(first: datetime.date, last: datetime.date) -> Callable[[IndexDocument], bool]:
    return lambda document: document.date is not None and first <= document.date <= last


def _nothing(document: IndexDocument) -> bool:
    return False


def _both(*tests: Callable[[IndexDocument], bool]) -> Callable[[IndexDocument], bool]:
    return lambda document: all(test(document) for test in tests)


def _either(*tests: Callable[[IndexDocument], bool]) -> Callable[[IndexDocument], bool]:
    return lambda document: any(test(document) for test in tests)


def _not(test: Callable[[IndexDocument], bool]) -> Callable[[IndexDocument], bool]:
    return lambda document: not test(document)


def _day(year: int, month: int, day: int) -> datetime.date:
    return datetime.date(year, month, day)


QUERIES = [
    # words, in any order, both scripts and widths
    Asked("渠道 返利", having("渠道", "返利")),
    Asked("返利 渠道", having("渠道", "返利")),
    Asked("返利渠道窜货", having("渠道", "返利", "窜货")),
    Asked("渠道窜货", having("渠道", "窜货")),
    Asked("竄貨", having("窜货")),
    Asked("營銷 計劃", having("营销", "计划")),
    Asked("经销商", having("经销商")),
    Asked("經銷商合同", having("经销商", "合同")),
    Asked("王总", having("王总")),
    Asked("市场营销部", having("市场营销部")),
    Asked("华东贸易", having("华东", "贸易")),
    Asked("上海华联", having("上海", "华联")),
    Asked("线上渠道增长", having("线上", "渠道", "增长")),
    # one character
    Asked("窜", having("窜")),
    Asked("货", having("货")),
    Asked("甲", having("甲")),
    Asked("驴", _nothing),
    # phrases: exact, over line and page ends, and never over marks
    Asked("“渠道窜货”", having("渠道窜货")),
    Asked('"渠道窜货问题"', having("渠道窜货问题")),
    Asked("「返利政策」", having("返利政策")),
    Asked("“窜货渠道”", _nothing),
    Asked("“问题决定”", _nothing),
    Asked("“问题，决定扣除返利”", having("问题，决定扣除返利")),
    Asked("“经销商渠道窜货问题，决定”", having("经销商渠道窜货问题，决定")),
    Asked("“甲方与乙方签署经销合同”", having("甲方与乙方签署经销合同")),
    Asked("“拜訪客戶王總”", having("拜访客户王总")),
    Asked("“价格策略与市场份额分析”", having("价格策略与市场份额分析")),
    Asked("“采购A4纸一批”", having("采购A4纸一批")),
    Asked("“由IT部验收”", having("由IT部验收")),
    Asked("“渠道” 返利", having("渠道", "返利")),
    # mixed tokens, letters
    Asked("A4", having("A4")),
    Asked("Ａ４紙", having("A4", "纸")),
    Asked("5g套餐", having("5g", "套餐")),
    Asked("it部", with_topic(5)),
    Asked("x200", having("x200")),
    Asked("120m2", having("120m2")),
    Asked("GB/T 4754", having("gb/t", "4754")),
    # reference codes and contract numbers, any separator, whole and by part
    Asked("H2021-1003", _number(3)),
    Asked("h2021 1003", _number(3)),
    Asked("H2021.1003", _number(3)),
    Asked("H20211003", _number(3)),
    Asked("Q001-WD·2023-D30-0000", _number(0)),
    Asked("Q001_WD-2023-D30-0000", _number(0)),
    Asked("D30-0005", _number(5)),
    Asked("H2021-9999", _nothing),
    Asked("档号:Q001/HT·2023/D30/0002", _number(2)),
    Asked("档号:0002", _number(2)),
    # dates and amounts in every spelling
    Asked("2024-03-05", with_topic(2)),
    Asked("2024年3月5日", with_topic(2)),
    Asked("二〇二四年三月五日", with_topic(2)),
    Asked("2024/3/5 合同", with_topic(2)),
    Asked("2024-03-06", _nothing),
    Asked("125000", with_topic(2)),
    Asked("12.5万", with_topic(2)),
    Asked("125,000元", with_topic(2)),
    Asked("十二万五千", with_topic(2)),
    Asked("98000", with_topic(6)),
    Asked("13800138000", with_topic(3)),
    Asked("138-0013-8000", with_topic(3)),
    # operators
    Asked("窜货 OR 5G", _either(having("窜货"), having("5G"))),
    Asked("窜货 或 采购", _either(having("窜货"), having("采购"))),
    Asked("渠道 -窜货", _both(having("渠道"), _not(having("窜货")))),
    Asked("(窜货 OR 采购) -返利", _both(_either(having("窜货"), having("采购")), _not(having("返利")))),
    Asked("-渠道", _not(having("渠道"))),
    # conditions
    Asked("类别:HT", lambda document: document.category == "HT"),
    Asked("category:WD 计划", _both(lambda document: document.category == "WD", having("计划"))),
    Asked("部门：市场部", lambda document: document.department == "市场部"),
    Asked("文件类型:Word", lambda document: document.files[0].type == "word"),
    Asked("状态:已归档 渠道", _both(lambda document: document.state == "archived", having("渠道"))),
    Asked("题名:计划", lambda document: "计划" in flat(document.title)),
    Asked("日期:2024", _dated(_day(2024, 1, 1), _day(2024, 12, 31))),
    Asked("日期:2024-03", _dated(_day(2024, 3, 1), _day(2024, 3, 31))),
    Asked("日期:上季度", _dated(_day(2024, 4, 1), _day(2024, 6, 30))),
    Asked("日期:..2023-06", _dated(_day(1, 1, 1), _day(2023, 6, 30))),
    # text, not commands (B39)
    Asked("*:*", _nothing),
    Asked("/.*/", _nothing),
    Asked("secrecy:*", _nothing),
    Asked("_exists_:title", _nothing),
    Asked("渠道^1e9", _nothing),
    Asked("区块链", _nothing),
    Asked("渠道 区块链", _nothing),
]
