"""What search costs beside the engine itself, and what the place of a hit costs in two ways; ratios of one run.

    python benchmarks/search_overhead.py [RECORDS [CHARACTERS]]

Text is generated: words of the trade, rare names, dates and amounts, in pages of 800 characters.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from search.answering.passages import Marker, snippet
from search.answering.ranking import needles, plan
from search.embedded.engine import EmbeddedEngine
from search.embedded.index import RECORDS
from search.embedded.query import query
from search.port import FileText, IndexDocument, Passage, Place, Scope, SearchRequest
from search.question.query import parse
from search.words.analysis import field_terms, fold, passage_terms

TRADE = """
    渠道 返利 窜货 经销商 合同 客户 档案 会议 纪要 营销 计划 促销 活动 方案 预算 执行 效果 评估 市场 调研 竞争 对手
    价格 策略 份额 产品 说明书 规格 型号 宣传 海报 视频 广告 媒体 销售 数据 增长 信用 付款 逾期 反馈 评价 建议
    项目 报价 技术 文件 通知 制度 报告 季度 年度 华东 华南 西北 部门 经理 负责 审批 签署 归档 移交 借阅 保管 期限
""".split()  # noqa: SIM905 - people read and change it
GLUE = "的了和与在对由为将按"
PAGE = 800
QUESTIONS = [
    "渠道 返利",
    "“渠道窜货”",
    "经销商合同",
    "货",
    "2024年3月5日",
    "窜货 OR 逾期",
    "年度营销计划",
    "客户 -逾期",
]


def text_of(chance: random.Random, length: int) -> str:
    """About `length` characters of sentences."""
    pieces: list[str] = []
    size = 0
    while size < length:
        words = chance.choices(TRADE, k=chance.randint(4, 12))
        if chance.random() < 0.2:
            words.insert(1, "".join(chr(chance.randint(0x4E00, 0x8FFF)) for _ in range(chance.randint(2, 3))))
        if chance.random() < 0.05:
            words.append(f"20{chance.randint(18, 26)}年{chance.randint(1, 12)}月{chance.randint(1, 28)}日")
        if chance.random() < 0.05:
            words.append(f"{chance.randint(10, 999) / 10}万元")
        sentence = chance.choice(GLUE).join([" ".join(words[:3]).replace(" ", ""), "".join(words[3:])]) + "。"
        pieces.append(sentence)
        size += len(sentence)
    return "".join(pieces)


def documents(count: int, length: int) -> Iterator[IndexDocument]:
    """Records of one PDF each."""
    chance = random.Random(7)
    for n in range(count):
        text = text_of(chance, length)
        pages = [Passage(Place("page", i // PAGE + 1), text[i : i + PAGE]) for i in range(0, len(text), PAGE)]
        file = FileText(f"f{n}", f"{n}.pdf", "pdf", pages)
        title = "".join(chance.choices(TRADE, k=3))
        yield IndexDocument(
            f"r{n}", 1, "L0", title, n, category=f"C{n % 12}", date=date(2024, 1 + n % 12, 1), files=[file]
        )


def median_ms(work: Callable[[], object], times: int = 15) -> float:
    """The median time of one call in milliseconds."""
    work()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def size_of(folder: Path, part: str) -> int:
    """Bytes of one part of the index."""
    return sum(file.stat().st_size for file in folder.rglob(f"{part}/*") if file.is_file())


def main(count: int, length: int) -> None:
    archive = list(documents(count, length))
    texts = {one.id: "\n".join(p.text for p in one.files[0].passages) for one in archive}
    size = sum(len(text.encode()) for text in texts.values())
    with tempfile.TemporaryDirectory() as folder:
        engine = EmbeddedEngine(Path(folder))
        started = time.perf_counter()
        engine.rebuild(archive)
        taken = time.perf_counter() - started
        joined = "\n".join(texts.values())[:400_000]
        started = time.process_time()
        field_terms(fold(joined).text)
        records_rate = len(joined.encode()) / 1e6 / (time.process_time() - started)
        started = time.process_time()
        passage_terms(fold(joined).text)
        passages_rate = len(joined.encode()) / 1e6 / (time.process_time() - started)
        print(
            f"{count} records, {size / 1e6:.1f} MB of text: {count / taken:.0f} records/s, {size / 1e6 / taken:.2f} MB/s"
        )
        print(f"analysis, MB/s and core: records {records_rate:.2f}, passages {passages_rate:.2f}")
        print(f"index / text: records {size_of(Path(folder), 'records') / size:.2f}, "
              f"passages {size_of(Path(folder), 'passages') / size:.2f}")  # fmt: skip
        searcher = engine._live.indexes["L0"].records()  # type: ignore[union-attr]  # noqa: SLF001
        print(f"{'ms':>14} {'engine':>8} {'no place':>8} {'passages':>8} {'texts':>8} {'ours/engine':>12}")
        for question in QUESTIONS:
            row(engine, searcher, texts, question)
        engine.close()


def row(engine: EmbeddedEngine, searcher: object, texts: dict[str, str], question: str) -> None:
    """One question: the engine's search and facets alone, ours without and with places, and marking whole texts."""
    tree = parse(question, date(2024, 7, 1)).tree
    scope = Scope({"L0": None})
    facets = {name: {"terms": {"field": name, "size": 1000}} for name in ("category", "year")}
    asked = query(RECORDS, plan(tree))

    def bare() -> object:
        return searcher.search(asked, 20), searcher.aggregate(asked, facets)  # type: ignore[attr-defined]

    def whole_texts() -> object:
        marker = Marker(needles(tree))
        hits = engine.search(SearchRequest(scope, tree, places=0)).hits
        return [snippet(texts[hit.id], marker.marks(texts[hit.id])) for hit in hits]

    alone = median_ms(bare)
    plain = median_ms(lambda: engine.search(SearchRequest(scope, tree, places=0)))
    placed = median_ms(lambda: engine.search(SearchRequest(scope, tree)))
    read = median_ms(whole_texts, 3)
    print(f"{question:>12} {alone:8.2f} {plain:8.2f} {placed:8.2f} {read:8.2f} {plain / alone:12.2f}")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]] + [2000, 1500][len(sys.argv) - 1 :]
    main(numbers[0], numbers[1])
