"""Quotas: sums of many rows, so that those who enter at once do not meet in one."""

from types import SimpleNamespace

import pytest

from service.errors import QuotaExceeded
from service.models import Usage
from service.models.connection import in_transaction
from service.usecases.contents.quotas import SPREAD, Quotas, use

FILE = SimpleNamespace(size=10, sender="anna")


def brought_in(times: int) -> None:
    for _ in range(times):
        in_transaction(lambda session: use(session, [FILE]))


def test_a_persons_sum_is_spread_over_rows(database: None) -> None:
    brought_in(40)
    rows = {row.id: row.bytes for row in Usage.objects if row.id.startswith("user:anna:")}
    assert 1 < len(rows) <= SPREAD
    assert sum(rows.values()) == 400


@pytest.mark.requirement("B31")
def test_a_quota_reads_all_rows_and_the_one_from_before_they_were_spread(database: None) -> None:
    Usage(id="user:anna", bytes=30, files=3).save(force_insert=True)
    brought_in(7)
    quotas = Quotas(everybody=0, person=110)
    quotas.require("anna", 10)
    with pytest.raises(QuotaExceeded):
        quotas.require("anna", 11)
    with pytest.raises(QuotaExceeded):
        Quotas(everybody=75, person=0).require("bert", 6)


def test_what_goes_is_taken_off_wherever_it_was_counted(database: None) -> None:
    brought_in(5)
    for _ in range(5):
        in_transaction(lambda session: use(session, [FILE], sign=-1))
    assert sum(row.bytes for row in Usage.objects) == 0
    Quotas(everybody=1, person=1).require("anna", 1)
