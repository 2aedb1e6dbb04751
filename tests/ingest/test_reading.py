"""Reading a file in several orders: what is asked of the jails, and what becomes of a page that kills."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ingest import texts
from ingest.jail.frames import Reply
from ingest.jail.warden import JailDied
from ingest.tasks.extract import Finding
from search.port import Passage, Place
from tests.ingest.conftest import read_file


class Cells:
    """Jails of a made-up file: some of its pages have a layer of text, some are pictures, some kill."""

    def __init__(
        self, layer: Mapping[int, str], pictures: Mapping[int, str], killers: Sequence[int] = ()
    ) -> None:
        self.layer, self.pictures, self.killers = layer, pictures, killers
        self.asked: list[list[int]] = []
        self.reply: Reply | None = None
        self.first: Reply | None = None

    def run(self, order: Mapping[str, Any], file: int, seconds: float) -> Reply:
        if order.get("ward") != "recognition" and self.first:
            return self.first
        if order.get("ward") != "recognition":
            said = texts.dump([Passage(Place("page", number), text) for number, text in self.layer.items()])
            warning = "" if self.layer else "no_text"
            body = {
                "media_type": "application/pdf",
                "family": "pdf",
                "unread": [*self.pictures],
                "warning": warning,
            }
            return Reply(body, said if self.layer else b"")
        self.asked.append(order["pages"])
        if set(order["pages"]) & set(self.killers):
            raise JailDied("signal 11")
        if self.reply:
            return self.reply
        done = order["pages"][:2]
        read = [
            Passage(Place("page", number), self.pictures[number]) for number in done if self.pictures[number]
        ]
        boxes = {position: [texts.Box(0, (1,) * 8, (5, 6))] for position in range(len(read))}
        return Reply({"done": done, "seals": done[:1]}, texts.dump(read, boxes))

    def read(self, *, careful: bool = False) -> Finding:
        return read_file(self, {"name": "a.pdf", "careful": careful}, 0, 60)


def pages(found: Finding) -> list[tuple[int, str]]:
    return (
        [(passage.place.number, passage.text) for passage in texts.load([found.text])] if found.text else []
    )


def test_rounds_go_on_until_every_page_is_done() -> None:
    cells = Cells({2: "二"}, {1: "一", 3: "三", 4: "", 5: "五"})
    found = cells.read()
    assert cells.asked == [[1, 3, 4, 5], [4, 5]]
    assert pages(found) == [(1, "一"), (2, "二"), (3, "三"), (5, "五")]
    assert (found.facts["recognised"], found.facts["seals"]) == ("1, 3, 5", "1, 4")
    assert found.characters == 4


def test_boxes_stay_with_their_passages() -> None:
    found = Cells({1: "一"}, {2: "二"}).read()
    assert [len(boxes) for _, boxes in texts.load_boxed([found.text])] == [0, 1]


def test_text_that_was_found_takes_the_warning_back() -> None:
    assert Cells({}, {1: "一"}).read().warning == ""
    assert Cells({}, {1: ""}).read().warning == "no_text"


def test_of_a_page_with_both_the_longer_text_stays() -> None:
    cells = Cells({1: "第1页", 2: "很长的一层文字"}, {1: "第1页 全文", 2: "短"})
    assert pages(cells.read()) == [(1, "第1页 全文"), (2, "很长的一层文字")]


def test_a_note_on_a_scanned_page_stays_beside_what_is_recognised() -> None:
    cells = Cells({}, {1: "很长的一页正文"})
    note = texts.dump([Passage(Place("page", 1, "批注"), "复核")])
    cells.first = Reply({"media_type": "application/pdf", "family": "pdf", "unread": [1]}, note)
    assert pages(cells.read()) == [(1, "复核"), (1, "很长的一页正文")]


def test_a_page_that_kills_costs_the_attempt_and_then_only_itself() -> None:
    cells = Cells({}, {1: "一", 2: "二", 3: "三"}, killers=[2])
    with pytest.raises(JailDied):
        cells.read()
    found = cells.read(careful=True)
    assert pages(found) == [(1, "一"), (3, "三")]
    assert (found.warning, found.detail) == ("damaged", "pages 2 cannot be recognised")


@pytest.mark.parametrize(
    "reply",
    [Reply({"done": []}), Reply({"done": ["1"]}), Reply({"done": [1]}, b"no text object")],
    ids=["nothing done", "no numbers", "no text object"],
)
def test_a_cell_that_lies_does_not_go_on_for_ever(reply: Reply) -> None:
    cells = Cells({}, {1: "一"})
    cells.reply = reply
    with pytest.raises(JailDied, match="protocol"):
        cells.read()
