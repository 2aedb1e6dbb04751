"""Passages: cutting with places kept, marks on the original, snippets at sentence borders."""

from hypothesis import given
from hypothesis import strategies as st

from search.answering.passages import (
    LEAD,
    MAX_PASSAGE,
    SNIPPET,
    Marker,
    Stretch,
    description,
    hit_places,
    joined,
    passages,
    snippet,
    stretches,
    title_snippet,
)
from search.answering.ranking import Needle, needles
from search.port import FileText, IndexDocument, Passage, Place
from search.question.query import Phrase, Words

PAGE = Place("page", 1)


def marker(*nodes: Words | Phrase) -> Marker:
    return Marker([needle for node in nodes for needle in needles(node)])


def marked(text: str, *nodes: Words | Phrase) -> list[str]:
    return [text[mark.start : mark.end] for mark in marker(*nodes).marks(text)]


def a_file(*given_passages: Passage) -> FileText:
    return FileText("f", "a", "text", given_passages)


def test_a_long_page_is_cut_at_sentence_ends_and_stays_the_same_page() -> None:
    text = "客户档案由市场部负责收集整理。" * 500
    cut = list(passages(a_file(Passage(Place("page", 7), text))))

    assert "".join(passage.text for passage in cut) == text
    assert {passage.place for passage in cut} == {Place("page", 7)}
    assert all(len(passage.text) <= MAX_PASSAGE and passage.text.endswith("。") for passage in cut)


def test_a_long_text_of_lines_is_cut_with_its_lines_counted_on() -> None:
    text = "\n".join(f"第{n}行" + "内容" * 20 for n in range(1, 301))
    cut = list(passages(a_file(Passage(Place("line", 1), text))))

    assert "".join(passage.text for passage in cut) == text
    for passage in cut:
        assert passage.text.startswith(f"第{passage.place.number}行")


def test_text_without_any_border_is_cut_all_the_same() -> None:
    cut = list(passages(a_file(Passage(PAGE, "字" * 5000))))
    assert sum(len(passage.text) for passage in cut) == 5000
    assert max(len(passage.text) for passage in cut) <= MAX_PASSAGE


def test_single_lines_are_put_together_while_they_follow_one_another() -> None:
    lines = [Passage(Place("line", n), f"第{n}行") for n in (1, 2, 3, 7, 8)]
    assert [(p.place.number, p.text) for p in passages(a_file(*lines))] == [
        (1, "第1行\n第2行\n第3行"),
        (7, "第7行\n第8行"),
    ]


def test_a_hundred_thousand_lines_become_few_passages() -> None:
    lines = [Passage(Place("line", n), f"{n},张三,销售部") for n in range(1, 20_001)]
    merged = list(passages(a_file(*lines)))
    assert len(merged) < 600
    assert sum(passage.text.count("\n") + 1 for passage in merged) == 20_000


def test_blank_passages_are_left_out() -> None:
    assert not list(passages(a_file(Passage(PAGE, " \n\t"), Passage(PAGE, ""))))


def test_the_description_is_a_passage_of_its_own() -> None:
    document = IndexDocument(
        "r",
        1,
        "L0",
        "题名",
        1,
        ref_code="Q-1",
        names=("甲", "乙"),
        fields={"签署方": "丙"},
        files=[a_file(Passage(PAGE, "正文"))],
    )
    assert description(document) == "题名\nQ-1\n甲、乙\n签署方：丙"
    assert [(s.n, s.file_id, s.text) for s in stretches(document)] == [
        (0, "", description(document)),
        (1, "f", "正文"),
    ]


def test_marks_are_exact_in_traditional_full_width_and_broken_text() -> None:
    assert marked("會議討論渠道竄貨問題", Words("渠道窜货")) == ["渠道", "竄貨"]
    assert marked("採購Ａ４紙", Words("A4纸")) == ["Ａ４", "紙"]
    assert marked("整治渠道窜\n  货问题", Phrase("渠道窜货")) == ["渠道窜\n  货"]
    assert marked("面积120㎡", Words("120m2")) == ["120㎡"]


def test_marks_of_letters_and_digits_are_whole_tokens() -> None:
    assert marked("market marketing A4 BA4 A44 14", Words("market")) == ["market"]
    assert marked("A4 BA4 A44", Words("A4")) == ["A4"]
    assert marked("共14箱，第4箱", Words("4")) == ["4"]
    assert marked("no te note", Phrase("note")) == ["note"]


def test_marks_do_not_run_over_punctuation() -> None:
    assert marked("渠道，窜货", Phrase("渠道窜货")) == []


def test_facts_are_marked_in_any_spelling() -> None:
    assert marked("签于二〇二四年三月五日。", Words("2024-03-05")) == ["二〇二四年三月五日"]
    assert marked("共计12.5万元整", Words("125000")) == ["12.5万元整"]
    assert marked("见合同H2021·1234号", Words("H2021-1234")) == ["H2021·1234"]
    assert marked("电话138 0013 8000转", Words("13800138000")) == ["138 0013 8000"]


def test_a_day_is_marked_for_its_month() -> None:
    assert marked("签于2024年3月5日", Words("2024-03")) == ["2024年3月5日"]


def test_overlapping_marks_are_shown_as_one() -> None:
    assert joined([(4, 6), (0, 2), (1, 3), (3, 4)]) == ((0, 6),)
    assert title_snippet("渠道返利政策", marker(Words("渠道 返利"), Phrase("道返"))).marks == ((0, 4),)


def test_a_snippet_is_cut_at_sentence_ends_around_the_marks() -> None:
    text = "前面一句没有关系。" * 30 + "会议决定整治渠道窜货。" + "后面一句也没有关系。" * 30
    found = marker(Phrase("渠道窜货")).marks(text)
    shown, count = snippet(text, found)

    assert count == 1
    assert shown.text in text
    assert len(shown.text) <= SNIPPET + 20
    assert shown.text.startswith("前面一句")
    assert shown.text.endswith("。")
    assert [shown.text[a:b] for a, b in shown.marks] == ["渠道窜货"]


def test_a_mark_stands_near_the_head_of_its_snippet() -> None:
    """A list shows two lines of it: behind a long sentence the mark was not in them."""
    long = "前面一句没有停顿的很长很长的话" * 8
    for text in (long + "，问题集中在" + "渠道窜货", long + "渠道窜货", "短句。渠道窜货"):
        shown, _ = snippet(text + "，后面还有话" * 30, marker(Phrase("渠道窜货")).marks(text))
        assert shown.marks[0][0] <= LEAD // 2
    assert shown.text.startswith("短句。渠道")


def test_a_snippet_shows_the_stretch_with_most_words() -> None:
    text = "渠道。" + "没有关系的一句话。" * 40 + "渠道返利与窜货。"
    shown, count = snippet(text, marker(Words("渠道 返利 窜货")).marks(text))
    assert count == 3
    assert "渠道返利与窜货" in shown.text


def test_places_that_show_more_come_first_and_the_description_last() -> None:
    found = [
        Stretch(0, "", "", Place("whole", 1), "渠道返利"),
        Stretch(1, "f", "a", Place("page", 1), "渠道"),
        Stretch(2, "f", "a", Place("page", 2), "渠道返利"),
        Stretch(3, "f", "a", Place("page", 3), "没有"),
    ]
    places = hit_places(found, marker(Words("渠道 返利")), 3)
    assert [(place.file_id, place.place.number) for place in places] == [("f", 2), ("f", 1), ("", 1)]


def test_needles_in_great_number_are_marked_quickly_enough() -> None:
    many = Marker([Needle(("货",)), Needle(("渠", "道"))])
    text = "渠道窜货" * 500
    assert len(many.marks(text)) == 1000


@given(
    st.text("渠道窜货返利A9。，\n 竄貨㎡", max_size=200),
    st.text("渠道窜货返利A9，m2", min_size=1, max_size=6),
)
def test_marks_and_snippets_lie_inside_any_text(text: str, wanted: str) -> None:
    finder = marker(Words(wanted), Phrase(wanted))
    for torn in (False, True):
        found = finder.marks(text, torn=torn)
        assert all(0 <= mark.start < mark.end <= len(text) for mark in found)
        if found:
            shown, _ = snippet(text, found)
            assert shown.text in text
            assert all(0 <= a < b <= len(shown.text) for a, b in shown.marks)
