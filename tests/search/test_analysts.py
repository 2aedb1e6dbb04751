"""Documents analysed by processes of their own: the same as here, in order, whatever becomes of the processes."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from search.indexing import analysts
from search.indexing.analysts import in_lots
from search.indexing.entries import Entry, PassageEntry, entry
from search.port import FileText, IndexDocument, Passage, Place
from search.words.lexicon import Lexicon, own_words

TEXT = "渠道返利按季度结算，2024年3月5日支付12.5万元。盒马鲜生的窜货由市场部处理。"


@pytest.fixture(autouse=True)
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others take part from the first document on, a few at a time."""
    monkeypatch.setattr(analysts, "ALONE", 0)
    monkeypatch.setattr(analysts, "MOST", 3)


def document(number: int) -> IndexDocument:
    pages = [Passage(Place("page", page), f"第{number}件：{TEXT}") for page in (1, 2)]
    file = FileText(f"f{number}", f"{number}.pdf", "pdf", pages)
    return IndexDocument(f"r{number}", 1, "L0", f"渠道协议{number}", number, files=[file], own=["盒马鲜生"])


class Words:
    def __init__(self) -> None:
        self.lexicon = Lexicon()

    def known(self, documents: object) -> Lexicon:
        self.lexicon.learn(own_words(["盒马鲜生"]))
        return self.lexicon


def said(one: Entry) -> tuple[object, ...]:
    """An entry; what is without order in it, sorted."""
    passages = [(each.stretch, *map(sorted, map(str.split, terms_of(each)))) for each in one.passages]
    return replace(one, passages=(), vocabulary=sorted(one.vocabulary)), passages


def terms_of(passage: PassageEntry) -> tuple[str, str, str]:
    return passage.terms.chars, passage.terms.pairs, passage.terms.facts


def children() -> list[int]:
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = each.read_text().rsplit(")", 1)
            command = each.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if rest.split()[1] == str(os.getpid()) and b"search.indexing.analyst" in command:
            found.append(int(name.split()[0]))
    return found


def test_they_say_what_this_process_says_in_the_same_order_and_are_gone_afterwards() -> None:
    documents = [document(number) for number in range(20)]
    lots = list(in_lots(iter(documents), Words().known, 2))
    lexicon = Lexicon(own_words(["盒马鲜生"]))
    assert [said(one) for lot in lots for one in lot.entries] == [
        said(entry(one, lexicon)) for one in documents
    ]
    assert "盒马鲜生" in " ".join(lots[-1].entries[0].texts["body_words"])
    assert children() == []


def test_a_document_that_cannot_be_indexed_is_named_and_the_others_are_there() -> None:
    faulty = IndexDocument("bad", 1, "L0", "题名", 5, numbers={"amount": "viel"})  # type: ignore[dict-item]
    lots = list(in_lots([*map(document, range(8)), faulty, document(9)], Words().known, 1))
    assert sum(len(lot.entries) for lot in lots) == 9
    assert [key for lot in lots for key in lot.rejected] == ["bad"]


def test_what_one_cannot_do_that_was_killed_is_done_here() -> None:
    def truth() -> Iterator[IndexDocument]:
        for number in range(30):
            if number == 15:
                for child in children():
                    os.kill(child, signal.SIGKILL)
            yield document(number)

    lots = list(in_lots(truth(), Words().known, 1))
    assert [one.id for lot in lots for one in lot.entries] == [f"r{number}" for number in range(30)]


def test_they_end_when_nobody_takes_what_they_made() -> None:
    with closing(in_lots(map(document, range(100)), Words().known, 2)) as lots:
        for _ in range(3):
            next(lots)
        assert children()
    deadline = time.monotonic() + 10
    while children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert children() == []


def test_without_a_word_one_processor_is_left_to_the_engine_and_few_are_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for processors, count in ((1, 0), (2, 1), (64, 3)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid, many=processors: set(range(many)))
        assert analysts.usable() == count
