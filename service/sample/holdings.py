"""The documents of the sample: an invented drinks company, its dealers, its meetings, its campaigns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from service.sample import making

COMPANY = "青禾饮品有限公司"
DEALER = "江城永丰商贸有限公司"
MARK = "示例"
"""The keyword that every record of the sample carries."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A record of the sample with its one file. The title is what it is known by."""

    title: str
    category: str
    day: date
    file: str
    make: Callable[[], bytes]
    fields: Mapping[str, Any]
    department: str = "市场部"
    responsible: str = COMPANY
    doc_no: str = ""
    keywords: tuple[str, ...] = ()
    further: Mapping[str, Any] = field(default_factory=dict)
    """More of the description, by the names of the API."""

    def description(self) -> dict[str, Any]:
        """As POST /records takes it."""
        return {
            "title": self.title,
            "category": self.category,
            "date": self.day.isoformat(),
            "department": self.department,
            "responsible": self.responsible,
            "doc_no": self.doc_no,
            "keywords": [MARK, *self.keywords],
            "fields": dict(self.fields),
            **self.further,
        }


def quarter_start(today: date, ago: int) -> date:
    """The first day of the quarter that lies `ago` quarters before today's."""
    months = today.year * 12 + (today.month - 1) // 3 * 3 - 3 * ago
    return date(months // 12, months % 12 + 1, 1)


def holdings(today: date) -> list[Holding]:
    """All of them, with dates in the quarters before `today`."""
    now, last, before, earlier = (quarter_start(today, ago) for ago in range(4))
    return [
        *_meetings(last, before),
        *_contracts(before, earlier),
        *_customers(last),
        *_campaign(last, now, today),
        *_research(before),
        *_papers(last, before, earlier),
        *_publicity(earlier),
    ]


def _meetings(last: date, before: date) -> list[Holding]:
    channel, quarter = last + timedelta(20), before + timedelta(76)
    return [
        Holding(
            title="渠道窜货专题会会议纪要",
            category="WD-HY",
            day=channel,
            file="渠道窜货专题会会议纪要.docx",
            keywords=("窜货", "经销商"),
            fields={
                "meeting_name": "渠道窜货专题会",
                "meeting_kind": "topic",
                "held_on": channel.isoformat(),
                "chair": "周敏",
                "recorder": "王芳",
                "attendees": ["周敏", "李建国", "王芳", "陈涛"],
                "topics": "华东区渠道窜货的核查与处理",
                "decisions": "暂停永丰商贸当季返利，启用箱码追溯",
            },
            make=lambda: making.word(
                "渠道窜货专题会会议纪要",
                [
                    f"时间：{channel:%Y年%m月%d日}　地点：公司三楼会议室　主持：周敏　记录：王芳",
                    "一、陈涛汇报：华东区三月以来发现渠道窜货十二起，涉及 500ml 乌龙茶饮料 1,860 箱，"
                    "箱码显示货物发往江城，却在临安市场以低于指导价百分之十二的价格销售。",
                    "二、李建国提出，窜货的根子在返利按进货量计算，经销商为冲量跨区出货。建议自下季度起，"
                    "返利改按终端动销考核，进货量只占三成。",
                    "三、会议决定：（一）暂停江城永丰商贸有限公司本季度返利，待核查结束后按经销商合同第九条处理；"
                    "（二）六月底前完成箱码追溯系统上线；（三）市场部每月通报一次渠道窜货情况。",
                    "四、下次会议听取箱码追溯上线情况。",
                ],
                [
                    ["事项", "责任人", "期限"],
                    ["核查永丰商贸出货记录", "陈涛", "两周内"],
                    ["拟定返利新办法", "李建国", "本月底"],
                    ["箱码追溯上线", "王芳", "季度末"],
                ],
            ),
        ),
        Holding(
            title="季度营销例会会议纪要",
            category="WD-HY",
            day=quarter,
            file="季度营销例会会议纪要.txt",
            fields={
                "meeting_name": "季度营销例会",
                "meeting_kind": "regular",
                "held_on": quarter.isoformat(),
                "chair": "周敏",
                "attendees": ["周敏", "李建国", "王芳", "赵倩"],
                "topics": "季度销售回顾、下季度促销安排",
            },
            # As older systems saved it, so that the sample shows texts that are not UTF-8.
            make=lambda: making.text(
                [
                    "季度营销例会会议纪要",
                    f"时间：{quarter:%Y年%m月%d日}",
                    "主持人：周敏　出席：李建国、王芳、赵倩",
                    "1. 本季度销售额 4,260 万元，完成计划的百分之一百零三；电商平台增长最快，同比增长百分之三十一。",
                    "2. 应收账款中逾期 90 天以上的共三家经销商，由销售部逐户催收，信用等级下调一级。",
                    "3. 下季度促销以校园新品品鉴为主，预算控制在 86 万元以内。",
                    "4. 客户满意度调查安排在下季度第二个月，由赵倩负责问卷。",
                ],
                "gb18030",
            ),
        ),
    ]


def _contracts(before: date, earlier: date) -> list[Holding]:
    signed, media = earlier + timedelta(14), before + timedelta(31)
    return [
        Holding(
            title=f"{DEALER}经销商合同",
            category="HT",
            day=signed,
            file="永丰商贸经销商合同.pdf",
            department="销售部",
            doc_no=f"QH-JX-{signed.year}-017",
            keywords=("经销商合同", "返利"),
            further={"copy_status": "copy", "original_place": "综合管理部"},
            fields={
                "contract_no": f"QH-JX-{signed.year}-017",
                "contract_name": "经销商合同",
                "contract_kind": "dealer",
                "party_a": COMPANY,
                "party_b": DEALER,
                "signed_on": signed.isoformat(),
                "starts_on": signed.isoformat(),
                "ends_on": (signed + timedelta(364)).isoformat(),
                "amount": 3600000,
                "currency": "CNY",
                "status": "running",
            },
            make=lambda: making.pdf(
                "经销商合同",
                [
                    f"合同编号：QH-JX-{signed.year}-017　签订日期：{signed:%Y年%m月%d日}",
                    f"甲方：{COMPANY}　乙方：{DEALER}",
                    "第一条　甲方授权乙方在江城市行政区域内经销青禾系列饮料，期限一年，年度销售目标 360 万元。",
                    "第三条　付款方式：款到发货；经甲方书面同意，可给予乙方不超过 30 万元的信用额度，账期三十日。",
                    "第五条　返利：完成年度目标的，按实际回款额的百分之三返利；超额部分按百分之五返利。返利以货物形式兑付。",
                    "第七条　交货：甲方在收到订单后五个工作日内送达乙方指定仓库，运费由甲方承担。",
                    "第九条　乙方不得跨区域销售（窜货）。经查实窜货的，甲方有权扣减当季返利；一年内两次以上的，"
                    "甲方可以解除合同，并要求乙方支付违约金 10 万元。",
                    "第十二条　违约责任：逾期付款的，每日按逾期金额的万分之五支付违约金。",
                    "第十五条　争议由甲方所在地人民法院管辖。本合同一式四份，双方各执两份。",
                ],
            ),
        ),
        Holding(
            title="楼宇电梯广告投放合同",
            category="HT",
            day=media,
            file="楼宇电梯广告投放合同.pdf",
            doc_no=f"QH-GG-{media.year}-006",
            further={"copy_status": "copy", "original_place": "综合管理部"},
            fields={
                "contract_no": f"QH-GG-{media.year}-006",
                "contract_name": "楼宇电梯广告投放合同",
                "contract_kind": "advertising",
                "party_a": COMPANY,
                "party_b": "视界文化传媒有限公司",
                "signed_on": media.isoformat(),
                "amount": 480000,
                "currency": "CNY",
            },
            make=lambda: making.pdf(
                "楼宇电梯广告投放合同",
                [
                    f"合同编号：QH-GG-{media.year}-006　签订日期：{media:%Y年%m月%d日}",
                    f"甲方：{COMPANY}　乙方：视界文化传媒有限公司",
                    "一、乙方在江城、临安两市 620 部电梯投放甲方“青禾乌龙”十五秒视频广告，为期八周。",
                    "二、合同总价 48 万元，分两次支付：合同生效后支付百分之四十，投放结束并提交监播报告后支付百分之六十。",
                    "三、广告内容发布前须经甲方书面审查。乙方应保证画面、音乐、肖像均已取得授权。",
                    "四、漏播的，按漏播时长的两倍补播；超过总时长百分之五的，甲方可相应扣减费用。",
                ],
            ),
        ),
    ]


def _customers(last: date) -> list[Holding]:
    visit = last + timedelta(40)
    return [
        Holding(
            title=f"{DEALER}客户档案",
            category="KH",
            day=visit,
            file="永丰商贸客户档案.xlsx",
            department="销售部",
            keywords=("客户", "信用"),
            fields={
                "customer_kind": "organisation",
                "full_name": DEALER,
                "short_name": "永丰商贸",
                "segment": "current",
                "importance": "main",
                "owner": "李建国",
                "contact_name": "王永丰",
                "contact_post": "总经理",
                "credit_grade": "B",
                "credit_limit": 300000,
            },
            make=lambda: making.workbook(
                [
                    (
                        "基本情况",
                        [
                            ["项目", "内容"],
                            ["客户全称", DEALER],
                            ["简称", "永丰商贸"],
                            ["经营范围", "预包装食品、饮料批发"],
                            ["职工人数", 46],
                            ["服务区域", "江城市及所辖三县"],
                            ["信用等级", "B"],
                        ],
                    ),
                    (
                        "购买记录",
                        [
                            ["时间", "产品", "数量（箱）", "金额（元）"],
                            [f"{last:%Y-%m}", "青禾乌龙 500ml", 4200, 176400],
                            [f"{visit:%Y-%m}", "青禾茉莉 500ml", 2600, 101400],
                        ],
                    ),
                    (
                        "沟通记录",
                        [
                            ["日期", "方式", "内容", "跟进"],
                            [
                                visit.isoformat(),
                                "面谈",
                                "反映临安方向低价货冲击，要求公司核查窜货来源",
                                "市场部两周内答复",
                            ],
                        ],
                    ),
                ]
            ),
        ),
        Holding(
            title="客户拜访情况与货款逾期说明",
            category="KH",
            day=visit + timedelta(3),
            file="客户拜访情况与货款逾期说明.eml",
            department="销售部",
            fields={
                "customer_kind": "organisation",
                "full_name": "临安惠民超市连锁有限公司",
                "short_name": "惠民超市",
                "segment": "current",
                "owner": "李建国",
                "credit_grade": "C",
            },
            make=lambda: making.mail(
                "惠民超市拜访情况与货款逾期说明",
                "李建国 <lijianguo@qinghe.example>",
                ["周敏 <zhoumin@qinghe.example>", "财务部 <finance@qinghe.example>"],
                visit + timedelta(3),
                "周部长：\n\n昨日拜访惠民超市采购经理孙莉。对方说明货款逾期 42 天（23.6 万元）是因为门店改造，"
                "承诺月底前付清一半。\n\n对方对陈列支持和返利兑付速度有意见：上季度返利至今未到账。建议财务部先核对。"
                "\n\n另：货架上出现江城批号的青禾乌龙，疑似窜货，照片和箱码已交市场部。\n\n李建国\n",
            ),
        ),
    ]


def _campaign(last: date, now: date, today: date) -> list[Holding]:
    starts, ends = last + timedelta(45), last + timedelta(51)
    summary = min(now + timedelta(8), today)
    return [
        Holding(
            title="校园新品品鉴周活动方案",
            category="HD",
            day=starts - timedelta(20),
            file="校园新品品鉴周活动方案.pptx",
            keywords=("促销", "新品"),
            fields={
                "activity_name": "校园新品品鉴周",
                "activity_class": "general",
                "activity_kind": "promotion",
                "theme": "一口青禾，一夏清凉",
                "starts_on": starts.isoformat(),
                "ends_on": ends.isoformat(),
                "place": "江城大学等六所高校",
                "in_charge": "赵倩",
                "budget": 860000,
            },
            make=lambda: making.slides(
                [
                    (
                        "校园新品品鉴周活动方案",
                        ["主题：一口青禾，一夏清凉", f"时间：{starts:%Y年%m月%d日}起七天"],
                    ),
                    (
                        "活动目标",
                        [
                            "试饮三万人次",
                            "新品青禾气泡茶首月铺货两千箱",
                            "新增会员八千人，客户满意度九十分以上",
                        ],
                    ),
                    (
                        "活动内容与流程",
                        [
                            "食堂入口设品鉴台，每校三处",
                            "扫码领券，到店核销",
                            "最后一天抽奖，奖品为校园骑行卡",
                        ],
                    ),
                    (
                        "预算与风险",
                        [
                            "总预算 86 万元：场地 12 万、物料 30 万、人员 18 万、奖品 26 万",
                            "雨天改在体育馆；备足冰块",
                        ],
                    ),
                ]
            ),
        ),
        Holding(
            title="校园新品品鉴周费用预算表",
            category="HD",
            day=starts - timedelta(15),
            file="校园新品品鉴周费用预算.xlsx",
            fields={
                "activity_name": "校园新品品鉴周",
                "activity_class": "general",
                "starts_on": starts.isoformat(),
                "budget": 860000,
            },
            make=lambda: making.workbook(
                [
                    (
                        "预算",
                        [
                            ["项目", "单价（元）", "数量", "金额（元）"],
                            ["场地租赁", 20000, 6, 120000],
                            ["品鉴台与易拉宝", 2500, 18, 45000],
                            ["试饮样品", 2.6, 98000, 254800],
                            ["临时促销人员", 180, 1000, 180000],
                            ["奖品（骑行卡）", 65, 4000, 260000],
                        ],
                    ),
                    (
                        "审批",
                        [["环节", "意见", "日期"], ["市场部", "同意", (starts - timedelta(12)).isoformat()]],
                    ),
                ]
            ),
        ),
        Holding(
            title="校园新品品鉴周效果总结",
            category="HD",
            day=summary,
            file="校园新品品鉴周效果总结.docx",
            fields={
                "activity_name": "校园新品品鉴周",
                "activity_class": "general",
                "starts_on": starts.isoformat(),
                "footfall": 34120,
                "satisfaction": 92.5,
                "total_cost": 828600,
                "evaluation": "试饮人次超过目标，抽奖核销率偏低",
            },
            make=lambda: making.word(
                "校园新品品鉴周效果总结",
                [
                    "品鉴周在六所高校举行，共试饮 34,120 人次，完成目标的百分之一百一十四；现场销售额 41.7 万元。",
                    "客户满意度 92.5 分，较上次活动提高 3.1 分。意见集中在排队时间长、气泡茶偏甜。",
                    "实际费用 82.86 万元，比预算节约 3.14 万元。投入产出比（ROI）为 1.8。",
                    "问题：优惠券到店核销率只有百分之二十七，部分经销商没有接到核销通知。下次活动前应先培训渠道。",
                ],
            ),
        ),
    ]


def _research(before: date) -> list[Holding]:
    held = before + timedelta(50)
    return [
        Holding(
            title="即饮茶市场竞品调研报告",
            category="SC",
            day=held,
            file="即饮茶市场竞品调研报告.docx",
            keywords=("竞品", "市场份额"),
            fields={
                "research_kind": "rival",
                "subject": "华东即饮茶市场竞品的价格与渠道",
                "region": "华东",
                "conducted_by": "市场部",
                "started_on": (held - timedelta(30)).isoformat(),
                "ended_on": held.isoformat(),
                "sample_size": 1200,
                "source": "公开资料与自行走访",
            },
            make=lambda: making.word(
                "即饮茶市场竞品调研报告",
                [
                    "调研方法：在江城、临安等五市走访终端 300 家，回收消费者问卷 1,200 份，均为公开渠道和合法方式取得。",
                    "市场规模：华东即饮茶年销售额约 186 亿元，同比增长百分之七；无糖茶占比首次超过三成。",
                    "竞品甲定价 5 元，靠买赠促销和冰柜投放抢占便利店；竞品乙主打电商，营销渠道以直播为主。",
                    "我司市场份额百分之六点二，校园和便利店较强，大卖场较弱。",
                    "建议：加快无糖新品上市；大卖场改用返利与陈列挂钩的办法；对竞品甲的买赠保持跟踪，不打价格战。",
                ],
                [
                    ["品牌", "零售价（元）", "份额"],
                    ["青禾", "4.5", "6.2%"],
                    ["竞品甲", "5.0", "21.4%"],
                    ["竞品乙", "5.5", "9.8%"],
                ],
            ),
        ),
        Holding(
            title="消费者满意度问卷调查结果",
            category="SC",
            day=held + timedelta(14),
            file="消费者满意度问卷调查结果.xlsx",
            fields={
                "research_kind": "satisfaction",
                "subject": "青禾乌龙消费者满意度",
                "sample_size": 860,
                "conducted_by": "市场部",
            },
            make=lambda: making.workbook(
                [
                    (
                        "满意度",
                        [
                            ["项目", "得分", "上期得分"],
                            ["口味", 88.4, 87.1],
                            ["价格", 79.6, 81.0],
                            ["包装", 84.2, 80.5],
                            ["购买方便程度", 76.9, 74.8],
                        ],
                    ),
                    (
                        "建议摘录",
                        [
                            ["建议", "次数"],
                            ["希望有小瓶装", 146],
                            ["希望社区店也有卖", 97],
                            ["甜度再低一些", 212],
                        ],
                    ),
                ]
            ),
        ),
    ]


def _papers(last: date, before: date, earlier: date) -> list[Holding]:
    return [
        Holding(
            title=f"{before.year}年度营销计划",
            category="WD",
            day=earlier + timedelta(9),
            file=f"{before.year}年度营销计划.docx",
            further={"retention": "D30"},
            fields={
                "document_kind": "plan",
                "period": "year",
                "author": "市场部",
                "approved_by": ["周敏", "财务部"],
                "budget": 12800000,
            },
            make=lambda: making.word(
                f"{before.year}年度营销计划",
                [
                    "目标：全年销售额 1.75 亿元，无糖系列占比达到三成；经销商由 86 家增至 100 家。",
                    "策略：稳住校园，做强便利店，突破大卖场；线上以会员复购为主。",
                    "渠道政策：严禁窜货，推行箱码追溯；返利由进货导向改为动销导向，分季度兑付。",
                    "预算：全年营销费用 1,280 万元，其中广告 460 万元、促销 520 万元、渠道支持 300 万元。",
                    "风险：原料价格上涨、竞品低价促销、货款逾期。应对：锁定半年茶叶采购价，下调高风险客户信用额度。",
                ],
            ),
        ),
        Holding(
            title="经销商返利管理办法（征求意见稿）",
            category="WD",
            day=last + timedelta(30),
            file="经销商返利管理办法（征求意见稿）.pdf",
            keywords=("返利",),
            fields={
                "document_kind": "other",
                "author": "李建国",
                "summary": "返利改按终端动销计算，窜货扣减",
            },
            make=lambda: making.pdf(
                "经销商返利管理办法（征求意见稿）",
                [
                    "第一条　为规范返利，防止以返利促窜货，制定本办法。",
                    "第二条　返利由三部分组成：终端动销占百分之五十，回款及时率占百分之二十，进货量占百分之三十。",
                    "第三条　当季发生窜货的，扣减当季返利的百分之三十；发生两次以上的，取消全年返利。",
                    "第四条　返利每季度结算一次，次季度首月二十五日前以货物或票折方式兑付，逾期由责任人说明原因。",
                    "第五条　货款逾期超过三十日的，返利先行抵扣货款。",
                ],
            ),
        ),
    ]


def _publicity(earlier: date) -> list[Holding]:
    made = earlier + timedelta(60)
    return [
        Holding(
            title="青禾气泡茶新品海报",
            category="XC",
            day=made,
            file="青禾气泡茶新品海报.png",
            fields={
                "material_kind": "poster",
                "theme": "一口青禾，一夏清凉",
                "made_by": "市场部设计组",
                "made_on": made.isoformat(),
                "version": "1.0",
                "reviewed_by": "周敏",
            },
            make=lambda: making.poster(["青禾气泡茶", "一口青禾，一夏清凉", "全国便利店有售", COMPANY]),
        ),
        Holding(
            title="青禾乌龙产品检测报告",
            category="XC-ZZ",
            day=made + timedelta(5),
            file="青禾乌龙产品检测报告.pdf",
            fields={
                "certificate_kind": "test",
                "certificate_no": f"JC-{made.year}-20387",
                "holder": COMPANY,
                "issued_by": "江城市产品质量检验所",
                "issued_on": (made + timedelta(5)).isoformat(),
                "valid_until": (made + timedelta(370)).isoformat(),
            },
            make=lambda: making.pdf(
                "检测报告",
                [
                    f"报告编号：JC-{made.year}-20387　委托单位：{COMPANY}",
                    "样品：青禾乌龙茶饮料 500ml　检验类别：委托检验",
                    "检验项目：茶多酚、咖啡因、菌落总数、大肠菌群、山梨酸、苯甲酸、安赛蜜。",
                    "检验结论：所检项目符合 GB/T 21733 的要求。",
                    "本报告自签发之日起一年内有效，复印件未加盖检验专用章无效。",
                ],
            ),
        ),
    ]
