"""What the sample holds of campaigns, research, plans and publicity."""

from datetime import date, timedelta

from service.sample import making
from service.sample.holding import COMPANY, Holding, Quarters


def campaign_plan(at: Quarters) -> Holding:
    """校园新品品鉴周活动方案, as PPTX."""
    starts = at.last + timedelta(45)
    ends = at.last + timedelta(51)
    return Holding(
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
        make=lambda: making.slides(_plan_slides(starts)),
    )


def campaign_budget(at: Quarters) -> Holding:
    """校园新品品鉴周费用预算表, as XLSX."""
    starts = at.last + timedelta(45)
    return Holding(
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
    )


def campaign_summary(at: Quarters) -> Holding:
    """校园新品品鉴周效果总结, as DOCX."""
    starts = at.last + timedelta(45)
    summary = min(at.now + timedelta(8), at.today)
    return Holding(
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
    )


def rival_report(at: Quarters) -> Holding:
    """即饮茶市场竞品调研报告, as DOCX."""
    held = at.before + timedelta(50)
    return Holding(
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
    )


def satisfaction_survey(at: Quarters) -> Holding:
    """消费者满意度问卷调查结果, as XLSX."""
    held = at.before + timedelta(50)
    return Holding(
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
    )


def year_plan(at: Quarters) -> Holding:
    """年度营销计划, as DOCX."""
    return Holding(
        title=f"{at.before.year}年度营销计划",
        category="WD",
        day=at.earlier + timedelta(9),
        file=f"{at.before.year}年度营销计划.docx",
        further={"retention": "D30"},
        fields={
            "document_kind": "plan",
            "period": "year",
            "author": "市场部",
            "approved_by": ["周敏", "财务部"],
            "budget": 12800000,
        },
        make=lambda: making.word(
            f"{at.before.year}年度营销计划",
            [
                "目标：全年销售额 1.75 亿元，无糖系列占比达到三成；经销商由 86 家增至 100 家。",
                "策略：稳住校园，做强便利店，突破大卖场；线上以会员复购为主。",
                "渠道政策：严禁窜货，推行箱码追溯；返利由进货导向改为动销导向，分季度兑付。",
                "预算：全年营销费用 1,280 万元，其中广告 460 万元、促销 520 万元、渠道支持 300 万元。",
                "风险：原料价格上涨、竞品低价促销、货款逾期。应对：锁定半年茶叶采购价，下调高风险客户信用额度。",
            ],
        ),
    )


def rebate_rules(at: Quarters) -> Holding:
    """经销商返利管理办法（征求意见稿）, as PDF."""
    return Holding(
        title="经销商返利管理办法（征求意见稿）",
        category="WD",
        day=at.last + timedelta(30),
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
    )


def poster(at: Quarters) -> Holding:
    """青禾气泡茶新品海报, as PNG."""
    made = at.earlier + timedelta(60)
    return Holding(
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
    )


def test_report(at: Quarters) -> Holding:
    """青禾乌龙产品检测报告, as PDF."""
    made = at.earlier + timedelta(60)
    return Holding(
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
    )


def _plan_slides(starts: date) -> list[making.Slide]:
    return [
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
