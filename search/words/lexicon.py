"""The lexicon: words that the organisation made itself (parties, products, campaigns) and no general dictionary has."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add

from search.words.analysis import RUN, fold, general_words, regions_and_words

SHORTEST, LONGEST = 2, 6
"""Characters of a word; longer names are compounds, and what is their own in them is the word."""
_TRADE = frozenset(
    """
    公司 有限公司 有限 责任 股份 股份有限公司 集团 总公司 分公司 控股 企业 工厂 厂 商行 商社 事务所 工作室 中心 门市部 经营部
    商业 商贸 贸易 商务 商厦 商城 商场 超市 便利店 便利 连锁 百货 购物 购物中心 广场 批发 零售 供应链 物流 仓储 电商 电子商务
    科技 网络 网络科技 信息 信息技术 技术 数据 软件 电子 文化 传媒 广告 传播 品牌 策划 营销 咨询 管理 服务 实业 产业 工业
    制造 发展 开发 投资 建设 工程 装饰 设计 展览 会展 酒店 餐饮 食品 饮料 酒水 酒业 乳业 农业 生物 医药 健康 教育 国际 综合
    进出口 包装 印刷 印务 机械 设备 电器 家居 服饰 化妆品 日化 新材料 材料 能源 汽车 运输
    """.split()  # noqa: SIM905 - people read and change it
)
"""What companies are called beside their own name."""


def own_words(names: Iterable[str]) -> list[str]:
    """The words of names that the general dictionary cuts apart, folded, each once.

    Of 宁波盒马鲜生网络科技有限公司 that is 盒马鲜生.
    """
    found: dict[str, None] = {}
    for name in names:
        for run in RUN.findall(fold(name[:200]).text):
            word = run if len(run) <= LONGEST else _brand(run)
            if SHORTEST <= len(word) <= LONGEST and general_words(word) != [word]:
                found[word] = None
    return list(found)


def _brand(name: str) -> str:
    """What is a company's own in its name: without the place before it, and trade and legal form behind it."""
    parts = regions_and_words(name)
    while parts and parts[0][1]:
        parts.pop(0)
    while parts and parts[-1][0] in _TRADE:
        parts.pop()
    return "".join(word for word, _region in parts)


class Lexicon:
    """The words known now. They only become more; whoever reads meanwhile sees the old state or the new one."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._by_head: Mapping[str, Sequence[str]] = {}
        self._learnt: list[str] = []
        self.learn(words)

    def learn(self, words: Iterable[str]) -> list[str]:
        """Know these words too; those that are new."""
        with self._lock:
            fresh = [word for word in dict.fromkeys(words) if word not in self._by_head.get(word[:2], ())]
            if fresh:
                grown = dict(self._by_head)
                for word in fresh:
                    grown[word[:2]] = sorted((*grown.get(word[:2], ()), word), key=len, reverse=True)
                self._by_head = grown
                self._learnt += fresh
        return fresh

    def words(self) -> list[str]:
        """All of them."""
        return self.since(0)

    def since(self, number: int) -> list[str]:
        """Those behind the first `number` that were learnt, in that order."""
        return self._learnt[number:]

    def within(self, run: str) -> Iterator[tuple[int, int]]:
        """Where the words stand in a run of Chinese, from left to right, the longest first, none over another."""
        known = self._by_head
        if known.keys().isdisjoint(map(add, run, run[1:])):
            return
        at = 0
        while at < len(run) - 1:
            for word in known.get(run[at : at + 2], ()):
                if run.startswith(word, at):
                    yield at, at + len(word)
                    at += len(word) - 1
                    break
            at += 1
