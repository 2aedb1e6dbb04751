"""Wire: how often a request is repeated and what each answer of a store means."""

import pytest

from storage.port import (
    ObjectExists,
    ObjectMissing,
    RangeUnsatisfiable,
    StoreFull,
    StoreUnavailable,
)
from storage.wire import PassingFault, Patience, RetryBudget, code_of, refusal


@pytest.mark.parametrize(
    ("status", "code", "meant"),
    [
        (301, "PermanentRedirect", StoreUnavailable),
        (400, "InvalidRequest", StoreUnavailable),
        (400, "RequestTimeout", PassingFault),
        (400, "IncompleteBody", PassingFault),
        (403, "AccessDenied", StoreUnavailable),
        (403, "QuotaExceeded", StoreFull),
        (404, "NoSuchKey", ObjectMissing),
        (404, "", ObjectMissing),
        (404, "NoSuchBucket", StoreUnavailable),
        (409, "ConditionalRequestConflict", PassingFault),
        (412, "PreconditionFailed", ObjectExists),
        (416, "InvalidRange", RangeUnsatisfiable),
        (501, "NotImplemented", StoreUnavailable),
        (503, "SlowDown", PassingFault),
        (507, "", StoreFull),
    ],
)
def test_each_answer_has_one_meaning(status, code, meant):
    assert type(refusal(status, code)) is meant


def test_the_code_is_read_from_the_body_or_the_header():
    assert code_of(b"<Error><Code>NoSuchKey</Code></Error>", {}) == "NoSuchKey"
    assert code_of(b"", {"x-minio-error-code": "NoSuchBucket"}) == "NoSuchBucket"
    assert code_of(b"<html>", {}) == ""


@pytest.mark.requirement("F13")
def test_repetitions_stay_below_a_tenth_of_the_requests():
    budget = RetryBudget()
    repeated = 0
    for _ in range(10_000):
        budget.earn()
        repeated += budget.spend()
    assert repeated <= 10_000 * 0.1 + 10


def test_a_saved_budget_has_an_end():
    budget = RetryBudget(saved=2)
    for _ in range(1000):
        budget.earn()
    assert [budget.spend() for _ in range(4)] == [True, True, False, False]


@pytest.mark.requirement("F11")
def test_questions_are_waited_for_shorter_than_storing():
    patience = Patience()
    assert patience.timeout("GET").connect_timeout == patience.connect < 5
    assert patience.timeout("GET").read_timeout == patience.answer < 5
    assert patience.timeout("PUT").read_timeout == patience.storing
