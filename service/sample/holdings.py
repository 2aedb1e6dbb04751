"""The documents of the sample: an invented drinks company, its dealers, its meetings, its campaigns."""

from datetime import date

from service.sample import dealings, marketing
from service.sample.holding import Holding, Quarters

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


def holdings(today: date) -> list[Holding]:
    """All of them, with dates in the quarters before `today`."""
    at = Quarters.of(today)
    return [document(at) for document in DOCUMENTS]
