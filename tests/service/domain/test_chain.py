"""The chain names each place where a trail was touched, in the database's rows and in an exported file alike."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.chain import (
    MOST_BREAKS,
    Break,
    Head,
    Link,
    Verdict,
    Verifier,
    breaks_of_file,
    canonical,
    digests,
    linked,
    plain,
    salted,
    sealed,
    told,
)

pytestmark = [pytest.mark.requirement("S-ER-4"), pytest.mark.requirement("R-AUD-1")]


def chained(count: int) -> list[Link]:
    """Events 1 to `count`; every third has a personal part."""
    found: list[Link] = []
    for seq in range(1, count + 1):
        private = salted({"address": "203.0.113.9"}) if seq % 3 == 0 else {}
        event = {
            "_id": f"{seq:024x}",
            "seq": seq,
            "at": datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=seq),
            "act": "read",
            "object_id": "档案一",
            "facts": {"fields": ["title"], "hash": '","hash":"'},
            "sealed": sealed(private),
        }
        prev = found[-1].hash if found else Head().hash
        body = told(event)
        found.append(Link(seq, body, linked(prev, body), prev, canonical(private) if private else ""))
    return found


def verdict(links: list[Link], head: Head) -> Verdict:
    verifier = Verifier(Head())
    for link in links:
        verifier.link(link)
    return verifier.end(head)


def filed(links: list[Link], head: Head) -> Verdict:
    def lines() -> Iterator[bytes]:
        yield canonical({"after": {"seq": 0, "hash": Head().hash}}).encode() + b"\n"
        yield from (link.line.encode() + b"\n" for link in links)
        yield canonical({"head": {"seq": head.seq, "hash": head.hash}}).encode() + b"\n"

    return breaks_of_file(lines())


def both(links: list[Link], whole: list[Link]) -> list[Break]:
    """What is wrong with `links`, of which `whole` was written; the same from rows and from a file."""
    head = Head(whole[-1].seq, whole[-1].hash)
    found, in_file = verdict(links, head), filed(links, head)
    assert found == in_file
    return found.breaks


def test_a_trail_that_nobody_touched_is_whole() -> None:
    whole = chained(9)
    found = filed(whole, Head(9, whole[-1].hash))
    assert found.whole
    assert (found.events, found.first, found.head.seq, found.erased) == (9, 1, 9, 0)
    assert both(whole, whole) == []


def test_a_changed_event_is_named() -> None:
    whole = chained(9)
    touched = replace(whole[4], body=whole[4].body.replace('"read"', '"open"'))
    assert both([*whole[:4], touched, *whole[5:]], whole) == [Break("changed", 5)]


def test_an_event_replaced_with_a_hash_of_its_own_breaks_the_link_behind_it() -> None:
    whole = chained(9)
    body = whole[4].body.replace('"read"', '"open"')
    forged = replace(whole[4], body=body, hash=linked(whole[4].prev, body))
    assert both([*whole[:4], forged, *whole[5:]], whole) == [Break("unlinked", 6)]


def test_deleted_events_are_named_from_first_to_last() -> None:
    whole = chained(9)
    assert both([*whole[:3], *whole[6:]], whole) == [Break("missing", 4, 6)]


def test_an_end_that_was_cut_off_is_seen_by_the_head() -> None:
    whole = chained(9)
    (found,) = both(whole[:7], whole)
    assert (found.kind, found.seq, found.last) == ("head", 7, 9)


def test_inserted_and_doubled_events_are_named() -> None:
    whole = chained(9)
    assert both([*whole[:5], whole[4], *whole[5:]], whole) == [Break("doubled", 5)]
    body = whole[4].body.replace('"seq":5}', '"seq":6}')
    forged = Link(6, body, linked(whole[4].hash, body), whole[4].hash, whole[4].private)
    kinds = {(one.kind, one.seq) for one in both([*whole[:5], forged, *whole[5:]], whole)}
    assert kinds == {("doubled", 6), ("unlinked", 7)}


def test_events_in_another_order_are_named() -> None:
    whole = chained(9)
    assert both([*whole[:3], whole[4], whole[3], *whole[5:]], whole) == [Break("moved", 4)]


def test_an_erased_personal_part_is_no_break_and_a_changed_one_is() -> None:
    whole = chained(9)
    erased = [replace(link, private="") for link in whole]
    found = filed(erased, Head(9, whole[-1].hash))
    assert (found.whole, found.erased) == (True, 3)
    other = replace(whole[2], private=whole[2].private.replace("203", "198"))
    assert both([*whole[:2], other, *whole[3:]], whole) == [Break("private", 3)]
    added = replace(whole[1], private=canonical({"address": "198.51.100.1"}))
    assert both([whole[0], added, *whole[2:]], whole) == [Break("private", 2)]


def test_an_export_that_breaks_off_or_is_none_is_refused() -> None:
    whole = chained(4)
    cut = breaks_of_file(iter([whole[0].line.encode()]))
    assert [one.kind for one in cut.breaks] == ["head"]
    strange = breaks_of_file(iter([b"not ours\n", b'{"head":{"seq":0,"hash":"' + b"0" * 64 + b'"}}']))
    assert [(one.kind, one.detail) for one in strange.breaks] == [("unreadable", "line 1")]


def test_a_line_that_says_a_thing_twice_is_not_believed() -> None:
    """Readers of JSON take the last of two; the hash is over the bytes."""
    whole = chained(2)
    doubled = whole[0].line.replace('{"body":', '{"body":{"act":"forged","seq":1},"body":', 1)
    found = breaks_of_file(iter([doubled.encode(), whole[1].line.encode()]))
    assert ("changed", 1) in {(one.kind, one.seq) for one in found.breaks}


def test_only_so_many_places_are_named() -> None:
    whole = chained(MOST_BREAKS + 20)
    found = verdict([replace(link, hash="f" * 64) for link in whole], Head(len(whole), whole[-1].hash))
    assert (len(found.breaks), found.more_breaks > 0) == (MOST_BREAKS, True)


def test_facts_come_back_from_a_database_as_they_were_hashed() -> None:
    facts = {"day": datetime(2026, 3, 2, 8, tzinfo=UTC).date(), "of": {"b", "a"}, "pair": (1, None), "x": 1.5}
    assert plain(facts) == {"day": "2026-03-02", "of": ["a", "b"], "pair": [1, None], "x": 1.5}
    assert json.loads(canonical(plain(facts))) == plain(facts)


def test_digests_tell_nothing_without_their_salt() -> None:
    one, other = digests({"title": ["甲", "乙"]}, "salt"), digests({"title": ["甲", "乙"]}, "other")
    assert one["before"] != one["after"]
    assert one != other
    assert one == digests({"title": ["甲", "乙"]}, "salt")
