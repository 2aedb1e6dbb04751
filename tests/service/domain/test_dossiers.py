"""Dossiers: what lacks, and places among the others."""

from datetime import date

import pytest

from service.domain.dossiers import (
    KINDS,
    DossierSaid,
    Expected,
    Held,
    between,
    check_dossier,
    respaced,
    standings,
)
from service.scheme import expected_documents, starting_scheme

CONTRACT = (
    Expected("text", "合同正本", "Contract", words=("合同",)),
    Expected("approval", "合同审批单", "Approval", words=("合同审批单", "审批单")),
    Expected("payment", "付款凭证", "Payment", "HT", ("付款", "发票")),
)


def lacking(*held: Held) -> list[str]:
    return [one.expected.key for one in standings(CONTRACT, held) if one.lacks]


@pytest.mark.requirement("S-RT-5")
def test_a_name_serves_as_what_its_longest_word_says() -> None:
    assert lacking() == ["text", "approval", "payment"]
    assert lacking(Held("a", ("HT",), ("华东区合同审批单",))) == ["text", "payment"]
    assert lacking(Held("a", ("HT",), ("华东区合同",))) == ["approval", "payment"]


def test_one_record_serves_as_several_by_its_files() -> None:
    both = Held("a", ("HT",), ("归档件", "合同.pdf", "审批单.pdf"))
    assert lacking(both) == ["payment"]
    assert standings(CONTRACT, [both])[0].found == ("a",)


def test_the_category_has_to_be_the_one_or_below_it() -> None:
    assert "payment" in lacking(Held("a", ("WD",), ("发票",)))
    assert "payment" not in lacking(Held("a", ("HT", "HT-XS"), ("发票",)))


def test_what_is_waived_does_not_lack() -> None:
    waived = Expected("x", "x", "x", words=("合同",), waived=True)
    assert not standings([waived], [])[0].lacks


def test_every_kind_says_what_it_expects() -> None:
    codes = {one.code for one in starting_scheme()} | {""}
    for kind in KINDS:
        lines = expected_documents(kind)
        assert len(lines) >= 5
        assert len({line["key"] for line in lines}) == len(lines)
        assert all(line["label"] and line["label_en"].isascii() and line["words"] for line in lines)
        assert {line["category"] for line in lines} <= codes


def test_places_between_neighbours() -> None:
    places = {"a": 1.0, "b": 2.0, "c": 3.0}
    assert between(places, "c", "b") == 1.5
    assert (between(places, "c", "a") or 0) < 1.0
    assert (between(places, "a", "") or 0) > 3.0
    assert between({}, "a", "") is not None


def test_where_no_room_is_left_places_are_given_anew() -> None:
    tight = {"a": 1.0, "b": 1.0 + 2**-52, "c": 3.0}
    assert between(tight, "c", "b") is None
    anew = respaced(tight)
    assert sorted(anew, key=lambda key: anew[key]) == ["a", "b", "c"]
    assert between(anew, "c", "b") is not None


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (DossierSaid(), ("title", "required")),
        (DossierSaid(title="x" * 501), ("title", "too_long")),
        (DossierSaid(title="x", code="x" * 61), ("code", "too_long")),
        (DossierSaid(title="x", party="a\tb"), ("party", "control_character")),
        (DossierSaid(title="x", secrecy="L9"), ("secrecy", "not_in_list")),
        (
            DossierSaid(title="x", start=date(2026, 2, 1), end=date(2026, 1, 1)),
            ("end", "before_start"),
        ),
    ],
)
def test_faults(said: DossierSaid, fault: tuple[str, str]) -> None:
    assert fault in [(one.path, one.code) for one in check_dossier(said, new=True)]
