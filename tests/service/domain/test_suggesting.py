"""What suggestions are made of: days, amounts, names, titles, categories, labels; and that no text can hurt them."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.describing import check, check_core, read_date
from service.domain.holdings import Description
from service.domain.suggesting import Party, Passage, Source, SourceFile, Suggestion, suggest
from service.domain.suggesting.days import day_in, span_in
from service.domain.suggesting.folding import fold
from service.domain.suggesting.kinds import kind_in
from service.domain.suggesting.lines import MAX_CHARACTERS, Lines, normal
from service.domain.suggesting.money import amount_in
from service.domain.suggesting.people import author_in, mail_names, party_in, person_in, persons_in
from service.domain.suggesting.titles import clean_name
from tests.service.domain.test_suggesting_documents import CATEGORIES, DOCUMENTS, TODAY


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024年3月5日", "2024-03-05"),
        ("2024年03月05日", "2024-03-05"),
        ("２０２４年３月５日", "2024-03-05"),
        ("2024 年 3 月 5 日", "2024-03-05"),
        ("2024年3月5号", "2024-03-05"),
        ("二〇二四年三月五日", "2024-03-05"),
        ("二○二四年三月五日", "2024-03-05"),
        ("二零二四年十二月三十一日", "2024-12-31"),
        ("二OO八年十月廿一日", "2008-10-21"),
        ("一九九八年十一月二十日", "1998-11-20"),
        ("2024-03-05", "2024-03-05"),
        ("2024.3.5", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        ("24年3月5日", "2024-03-05"),
        ("民國113年3月5日", "2024-03-05"),
        ("民国99年1月2日", "2010-01-02"),
        ("二〇二四年元月一日", "2024-01-01"),
        ("2024年3\n月5日", "2024-03-05"),
    ],
)
def test_days_in_every_spelling(written: str, day: str) -> None:
    found = day_in(fold(f"于{written}在江城"))
    assert found is not None
    assert found.day.isoformat() == day
    assert (found.start, found.end) == (1, 1 + len(written))


@pytest.mark.parametrize(
    "written",
    [
        "2024年13月5日",
        "2023年2月29日",
        "2024年3月",
        "3月5日",
        "2024-3.5",
        "12024-03-05",
        "版本 1.2.3",
        "二〇二四年三月",
        "113年3月5日",
        "0571-88-12",
    ],
)
def test_what_is_no_day(written: str) -> None:
    assert day_in(fold(written)) is None


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2025年10月1日至10月7日", "2025-10-01", "2025-10-07"),
        ("2025年10月1日—7日", "2025-10-01", "2025-10-07"),
        ("2025.10.1-2025.10.7", "2025-10-01", "2025-10-07"),
        ("2025年10月1日起七天", "2025-10-01", "2025-10-07"),
        ("2025年10月1日起，为期2周", "2025-10-01", "2025-10-14"),
        ("2025年12月30日（周二）至2026年1月2日", "2025-12-30", "2026-01-02"),
        ("自2024年3月5日起至2025年3月4日止", "2024-03-05", "2025-03-04"),
        ("二〇二五年十月一日至七日", "2025-10-01", "2025-10-07"),
    ],
)
def test_spans_of_days(written: str, first: str, last: str) -> None:
    span = span_in(fold(written))
    assert span is not None
    assert span.last is not None
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)


def test_a_span_that_ends_before_it_begins_is_none() -> None:
    assert span_in("2025年10月7日至10月1日") is None


def test_a_lone_day_begins_a_span() -> None:
    span = span_in("2025年10月1日上午")
    assert span is not None
    assert (span.first, span.last) == (date(2025, 10, 1), None)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("48 万元", 480000),
        ("¥128,000.00", 128000),
        ("￥128，000元", 128000),
        ("人民币 36.5 万元", 365000),
        ("1.75 亿元", 175000000),
        ("236000.55元", 236000.55),
        ("RMB 3,600,000", 3600000),
        ("3千万元", 30000000),
        ("人民币壹拾贰万捌仟元整", 128000),
        ("叁佰陆拾万圓整", 3600000),
        ("壹仟零伍拾元叁角肆分", 1050.34),
        ("壹亿贰仟万元", 120000000),
        ("八十六万元", 860000),
        ("拾万元", 100000),
        ("人民币壹拾贰万捌仟元整（￥128,000.00）", 128000),
    ],
)
def test_amounts_in_every_spelling(written: str, value: float) -> None:
    text = fold(written)
    found = amount_in(text, 0, len(text))
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    "written",
    [
        "30%",
        "百分之三十",
        "第三条",
        "2,000 箱",
        "13800138000",
        "1,2,3 元整",
        "99999999999999999999元",
        "0 元",
    ],
)
def test_what_is_no_amount(written: str) -> None:
    text = fold(written)
    assert amount_in(text, 0, len(text)) is None


def test_figures_and_capitals_that_differ_are_no_amount() -> None:
    text = fold("人民币壹拾贰万元整（￥128,000.00）")
    assert amount_in(text, 0, len(text)) is None


def test_a_currency_is_told() -> None:
    text = "USD 12,500.00"
    found = amount_in(text, 0, len(text))
    assert found is not None
    assert (found.value, found.currency) == (12500, "USD")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("采购合同_最终版(1).pdf", "采购合同"),
        ("采购合同 - 副本 (2).docx", "采购合同"),
        ("副本采购合同.docx", "采购合同"),
        ("复件 (3) 采购合同.doc", "采购合同"),
        ("会议纪要20240305.docx", "会议纪要"),
        ("会议纪要2024.3.5.docx", "会议纪要"),
        ("2024-03-05 会议纪要.docx.pdf", "会议纪要"),
        ("20240305-会议纪要-终稿.docx", "会议纪要"),
        ("03_会议纪要_v2.1_定稿.docx", "会议纪要"),
        ("“暖一杯过冬”主海报_终稿_v7.psd", "“暖一杯过冬”主海报"),
        ("2025年第三季度营销计划.docx", "2025年第三季度营销计划"),
        ("经销商返利管理办法（征求意见稿）.pdf", "经销商返利管理办法（征求意见稿）"),
        ("（2）渠道方案（修订版）.pptx", "渠道方案"),
        ("ISO9001认证证书.pdf", "ISO9001认证证书"),
        ("方案（最终版）（2）.pptx", "方案"),
        ("最终版.docx", "最终版"),
        ("500ml乌龙茶海报.ai", "500ml乌龙茶海报"),
    ],
)
def test_a_file_name_becomes_a_title(name: str, title: str) -> None:
    start, end = clean_name(fold(name))
    assert name[start:end] == title


@pytest.mark.parametrize(
    "name",
    [
        "IMG_20240305_101010.jpg",
        "扫描件0001.pdf",
        "微信图片_20240305.jpg",
        "新建 Microsoft Word 文档.docx",
        "20240305.pdf",
        "DSC_0431.heic",
        "a1b2c3d4e5f6.pdf",
        "Screenshot 1.png",
        "未命名.pptx",
    ],
)
def test_names_that_say_nothing_are_no_titles(name: str) -> None:
    assert "title" not in suggested("", name=name)


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("楼宇电梯广告投放合同", "HT"),
        ("战略合作协议书", "HT"),
        ("合同评审会会议纪要", "WD-HY"),
        ("市场部周例会纪要", "WD-HY"),
        ("即饮茶竞品分析", "SC"),
        ("消费者问卷调查结果", "SC"),
        ("国庆促销活动方案", "HD"),
        ("新品发布会策划案", "HD"),
        ("春季海报", "XC"),
        ("产品宣传册", "XC"),
        ("营业执照", "XC-ZZ"),
        ("永丰商贸客户档案", "KH"),
        ("客户拜访情况说明", "KH"),
        ("江城大学项目投标文件", "XM"),
        ("经销商评估表", "QD"),
        ("供应商档案", "HZ"),
        ("2025年度营销计划", "WD"),
        ("考勤管理办法", "NB"),
        ("关于延期付款的复函", "WL"),
        ("产品说明书", "CP"),
        ("媒体通讯录", "MT"),
        ("张三个人简历", "RY"),
        ("客户满意度调查问卷", ""),
        ("报价单", ""),
        ("经销商返利管理办法", ""),
        ("年终聚餐名单", ""),
        ("企业信函格式", ""),
    ],
)
def test_a_title_tells_of_its_category_or_of_none(title: str, code: str) -> None:
    kind = kind_in(title)
    assert (kind.code if kind else "") == code


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("李建国、王芳、赵 倩等", ("李建国", "王芳", "赵倩")),
        ("总经理周敏，王芳（销售部）；陈涛", ("周敏", "王芳", "陈涛")),
        ("王芳 李 敏 张三", ("王芳", "李敏", "张三")),
        ("周敏和王芳", ("周敏", "王芳")),
        ("李和平、王芳", ("李和平", "王芳")),
        ("销售部全体人员", ()),
        ("详见签到表", ()),
        ("陳志遠、張芳", ("陳志遠", "張芳")),
        ("John Smith, 王芳", ("John Smith", "王芳")),
    ],
)
def test_persons_of_a_list(written: str, names: tuple[str, ...]) -> None:
    assert persons_in(written) == names


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("周敏（市场总监）", "周敏"),
        ("周 敏", "周敏"),
        ("周敏总监", "周敏"),
        ("周总", ""),
        ("待定", ""),
        ("____", ""),
        ("欧阳文博", "欧阳文博"),
    ],
)
def test_a_person(written: str, name: str) -> None:
    assert person_in(written) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("青禾饮品有限公司（以下简称“甲方”）", "青禾饮品有限公司"),
        ("南粤家电（佛山）有限公司 地址：佛山", "南粤家电（佛山）有限公司"),
        ("青禾饮品有限公司江城分公司", "青禾饮品有限公司江城分公司"),
        ("__________（盖章）", ""),
        ("江城大学", "江城大学"),
        ("王永丰", "王永丰"),
        ("应当按照约定支付货款", ""),
        ("永丰商贸", "江城永丰商贸有限公司"),
    ],
)
def test_a_party(written: str, name: str) -> None:
    assert party_in(written, [Party("江城永丰商贸有限公司", "永丰商贸")]) == name


def test_names_of_mail_headers() -> None:
    assert mail_names("周敏 <z@q.example>,财务部 <f@q.example>, a@b.example") == ("周敏", "财务部")


@pytest.mark.parametrize("said", ["python-docx", "Administrator", "微软用户", "Lenovo", "anonymous", "x", ""])
def test_authors_that_programs_invent_are_none(said: str) -> None:
    assert author_in(said) == ""


@pytest.mark.parametrize(
    "written", ["一、合 同 编 号（必填）", "【合同编号】", "3. 合同编号", "第一条 合同编号", "● 合同编号"]
)
def test_a_label_in_every_dress(written: str) -> None:
    assert normal(fold(written)) == "合同编号"


def suggested(
    *texts: str, name: str = "a.txt", path: str = "", category: str = "", **more: Any
) -> dict[str, Suggestion]:
    passages = [Passage("page", number, "", text) for number, text in enumerate(texts, start=1) if text]
    file = SourceFile("f1", name, path, more.pop("modified", None), more.pop("facts", {}), passages)
    source = Source([file], CATEGORIES, category, **more)
    return {one.field: one for one in suggest(source, TODAY)}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("甲方：青禾饮品有限公司　乙方：江城永丰商贸有限公司", "party_b", "江城永丰商贸有限公司"),
        ("甲方:青禾饮品有限公司乙方:江城永丰商贸有限公司", "party_b", "江城永丰商贸有限公司"),
        ("甲方（盖章）：\n甲方：青禾饮品有限公司", "party_a", "青禾饮品有限公司"),
        ("甲方\t青禾饮品有限公司\t乙方\t江城永丰商贸有限公司", "party_a", "青禾饮品有限公司"),
        ("买方：\n青禾饮品有限公司", "party_a", "青禾饮品有限公司"),
        ("合同总价（万元）：48", "amount", 480000),
        ("合同金额：128,000.00", "amount", 128000),
        ("本合同总价为人民币肆拾捌万元整", "amount", 480000),
        ("合同编号：青禾销字[2024]第017号", "contract_no", "青禾销字[2024]第017号"),
        ("币种：美元", "currency", "USD"),
        ("合同种类：购销", "contract_kind", "sale"),
        ("份数：4", "copies", 4),
        ("违约责任：逾期付款的，每日按逾期金额的万分之五支付违约金，以货款\n总额为限。", "liability",
         "逾期付款的，每日按逾期金额的万分之五支付违约金，以货款总额为限。"),
    ],
)  # fmt: skip
def test_fields_of_a_contract(text: str, name: str, value: object) -> None:
    assert suggested(f"采购事项\n{text}", category="HT")[f"fields.{name}"].value == value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("违约金为合同总金额的百分之五，即 5 万元", "amount"),
        ("付款时间：2025年3月1日", "signed_on"),
        ("甲方：__________\n乙方：", "party_a"),
        ("签订日期：2027年1月1日", "signed_on"),
        ("合同编号：____", "contract_no"),
        ("甲方应当于收到货物后付款", "party_a"),
        ("甲方\t乙方\n签字\t签字", "party_a"),
        ("合同金额\t税率\t份数\t备注", "amount"),
    ],
)
def test_what_a_contract_does_not_say(text: str, name: str) -> None:
    assert f"fields.{name}" not in suggested(f"采购事项\n{text}", category="HT")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("日期：2025-03-05", "2025-03-05"),
        ("会议时间：2025-03-05", "2025-03-05"),
        ("日期：2027-03-05", None),
        ("日期：1925-03-05", None),
        ("我们在2025年3月5日的展会上遇到许多客户。", None),
        ("青禾饮品有限公司\n二〇二五年三月五日", "2025-03-05"),
        ("2025年3月5日\n2025年4月6日", "2025-04-06"),
    ],
)
def test_the_date_of_a_paper(text: str, found: str | None) -> None:
    day = suggested(f"例会情况\n{text}\n", category="WD-HY").get("date")
    assert (day.value if day else None) == found


def test_dates_are_taken_from_text_before_name_before_properties_before_the_time_of_change() -> None:
    sources: dict[str, Any] = {
        "name": "说明20250304.docx",
        "facts": {"created": "2025-05-06T20:00:00+00:00"},
        "modified": datetime(2025, 7, 8, tzinfo=UTC),
    }
    assert suggested("日期：2025-03-05", **sources)["date"].value == "2025-03-05"
    assert suggested("", **sources)["date"].value == "2025-03-04"
    sources["name"] = "说明.docx"
    assert suggested("", **sources)["date"].value == "2025-05-07"
    sources["facts"] = {"created": "2013-12-23T23:15:00+00:00"}
    assert suggested("", **sources)["date"].value == "2025-07-08"


@pytest.mark.parametrize(
    "created", ["", "soon", "2000-01-01T00:00:00+00:00", "2030-01-01T00:00:00", "0001-01-01T00:00:00+14:00"]
)
def test_properties_that_are_no_date_say_nothing(created: str) -> None:
    assert "date" not in suggested("", name="说明.docx", facts={"created": created})


@pytest.mark.parametrize(
    ("path", "department"),
    [
        ("市场部/会议/a.txt", "市场部"),
        ("共享\\01-销售部\\a.txt", "销售部"),
        ("市场部/销售部/a.txt", "销售部"),
        ("市场部资料/a.txt", None),
        ("外勤组/a.txt", "外勤组"),
        ("市场部", None),
    ],
)
def test_a_folder_tells_of_its_department(path: str, department: str | None) -> None:
    found = suggested("", path=path, departments=("外勤组",)).get("department")
    assert (found.value if found else None) == department


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("2024/合同/扫描0001.pdf", "HT"),
        ("03 会议纪要/扫描0001.pdf", "WD-HY"),
        ("市场调研2024/扫描0001.pdf", "SC"),
        ("杂项/扫描0001.pdf", None),
    ],
)
def test_a_folder_tells_of_its_category_where_the_file_does_not(path: str, code: str | None) -> None:
    found = suggested("", name="扫描0001.pdf", path=path).get("category")
    assert (found.value if found else None) == code


def test_labels_tell_of_the_category_where_no_title_does() -> None:
    found = suggested("内容如下\n会议时间：2025年3月5日\n会议地点：三楼\n主持人：周敏")["category"]
    assert (found.value, found.reason, found.evidence.quote) == (
        "WD-HY",
        "features",
        "会议时间：2025年3月5日",
    )


def test_title_and_name_that_disagree_say_nothing_of_the_category() -> None:
    assert "category" not in suggested("春季新品宣传海报", name="采购合同.pdf")


@pytest.mark.parametrize("text", ["根据市场部〔2025〕3号文件，", "参照《青禾〔2025〕3号》执行"])
def test_a_number_that_is_cited_is_not_the_papers_own(text: str) -> None:
    assert "doc_no" not in suggested(text)


def test_a_customer_in_the_title_must_be_the_only_one() -> None:
    parties = (Party("江城永丰商贸有限公司", "永丰商贸"), Party("临安惠民超市连锁有限公司", "惠民超市"))
    one = suggested("", name="永丰商贸回访.txt", category="KH", parties=parties)
    assert one["fields.full_name"].value == "江城永丰商贸有限公司"
    two = suggested("", name="永丰商贸与惠民超市回访.txt", category="KH", parties=parties)
    assert "fields.full_name" not in two


def test_the_main_file_is_read_first_and_the_others_too() -> None:
    files = [
        SourceFile("f1", "合同.pdf", passages=[Passage("page", 1, "", "采购合同\n甲方：青禾饮品有限公司")]),
        SourceFile(
            "f2",
            "附件.pdf",
            passages=[Passage("page", 4, "", "附件\n乙方：江城永丰商贸有限公司\n甲方：别家有限公司")],
        ),
    ]
    found = {one.field: one for one in suggest(Source(files, CATEGORIES), TODAY)}
    assert found["fields.party_a"].value == "青禾饮品有限公司"
    evidence = found["fields.party_b"].evidence
    assert (evidence.file_id, evidence.kind, evidence.number) == ("f2", "page", 4)


def test_a_schema_of_the_companys_own_is_read_by_its_titles() -> None:
    schema = {
        "properties": {
            "pavilion": {"title": "展馆", "type": "string", "x-widget": "text"},
            "fee": {"title": "展位费", "type": "number", "x-widget": "money"},
        }
    }
    own = CATEGORIES[0].__class__(
        "ZH", "", "展会", "Fairs", ("ZH",), 1, schema, "L0", False, "D10", False, ""
    )
    file = SourceFile("f1", "a.txt", passages=[Passage("line", 1, "", "展馆：N3\n展位费：2.4万元")])
    found = {one.field: one.value for one in suggest(Source([file], [own], "ZH"), TODAY)}
    assert found == {"fields.pavilion": "N3", "fields.fee": 24000}


def test_only_the_beginning_of_long_texts_is_read() -> None:
    late = "会议记录如下\n" * (MAX_CHARACTERS // 7 + 1) + "甲方：青禾饮品有限公司"
    assert "fields.party_a" not in suggested(late, category="HT")


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u202e例会\u202c", "👍" * 50, "长" * 4000]
)
def test_hostile_text_is_text(hostile: str) -> None:
    for one in suggested(
        f"{hostile}\n甲方：{hostile}\n合同编号：{hostile}", name=f"{hostile}.txt"[-200:], category="HT"
    ).values():
        assert "\u202e" not in str(one.value)
        assert len(one.evidence.quote) <= 120


PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [piece for document in DOCUMENTS.values() for page in document.pages for piece in page.split("\n")]
        + [
            "甲方",
            "：",
            ":",
            "\t",
            "\n",
            "  ",
            "（",
            "2024",
            "年",
            "月",
            "日",
            "至",
            "—",
            "万元",
            "壹拾",
            "，",
            "\ud800",
            "\0",
            "合 同",
        ]
    ),
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(TEXTS, max_size=3),
    name=st.text(max_size=60),
    path=TEXTS,
    category=st.sampled_from(["", "HT", "WD-HY", "HD", "KH"]),
)
def test_any_text_is_read_and_whatever_is_suggested_can_be_stored(
    texts: Sequence[str], name: str, path: str, category: str
) -> None:
    passages = [Passage("page", number, "", text) for number, text in enumerate(texts, start=1)]
    file = SourceFile("f1", name, path, None, {"title": path, "author": name, "created": name}, passages)
    found = suggest(Source([file], CATEGORIES, category), TODAY)
    assert len({one.field for one in found}) == len(found)
    for one in found:
        if one.evidence.where == "text":
            said = texts[one.evidence.passage]
            assert said[one.evidence.start : one.evidence.end].strip()
        assert storable(one, category or next((str(o.value) for o in found if o.field == "category"), ""))


def storable(one: Suggestion, category: str) -> bool:
    if one.field.startswith("fields."):
        schema = next(each.schema for each in CATEGORIES if each.code == category)
        value = list(one.value) if isinstance(one.value, tuple) else one.value
        return not check({one.field.removeprefix("fields."): value}, schema, complete=False)
    value = read_date(str(one.value)) if one.field == "date" else one.value
    return not check_core(Description(**{one.field: value}))  # type: ignore[arg-type]


SECONDS = 2.0
"""Far above what any text takes, and far below what a pattern that backtracks takes."""


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "甲方：",
            "甲方 ",
            "甲 ",
            "： ",
            ":",
            "，",
            "\t",
            "甲方\t",
            "(",
            "（甲",
            "\n",
            "2024年",
            "2024年3月",
            "2024-3-",
            "1",
            "1,",
            "1,000",
            "壹拾",
        ),
        *(
            "万",
            "元",
            "人民币",
            "第一条",
            "一、",
            "a",
            "A-",
            "总预算",
            "合同总金额",
            "签订",
            "于",
            "于2024年3月5日",
            "有限公司",
            "公司 ",
            "《",
            "王 ",
        ),
        *(
            "王芳、",
            "会议纪要",
            "副本",
            "(1)",
            "_v1",
            "20240305",
            ".pdf",
            "Re: ",
            "回复：",
            "<a",
            "@",
            "a@a.",
            "客户满意度",
            "活动",
            "_",
            "…",
            "　",
        ),
        *(
            "合同期限：自2024年1月1日起至",
            "出席：王芳、\n",
            "付款方式：一二三四五六七八九十一二三四五六七八九十\n",
            "时间：9:30 ",
        ),
    ],
)
def test_no_repetition_makes_it_slow(unit: str) -> None:
    text = (unit * MAX_CHARACTERS)[: MAX_CHARACTERS * 2]
    begun = time.process_time()
    for category in ("", "HT"):
        suggested(
            text,
            name=text[:255],
            path=text[:5000],
            category=category,
            facts={"title": text[:1000], "author": text[:1000]},
        )
    assert time.process_time() - begun < SECONDS


def test_lines_have_their_places_in_the_passage() -> None:
    text = "第一行\r\n　甲方：青禾饮品有限公司"
    lines = Lines([SourceFile("f1", "a", passages=[Passage("page", 7, "", text)])], {"甲方"})
    (entry,) = lines.labelled("甲方")
    evidence = entry.stretch.evidence(0, len(entry.stretch.text))
    assert text[evidence.start : evidence.end] == "甲方：青禾饮品有限公司"
    assert (evidence.kind, evidence.number, evidence.passage) == ("page", 7, 0)


def test_lines_of_plain_text_have_their_own_number() -> None:
    text = "会议纪要\n\n甲方：青禾饮品有限公司"
    lines = Lines([SourceFile("f1", "a", passages=[Passage("line", 41, "", text)])], {"甲方"})
    (entry,) = lines.labelled("甲方")
    evidence = entry.stretch.evidence(0, len(entry.stretch.text))
    assert (evidence.kind, evidence.number, evidence.start) == ("line", 43, 6)
