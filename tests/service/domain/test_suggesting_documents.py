"""Suggestions for whole documents whose description is known: what is read, and what is left unsaid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from service.domain.holdings import CategoryView
from service.domain.suggesting import Party, Passage, Source, SourceFile, Suggestion, suggest
from service.scheme import starting_scheme

TODAY = date(2026, 3, 2)

CATEGORIES = tuple(
    CategoryView(
        one.code, one.parent, one.name, one.name_en, (one.code,), one.version, one.schema, one.secrecy,
        one.core_secret, one.retention, one.living, one.filing_scope,
    )
    for one in starting_scheme()
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    """A file as ingest leaves it, and the truth: what must be suggested with which value, and for what nothing may be."""

    name: str
    pages: Sequence[str]
    truth: Mapping[str, Any]
    nothing_for: Sequence[str] = ()
    path: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    kind: str = "page"
    parties: Sequence[Party] = ()
    modified: datetime | None = None

    def source(self, **more: Any) -> Source:
        passages = [Passage(self.kind, number, "", text) for number, text in enumerate(self.pages, start=1)]
        file = SourceFile("f1", self.name, self.path, self.modified, self.facts, passages)
        return Source([file], CATEGORIES, parties=self.parties, **more)


DOCUMENTS = {
    "minutes": Document(
        name="8月例会.docx.pdf",
        path="市场部/会议/2025Q3/8月例会.docx.pdf",
        pages=[
            "市场部〔2025〕第 18 号\n三季度渠道管理例会\n会 议 纪 要\n会议时间：2025 年 8 月 19 日（星期二）下午 14：00\n"
            "会议地点：公司三楼第二会议室\n主 持 人：周敏（市场总监）\n记 录 人：王 芳\n"
            "参会人员：李建国、陈涛、\n赵倩、欧阳文博\n缺席人员：孙莉\n"
            "会议名称：三季度渠道管理例会\n一、异地扫码涉及金额 41.8 万元，由陈涛核查。\n下次会议时间：2025年9月16日\n",
        ],
        truth={
            "title": "三季度渠道管理例会会议纪要",
            "category": "WD-HY",
            "date": "2025-08-19",
            "department": "市场部",
            "doc_no": "市场部〔2025〕第 18 号",
            "fields.meeting_name": "三季度渠道管理例会",
            "fields.meeting_kind": "regular",
            "fields.held_on": "2025-08-19",
            "fields.place": "公司三楼第二会议室",
            "fields.chair": "周敏",
            "fields.recorder": "王芳",
            "fields.attendees": ("李建国", "陈涛", "赵倩", "欧阳文博"),
            "fields.absent": ("孙莉",),
            "fields.next_meeting": "2025-09-16",
        },
    ),
    "purchase contract": Document(
        name="采购合同_最终版(1).pdf",
        path="采购部/2024合同/采购合同_最终版(1).pdf",
        pages=[
            "彩色包装箱采购合同\n合同编号：ＱＨ－ＣＧ－２０２４－０３１\n甲方（需方）：青禾饮品有限公司\n"
            "乙方（供方）：临安恒达包装印刷有限责任公司（以下简称“乙方”）\n签订地点：江城市\n"
            "签订日期：二〇二四年三月五日\n一、合同总价（含税）：人民币壹拾贰万捌仟元整（￥128,000.00）。\n"
            "二、付款方式：预付百分之三十，验收合格后三十日内付清余款。\n三、税率：13%\n"
            "四、交货日期：2024年4月10日前\n五、合同期限：自2024年3月5日起至2025年3月4日止。\n",
            "甲方（盖章）：　　　　　　乙方（盖章）：\n日期：　　年　月　日",
        ],
        truth={
            "title": "彩色包装箱采购合同",
            "category": "HT",
            "date": "2024-03-05",
            "department": "采购部",
            "doc_no": "QH-CG-2024-031",
            "fields.contract_no": "QH-CG-2024-031",
            "fields.contract_kind": "sale",
            "fields.party_a": "青禾饮品有限公司",
            "fields.party_b": "临安恒达包装印刷有限责任公司",
            "fields.signed_on": "2024-03-05",
            "fields.starts_on": "2024-03-05",
            "fields.ends_on": "2025-03-04",
            "fields.amount": 128000,
            "fields.currency": "CNY",
            "fields.tax_rate": 13,
            "fields.delivery_on": "2024-04-10",
        },
    ),
    "traditional contract": Document(
        name="廣告製作合同.pdf",
        pages=[
            "廣告製作合同\n合同編號：GG-2025-008\n甲方：青禾飲品有限公司\n乙方：視界文化傳媒（深圳）有限公司\n"
            "簽訂日期：２０２５年１１月３日\n合同總價：壹拾伍萬元整\n",
        ],
        truth={
            "title": "廣告製作合同",
            "category": "HT",
            "date": "2025-11-03",
            "fields.contract_no": "GG-2025-008",
            "fields.contract_kind": "advertising",
            "fields.party_a": "青禾飲品有限公司",
            "fields.party_b": "視界文化傳媒（深圳）有限公司",
            "fields.amount": 150000,
        },
    ),
    "contract with broken lines and running text": Document(
        name="扫描0007.pdf",
        pages=[
            "经 销 商 合 同\n合同编号\nJX2025-017\n甲方：青禾饮品有限公\n司\n乙方：江城永丰商贸有限公司\n"
            "本合同由双方于 2025 年 4\n月 15 日在江城签订。年度销售目标与合同总金额为叁佰陆拾万元，\n"
            "违约金为合同总金额的百分之五。\n",
        ],
        truth={
            "title": "经销商合同",
            "category": "HT",
            "fields.contract_no": "JX2025-017",
            "fields.contract_kind": "dealer",
            "fields.party_a": "青禾饮品有限公司",
            "fields.party_b": "江城永丰商贸有限公司",
            "fields.amount": 3600000,
            "fields.signed_on": "2025-04-15",
        },
    ),
    "campaign plan": Document(
        name="国庆方案v3.pptx",
        kind="slide",
        pages=[
            "国庆社区品鉴会活动方案\n青禾饮品有限公司市场部\n2025年9月",
            "活动主题：一口青禾，一夏清凉\n活动时间：2025年10月1日至10月7日\n"
            "活动地点：江城六大社区广场\n"
            "负责人：赵倩\n参与人员：市场部、销售部及兼职二十人",
            "活动预算\n总预算：36.5万元，其中场地费用：8 万元，奖品费用：60,000 元",
        ],
        truth={
            "title": "国庆社区品鉴会活动方案",
            "category": "HD",
            "fields.activity_name": "国庆社区品鉴会",
            "fields.activity_kind": "promotion",
            "fields.theme": "一口青禾，一夏清凉",
            "fields.starts_on": "2025-10-01",
            "fields.ends_on": "2025-10-07",
            "fields.place": "江城六大社区广场",
            "fields.in_charge": "赵倩",
            "fields.budget": 365000,
            "fields.venue_cost": 80000,
            "fields.prize_cost": 60000,
        },
        nothing_for=("date", "doc_no"),
    ),
    "quotation mail": Document(
        name="报价.eml",
        kind="part",
        facts={
            "title": "回复: Re: 恒温壶外壳报价（第二次）",
            "author": "孙莉 <sunli@hengda.example>",
            "recipients": "王芳 <wangfang@qinghe.example>",
            "created": "2025-12-03T17:20:00+08:00",
        },
        pages=[
            "From: 孙莉 <sunli@hengda.example>\nTo: 王芳 <wangfang@qinghe.example>\nSubject: 回复: 恒温壶外壳报价",
            "王经理：\n您好！外壳单价 12.5 元，数量 5,000 只，模具费 30,000 元。报价有效期至2025年12月31日。\n孙莉",
        ],
        truth={"title": "恒温壶外壳报价（第二次）", "date": "2025-12-03", "responsible": "孙莉"},
        nothing_for=("category", "fields.amount", "doc_no"),
    ),
    "rival survey": Document(
        name="20251120-竞品调研.docx",
        kind="whole",
        path="营销中心/调研/20251120-竞品调研.docx",
        pages=[
            "华东即饮茶竞品调研报告\n调研单位：江城明见市场研究所\n调研时间：2025.10.8—2025.10.30\n调研区域：江城、临安等五市\n"
            "样本量：1,200 份\n资料来源：公开资料与自行走访\n市场规模约为 186 亿元。\n江城明见市场研究所\n2025年11月18日",
        ],
        truth={
            "title": "华东即饮茶竞品调研报告",
            "category": "SC",
            "date": "2025-11-18",
            "responsible": "江城明见市场研究所",
            "fields.research_kind": "rival",
            "fields.conducted_by": "江城明见市场研究所",
            "fields.started_on": "2025-10-08",
            "fields.ended_on": "2025-10-30",
            "fields.region": "江城、临安等五市",
            "fields.sample_size": 1200,
        },
    ),
    "customer dossier": Document(
        name="客户登记表.xlsx",
        kind="sheet",
        path="销售部/客户/客户登记表.xlsx",
        facts={"title": "Sheet1", "author": "openpyxl", "created": "2027-01-01T00:00:00+00:00"},
        pages=[
            "客户登记表\n客户名称\t江城永丰商贸有限公司\t简称\t永丰商贸\n联系人\t王永丰\t手机\t13800138000\n"
            "办公电话\t027-87654321\t电子邮箱\twang@yongfeng.example\n信用等级\tB\t信用额度（万元）\t30\n职工人数\t46\n经营范围\t预包装食品批发",
        ],
        truth={
            "category": "KH",
            "department": "销售部",
            "fields.customer_kind": "organisation",
            "fields.full_name": "江城永丰商贸有限公司",
            "fields.short_name": "永丰商贸",
            "fields.contact_name": "王永丰",
            "fields.mobile": "13800138000",
            "fields.phone": "027-87654321",
            "fields.email": "wang@yongfeng.example",
            "fields.credit_grade": "B",
            "fields.credit_limit": 300000,
            "fields.staff": 46,
        },
        nothing_for=("date", "responsible"),
    ),
    "poster": Document(
        name="“暖一杯过冬”主海报_终稿_v7.psd",
        path="物料/海报/“暖一杯过冬”主海报_终稿_v7.psd",
        pages=["暖一杯过冬\n全国便利店有售"],
        truth={"title": "“暖一杯过冬”主海报", "category": "XC", "fields.material_kind": "poster"},
        nothing_for=("date", "department", "responsible"),
    ),
    "certificate": Document(
        name="恒温壶检测报告.pdf",
        pages=[
            "检 测 报 告\n报告编号：CQ-2025-08817\n委托单位：青禾饮品有限公司\n检测机构：江城市产品质量检验所\n"
            "签发日期：2025-05-20\n有效期至：2027年5月19日\n",
        ],
        truth={
            "title": "恒温壶检测报告",
            "category": "XC-ZZ",
            "date": "2025-05-20",
            "fields.certificate_kind": "test",
            "fields.certificate_no": "CQ-2025-08817",
            "fields.holder": "青禾饮品有限公司",
            "fields.issued_by": "江城市产品质量检验所",
            "fields.issued_on": "2025-05-20",
            "fields.valid_until": "2027-05-19",
        },
    ),
    "quarterly plan": Document(
        name="2025年第三季度营销计划(副本).docx",
        kind="whole",
        pages=["2025年第三季度营销计划\n编制人：王芳　审批人：周敏、李建国\n编制日期：2025-06-25\n总预算为 320 万元。"],
        truth={
            "title": "2025年第三季度营销计划",
            "category": "WD",
            "date": "2025-06-25",
            "responsible": "王芳",
            "fields.document_kind": "plan",
            "fields.period": "quarter",
            "fields.period_from": "2025-07-01",
            "fields.period_to": "2025-09-30",
            "fields.author": "王芳",
            "fields.approved_by": ("周敏", "李建国"),
            "fields.budget": 3200000,
        },
    ),
    "notice": Document(
        name="通知.doc",
        kind="whole",
        pages=[
            "青禾饮品有限公司文件\n青禾〔2025〕12号\n关于印发《经销商拜访规范》\n的通知\n各部门：\n"
            "现将《经销商拜访规范》（青禾〔2023〕3号同时废止）印发给你们，请遵照执行。\n青禾饮品有限公司\n二〇二五年六月三十日\n",
        ],
        truth={
            "title": "关于印发《经销商拜访规范》的通知",
            "date": "2025-06-30",
            "doc_no": "青禾〔2025〕12号",
            "responsible": "青禾饮品有限公司",
        },
    ),
    "letter": Document(
        name="催款函.pdf",
        pages=[
            "催款函\n致：临安惠民超市连锁有限公司\n贵司尚欠货款人民币 236,000.00 元，请于收到本函后十日内付清。\n"
            "特此函告。\n青禾饮品有限公司 2025年11月20日\n",
        ],
        truth={
            "title": "催款函",
            "category": "WL",
            "date": "2025-11-20",
            "responsible": "青禾饮品有限公司",
            "fields.correspondent": "临安惠民超市连锁有限公司",
        },
    ),
    "scan without text": Document(
        name="IMG_20251203_143022.jpg",
        path="财务部\\合同\\IMG_20251203_143022.jpg",
        pages=[],
        truth={"category": "HT", "date": "2025-12-03", "department": "财务部"},
        nothing_for=("title", "fields.amount", "responsible"),
    ),
    "nothing to say": Document(
        name="新建文本文档 (2).txt",
        kind="line",
        pages=["买牛奶\n给小李回电话\n下周二之前把东西拿回来"],
        truth={},
        nothing_for=("title", "category", "date", "department", "doc_no", "responsible"),
    ),
    "minutes about a contract": Document(
        name="合同评审会会议纪要.docx",
        kind="whole",
        path="合同/合同评审会会议纪要.docx",
        pages=["合同评审会会议纪要\n时间：2025年7月1日 地点：一楼 主持：周敏\n"
            "甲方：青禾饮品有限公司的合同编号：QH-1 须更正。"],
        truth={"category": "WD-HY", "fields.meeting_kind": "review", "fields.held_on": "2025-07-01"},
    ),
    "bid": Document(
        name="投标文件.pdf",
        pages=["江城大学饮水机项目投标文件\n项目编号：JC-2025-118\n项目名称：江城大学饮水机采购项目\n招标人：江城大学\n投标总价：¥486,000.50"],
        truth={
            "category": "XM",
            "fields.project_no": "JC-2025-118",
            "fields.project_name": "江城大学饮水机采购项目",
            "fields.customer": "江城大学",
            "fields.document_kind": "bid",
            "fields.expected_amount": 486000.5,
        },
    ),
    "visit to a known customer": Document(
        name="永丰商贸客户拜访记录2025-11-10.docx",
        kind="whole",
        pages=["客户拜访记录\n反映临安方向低价货冲击"],
        parties=(Party("江城永丰商贸有限公司", "永丰商贸"), Party("临安惠民超市连锁有限公司", "惠民超市")),
        truth={
            "title": "永丰商贸客户拜访记录",
            "category": "KH",
            "date": "2025-11-10",
            "fields.full_name": "江城永丰商贸有限公司",
            "fields.customer_kind": "organisation",
        },
    ),
    "sales contract by the model form": Document(
        name="购销合同.docx",
        kind="whole",
        pages=[
            "工业品买卖合同\n　　　　合同编号：__________\n出卖人：临安恒达包装印刷有限责任公司　　　　签订地点：江城\n"
            "买受人：青禾饮品有限公司　　　　　　签订时间：2024年 6 月 8 日\n标的名称\t商标\t规格型号\t数量\t单价\t金额\n"
            "纸箱\t恒达\t500ml\t10000\t2.5\t25000.00\n合计人民币金额（大写）：贰万伍仟元整\n"
            "出卖人（章）：　　　　　买受人（章）：\n",
        ],
        truth={
            "title": "工业品买卖合同",
            "category": "HT",
            "date": "2024-06-08",
            "fields.party_a": "青禾饮品有限公司",
            "fields.party_b": "临安恒达包装印刷有限责任公司",
            "fields.signed_on": "2024-06-08",
            "fields.amount": 25000,
        },
        nothing_for=("fields.contract_no", "doc_no", "fields.subject"),
    ),
    "minutes as a form": Document(
        name="会议记录 0612.docx",
        kind="whole",
        pages=[
            "新品上市项目沟通会会议记录\n时  间\t2025年6月12日 14:00-16:30\t地  点\t二楼会议室\n主持人\t周敏\t记录人\t赵倩\n"
            "参会人员\t市场部：周敏、赵倩；销售部：李建国；设计公司：何平\n1. 预算控制在50万元以内。",
        ],
        truth={
            "title": "新品上市项目沟通会会议记录",
            "category": "WD-HY",
            "fields.meeting_kind": "project",
            "fields.held_on": "2025-06-12",
            "fields.place": "二楼会议室",
            "fields.chair": "周敏",
            "fields.recorder": "赵倩",
            "fields.attendees": ("周敏", "赵倩", "李建国", "何平"),
        },
    ),
    "notice of a meeting": Document(
        name="关于召开三季度营销工作会议的通知.docx",
        kind="whole",
        pages=[
            "关于召开三季度营销工作会议的通知\n各部门：\n会议时间：2025年10月12日上午9点\n会议地点：公司大会议室\n"
            "参会人员：各区域经理\n综合管理部\n2025年9月28日",
        ],
        truth={
            "category": "NB",
            "date": "2025-09-28",
            "department": "综合管理部",
            "responsible": "综合管理部",
            "fields.document_kind": "notice",
        },
    ),
    "licence": Document(
        name="营业执照.jpg",
        pages=[
            "营业执照\n统一社会信用代码 91420100MA4K12345X\n名    称 青禾饮品有限公司\n法定代表人 周大明\n"
            "营业期限 2012年05月16日至2042年05月15日\n登记机关 江城市市场监督管理局\n2020年 3 月 2 日",
        ],
        truth={
            "category": "XC-ZZ",
            "date": "2020-03-02",
            "responsible": "江城市市场监督管理局",
            "fields.certificate_kind": "licence",
            "fields.certificate_no": "91420100MA4K12345X",
            "fields.holder": "青禾饮品有限公司",
            "fields.issued_by": "江城市市场监督管理局",
            "fields.valid_until": "2042-05-15",
        },
        nothing_for=("fields.issued_on",),
    ),
    "summary of a campaign": Document(
        name="活动总结.docx",
        kind="whole",
        pages=[
            "“七夕”主题促销活动总结报告\n活动时间：2025年8月25日—8月31日\n活动地点：各大商超门店\n"
            "本次活动共投入费用12.8万元，现场销售额96万元，客流量：35,000人次\n市场部\n2025年9月5日",
        ],
        truth={
            "category": "HD",
            "date": "2025-09-05",
            "department": "市场部",
            "fields.activity_kind": "promotion",
            "fields.starts_on": "2025-08-25",
            "fields.ends_on": "2025-08-31",
            "fields.sales": 960000,
            "fields.footfall": 35000,
        },
        nothing_for=("fields.budget", "fields.total_cost"),
    ),
}  # fmt: skip


def suggested(document: Document, **more: Any) -> dict[str, Suggestion]:
    return {one.field: one for one in suggest(document.source(**more), TODAY)}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_a_document_says_is_suggested(document: Document) -> None:
    found = {name: one.value for name, one in suggested(document).items()}
    assert {name: found.get(name) for name in document.truth} == document.truth


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_a_document_does_not_say_is_not_suggested(document: Document) -> None:
    found = {name: one.value for name, one in suggested(document).items()}
    assert {name: found[name] for name in document.nothing_for if name in found} == {}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_suggestion_points_at_what_it_quotes(document: Document) -> None:
    for one in suggest(document.source(), TODAY):
        said = source_of(document, one)
        quoted = "".join(said[one.evidence.start : one.evidence.end].split())
        assert quoted == "".join(one.evidence.quote.split()), one
        assert quoted, one


def source_of(document: Document, one: Suggestion) -> str:
    """The text that the evidence's offsets count in."""
    where = one.evidence.where
    if where == "text":
        return document.pages[one.evidence.passage]
    if where == "facts":
        return document.facts[one.evidence.label]
    return {"name": document.name, "path": document.path, "modified": one.evidence.quote}[where]


def test_a_place_is_named_as_the_file_names_it() -> None:
    found = suggested(DOCUMENTS["campaign plan"])
    assert (found["fields.budget"].evidence.kind, found["fields.budget"].evidence.number) == ("slide", 3)
    assert found["fields.budget"].evidence.quote == "总预算：36.5万元"


def test_fields_are_those_of_the_category_that_is_decided() -> None:
    found = suggested(DOCUMENTS["purchase contract"], category="WL")
    assert "category" not in found
    assert "fields.amount" not in found
    assert found["title"].value == "彩色包装箱采购合同"


def test_a_category_that_the_scheme_lacks_is_not_suggested() -> None:
    document = DOCUMENTS["purchase contract"]
    without = tuple(category for category in CATEGORIES if category.code != "HT")
    source = Source(document.source().files, without)
    assert "category" not in {one.field for one in suggest(source, TODAY)}


def test_the_time_of_change_is_the_last_resort() -> None:
    document = Document("通讯录.xlsx", [], {}, modified=datetime(2025, 2, 3, 4, 5, tzinfo=UTC))
    found = suggested(document)["date"]
    assert (found.value, found.evidence.where, found.reason) == ("2025-02-03", "modified", "time")


def test_without_files_nothing_is_said() -> None:
    assert suggest(Source([], CATEGORIES), TODAY) == []
