"""Categories learned from what was accepted: right where it is sure, silent where it is not."""

import random

from service.domain.suggesting.learning import ENOUGH, TRIED, Learned, loaded

WORDS = {
    "HT": ["甲方", "乙方", "违约", "责任", "仲裁", "付款", "条款", "标的", "签订", "履行", "争议", "解决"],
    "HD": ["活动", "现场", "签到", "物料", "嘉宾", "流程", "主持", "彩排", "舞台", "搭建", "预算", "复盘"],
    "SC": ["市场", "调研", "样本", "问卷", "受访", "份额", "竞品", "渗透", "洞察", "趋势", "消费者", "画像"],
}


def text_of(code: str, chance: random.Random) -> str:
    shared = ["公司", "部门", "日期", "负责", "项目", "说明"]
    words = [chance.choice(WORDS[code] if chance.random() < 0.6 else shared) for _ in range(60)]
    return "，".join("".join(words[at : at + 3]) for at in range(0, len(words), 3))


def taught(count: int = 150, seed: int = 1) -> Learned:
    learned, chance = Learned(), random.Random(seed)
    for _ in range(count):
        code = chance.choice(sorted(WORDS))
        learned.learn(code, text_of(code, chance))
    return learned


def test_a_text_like_those_that_were_accepted_is_put_to_them() -> None:
    learned, chance = taught(), random.Random(7)
    for code, words in WORDS.items():
        text = text_of(code, chance)
        guess = learned.guess(text)
        assert guess is not None
        assert guess.category == code
        assert 0.9 <= guess.confidence < 1
        assert any(sign in "".join(words) for sign in text[guess.start : guess.end])


def test_nothing_is_said_of_what_is_unlike_all_of_it() -> None:
    learned = taught()
    assert learned.guess("完全不同的内容，只有天气与菜谱") is None
    assert learned.guess("") is None


def test_nothing_is_said_before_enough_was_learned_and_tried() -> None:
    chance = random.Random(3)
    assert taught(TRIED + 5).guess(text_of("HT", chance)) is None
    assert Learned().guess("合同") is None
    few = taught()
    few.records["HT"] = ENOUGH - 1
    assert few.guess(text_of("HT", chance)) is None


def test_where_people_decided_without_a_pattern_nothing_is_sure() -> None:
    learned, chance = Learned(), random.Random(5)
    for _ in range(200):
        learned.learn(chance.choice(sorted(WORDS)), text_of(chance.choice(sorted(WORDS)), chance))
    assert all(learned.guess(text_of(code, chance)) is None for code in WORDS)


def test_what_was_learned_is_kept_small_and_whole() -> None:
    learned = taught()
    data = learned.dumped()
    assert len(data) < 20_000
    again, text = loaded(data), text_of("HD", random.Random(9))
    assert again == learned
    assert again.guess(text) == learned.guess(text)
