"""The documents of the sample: an invented drinks company, its dealers, its meetings, its campaigns."""

from datetime import date

from service.sample import dealings, marketing
from service.sample.holding import DEALER, Binding, Holding, Quarters

DOCUMENTS = (
    dealings.channel_minutes,
    dealings.quarter_minutes,
    dealings.dealer_contract,
    dealings.advertising_contract,
    dealings.dealer_dossier,
    dealings.visit_mail,
    marketing.campaign_plan,
    marketing.campaign_budget,
    marketing.campaign_summary,
    marketing.rival_report,
    marketing.satisfaction_survey,
    marketing.year_plan,
    marketing.rebate_rules,
    marketing.poster,
    marketing.test_report,
)

DOSSIERS = (
    Binding(
        "customer",
        DEALER,
        (f"{DEALER}客户档案", f"{DEALER}经销商合同", "渠道窜货专题会会议纪要"),
        department="销售部",
        party=DEALER,
        responsible="李建国",
    ),
    Binding(
        "activity",
        "校园新品品鉴周",
        (
            "校园新品品鉴周活动方案",
            "校园新品品鉴周费用预算表",
            "校园新品品鉴周效果总结",
            "青禾气泡茶新品海报",
        ),
        department="市场部",
        responsible="赵倩",
    ),
)


def holdings(today: date) -> list[Holding]:
    """All of them, with dates in the quarters before `today`."""
    at = Quarters.of(today)
    return [document(at) for document in DOCUMENTS]
