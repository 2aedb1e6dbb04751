"""What the sample holds of dealers, customers and meetings."""

from datetime import date, timedelta

from service.sample import making
from service.sample.holding import COMPANY, DEALER, Holding, Quarters


def channel_minutes(at: Quarters) -> Holding:
    """渠道窜货专题会会议纪要, as DOCX."""
    channel = at.last + timedelta(20)
    return Holding(
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
                "一、陈涛汇报：华东区本季度以来发现渠道窜货十二起，涉及 500ml 乌龙茶饮料 1,860 箱，"
                "箱码显示货物发往江城，却在临安市场以低于指导价百分之十二的价格销售。",
                "二、李建国提出，窜货的根子在返利按进货量计算，经销商为冲量跨区出货。建议自下季度起，"
                "返利改按终端动销考核，进货量只占三成。",
                "三、会议决定：（一）暂停江城永丰商贸有限公司本季度返利，待核查结束后按经销商合同第九条处理；"
                "（二）季度末前完成箱码追溯系统上线；（三）市场部每月通报一次渠道窜货情况。",
                "四、下次会议听取箱码追溯上线情况。",
            ],
            [
                ["事项", "责任人", "期限"],
                ["核查永丰商贸出货记录", "陈涛", "两周内"],
                ["拟定返利新办法", "李建国", "本月底"],
                ["箱码追溯上线", "王芳", "季度末"],
            ],
        ),
    )


def quarter_minutes(at: Quarters) -> Holding:
    """季度营销例会会议纪要, as text in GB 18030."""
    quarter = at.before + timedelta(76)
    return Holding(
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
    )


def dealer_contract(at: Quarters) -> Holding:
    """永丰商贸经销商合同, as PDF."""
    signed = at.earlier + timedelta(14)
    return Holding(
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
    )


def advertising_contract(at: Quarters) -> Holding:
    """楼宇电梯广告投放合同, as PDF."""
    media = at.before + timedelta(31)
    return Holding(
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
    )


def dealer_dossier(at: Quarters) -> Holding:
    """永丰商贸客户档案, as XLSX."""
    visit = at.last + timedelta(40)
    return Holding(
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
        make=lambda: making.workbook(_dossier_sheets(at, visit)),
    )


def visit_mail(at: Quarters) -> Holding:
    """客户拜访情况与货款逾期说明, as mail."""
    visit = at.last + timedelta(40)
    return Holding(
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
    )


def _dossier_sheets(at: Quarters, visit: date) -> list[making.Sheet]:
    return [
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
                [f"{at.last:%Y-%m}", "青禾乌龙 500ml", 4200, 176400],
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
