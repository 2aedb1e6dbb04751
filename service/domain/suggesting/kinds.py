"""What kind of document a title tells of: the category, and the choices that follow from words."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_KINDS: Mapping[str, str] = {
    "HT": r"合同书?|协议书?|合同审批单|订货合同",
    "WD-HY": r"会议?纪要|纪要|会议记录|会谈记录|会议决议|会议签到表|(?:例会|会议|座谈会).{0,6}签到表",
    "SC": r"调研报告|调查报告|调研方案|市场调[研查]|消费者.{0,4}调[研查]|消费者满意度|问卷|行业(?:分析|研究)?报告"
    r"|竞品|竞争对手|市场分析报告|调[研查](?:结果|数据)|调研",
    "HD": r"活动.{0,6}(?:方案|策划案?|策划书|总结|预算表?|流程|执行(?:方案|手册)?|安排|通知)|策划[案书]|策划方案"
    r"|(?:发布会|展会|推介会|品鉴会|路演|展览会|订货会).{0,4}(?:方案|总结|预算表?|策划)",
    "XC": r"海报|宣传册|宣传单页?|宣传折页|折页|画册|宣传片|宣传视频|产品单页|易拉宝|新闻稿|主视觉|展板",
    "XC-ZZ": r"营业执照|许可证|检[测验]报告|认证证书|资质证书|体系认证|荣誉证书|获奖证书|商标注册证|合格证书",
    "KH": r"客户(?:档案|资料|信息|登记)[表卡]?|客户拜访|客户走访|客户投诉|客户回访|客户信用",
    "XM": r"投标文件|投标书|投标函|标书|立项书|立项申请书?|立项报告|项目进展(?:记录表?|情况|报告)",
    "QD": r"(?:经销商|代理商|渠道商?|分销商)(?:档案|评估表?|考核表?|登记表|准入.{0,4}|名册|信息表|资料)",
    "HZ": r"(?:合作商|供应商|合作方|合作伙伴)(?:档案|评估表?|登记表|名册|信息表|资料)",
    "WD": r"营销计划|营销方案|营销报告|营销总结|销售计划|推广计划|培训课件|培训教材|培训讲义|营销预算|市场计划",
    "NB": r"管理办法|管理制度|管理规定|管理规范|实施细则|考核办法|奖惩办法|暂行规定|授权委托书|委托书|工作总结|工作报告"
    r"|工作周报|工作月报|任免决定|的通知|的通报|会议通知",
    "WL": r"(?<!信)(?:联系函|复函|来函|催款函|邀请函|告知函|回函|商洽函|工作联系单|公函|询价函|的函)",
    "RY": r"人员档案|员工档案|个人简历|简历|员工登记表|绩效考核表|员工履历",
    "CP": r"产品说明书|使用说明书|技术参数表?|产品规格书|规格书|产品参数",
    # A customer's dossier or a survey; a rule of the company or a paper of marketing: the scheme allows both.
    "UNSURE": r"客户.{0,3}满意度.{0,6}"
    r"|(?:经销商|代理商|渠道|客户|返利|促销|价格|营销).{0,6}(?:管理|实施|考核|奖惩)(?:办法|制度|规定|细则)",
    "MT": r"媒体(?:名录|通讯录|资源库?|名单|档案|联系表)|记者(?:名录|通讯录|名单)",
}
"""Category → words that only its documents have in their titles."""

_KIND = re.compile("|".join(f"(?P<{code.replace('-', '_')}>{words})" for code, words in _KINDS.items()))

FEATURES: Mapping[str, tuple[Sequence[str], int]] = {
    "HT": (
        ("甲方", "乙方", "买方", "卖方", "需方", "供方", "合同编号", "签订日期", "违约责任", "付款方式"),
        3,
    ),
    "WD-HY": (
        (
            "会议时间",
            "会议地点",
            "主持人",
            "主持",
            "记录人",
            "记录",
            "出席人员",
            "参会人员",
            "出席",
            "议题",
            "会议议题",
        ),
        3,
    ),
    "HD": (
        (
            "活动名称",
            "活动主题",
            "活动时间",
            "活动地点",
            "活动目标",
            "活动目的",
            "活动预算",
            "活动内容",
            "总预算",
        ),
        3,
    ),
    "SC": (("调研对象", "调研时间", "调研区域", "样本量", "调研方法", "调查对象", "调查时间", "资料来源"), 3),
    "KH": (
        ("客户全称", "客户名称", "客户简称", "客户编号", "信用等级", "信用额度", "客户性质", "客户经理"),
        2,
    ),
}
"""Category → labels of its documents, and how many of them it takes to be sure."""

FEATURE_LABELS = frozenset(label for labels, _ in FEATURES.values() for label in labels)

CHOICES: Mapping[str, Sequence[tuple[str, str]]] = {
    "HT.contract_kind": (
        ("dealer", r"经销|代理|分销|特许"),
        ("advertising", r"广告|媒体|投放|视频制作|宣传片|制作合同"),
        ("engineering", r"工程|施工|安装|装修"),
        ("sale", r"购销|采购|销售|买卖|订货|供货|购货"),
    ),
    "WD-HY.meeting_kind": (
        ("regular", r"例会|周会|月会|晨会"),
        ("topic", r"专题会|专题"),
        ("project", r"项目会|项目.{0,6}?会"),
        ("review", r"评审会|评审|总结会|复盘会"),
        ("customer", r"客户.{0,4}(?:会谈|座谈|洽谈)|合作.{0,4}洽谈"),
    ),
    "SC.research_kind": (
        ("rival", r"竞品|竞争对手|竞争者"),
        ("satisfaction", r"满意度"),
        ("consumer", r"消费者|用户|顾客"),
        ("industry", r"行业|产业"),
        ("news", r"市场动态|政策"),
    ),
    "HD.activity_kind": (
        ("launch", r"发布会|上市会"),
        ("exhibition", r"展会|展览|博览会|参展|糖酒会|秋季展|春季展"),
        ("seminar", r"研讨会|培训|讲座|沙龙"),
        ("promotion", r"促销|品鉴|买赠|特卖|满减|优惠"),
        ("advertising", r"广告投放|广告"),
        ("online", r"线上|直播|抖音|微信|小程序"),
        ("public_relations", r"公关|公益|赞助"),
    ),
    "WD.document_kind": (
        ("budget", r"预算"),
        ("promotion", r"促销方案|促销"),
        ("training", r"培训|课件|教材|讲义"),
        ("plan", r"计划|规划"),
        ("report", r"报告|总结|月报|周报|季报|年报"),
        ("expense", r"费用|报销"),
        ("supervision", r"监督|检查|评估"),
    ),
    "NB.document_kind": (
        ("delegation", r"委托书"),
        ("statistics", r"统计表|统计"),
        ("rule", r"办法|制度|规定|细则|规范|章程|流程"),
        ("notice", r"通知|通报"),
        ("decision", r"决定|决议|任免"),
        ("report", r"报告|总结|周报|月报"),
    ),
    "XC.material_kind": (
        ("poster", r"海报|主视觉|展板|易拉宝"),
        ("brochure", r"宣传册|画册|手册"),
        ("leaflet", r"单页|折页|宣传单"),
        ("video", r"宣传片|视频|短片"),
        ("article", r"新闻稿|文章|软文"),
        ("slides", r"演示文稿|幻灯片"),
        ("photo", r"照片|现场照|剪影"),
    ),
    "XC-ZZ.certificate_kind": (
        ("test", r"检[测验]报告"),
        ("licence", r"营业执照|许可证"),
        ("system", r"体系认证|ISO ?[0-9]{4,5}|HACCP"),
        ("honour", r"荣誉|获奖|奖状"),
        ("product", r"产品认证|有机|绿色食品"),
    ),
    "XM.document_kind": (
        ("bid", r"投标|标书"),
        ("approval", r"立项"),
        ("price_list", r"价格表|报价"),
        ("proposal", r"技术方案"),
        ("minutes", r"纪要|会议记录"),
        ("progress", r"进展"),
        ("letter", r"函"),
    ),
    "QD.channel_type": (
        ("dealer", r"经销商|代理商|分销商"),
        ("retailer", r"零售商|门店"),
        ("ecommerce", r"电商|天猫|京东"),
    ),
}
"""Field with choices → words of a title that decide for one, the surest first."""

_CHOICES = {
    name: [(value, re.compile(words)) for value, words in choices] for name, choices in CHOICES.items()
}


class Kind(NamedTuple):
    """A category or a choice, and the word that tells of it."""

    code: str
    start: int
    end: int


def kind_in(title: str) -> Kind | None:
    """The category that a folded title tells of: Chinese puts the noun last, so the last such word counts."""
    last = None
    for match in _KIND.finditer(title):
        last = Kind(str(match.lastgroup).replace("_", "-"), match.start(), match.end())
    return None if last and last.code == "UNSURE" else last


def choice_in(name: str, title: str) -> Kind | None:
    """The choice for the field `name` ("HT.contract_kind") that words of a folded title decide for."""
    for value, words in _CHOICES.get(name, ()):
        if match := words.search(title):
            return Kind(value, match.start(), match.end())
    return None
