"""Search at size: `python -m benchmarks.scale RECORDS [--characters 1500] [--elastic URL] [--rate 20] [--seconds 20]`.

Generated records go through a whole rebuild; then questions arrive at a fixed rate, whether the ones before are
answered or not, and each is timed from the moment when it was due. Rates and sizes are told as ratios of what the
same run gives without us: the engine fed with ready-made terms, the text itself.
"""

import argparse
import random
import resource
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import accumulate, islice
from pathlib import Path

from pypinyin import constants

from benchmarks.figure import Figure, report
from benchmarks.search_overhead import GLUE, PAGE, QUESTIONS, TRADE
from search.elastic.engine import ElasticEngine
from search.embedded.engine import EmbeddedEngine
from search.embedded.index import CompartmentIndex
from search.indexing.analysts import usable
from search.indexing.entries import Entry, entry
from search.port import FileText, IndexDocument, Passage, Place, Scope, SearchEngine, SearchRequest
from search.question.query import parse
from search.words.analysis import units
from search.words.folding import fold

SCOPE = Scope({"L0": frozenset({"d:1"})})
TODAY = date(2024, 7, 1)
RAW = 3000
"""Records of the comparison with the engine alone."""
ROUNDS = 3
LOT = 100
BEGINNINGS = ("渠", "渠道", "hetong", "ht", "yxjh", "会议", "baogao", "市场", "jz", "q")
SETTLED = 70.0
"""Seconds after which Elasticsearch knows that no replica asks for documents again: from then on merging drops what it
kept of them for that, which is as much as the index itself."""
RARE, COMMON = ("rare", "common")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and whether its rarest term is in less than a hundredth of the records."""

    text: str
    kind: str


def vocabulary() -> tuple[list[str], list[float]]:
    """Some 20,000 words of the language, as often as Zipf has it; those of the trade are among the first 2,000."""
    known = constants.PHRASES_DICT
    words = sorted(
        word for word in known if len(word) in (2, 3) and fold(word).text == word and is_word(word)
    )
    random.Random(1).shuffle(words)
    for number, word in enumerate(TRADE):
        words.insert(int(20 * 1.043**number), word)
    return words, list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))


def is_word(text: str) -> bool:
    """Whether text is one word of Chinese."""
    return [unit.word for unit in units(text)] == [text]


class Texts:
    """The generated records one after the other; the seconds that making them took are not the index's."""

    def __init__(self, count: int, characters: int) -> None:
        self._count, self._characters = count, characters
        self._chance = random.Random(7)
        self._words, self._often = vocabulary()
        self.seconds = self.worked = 0.0
        self.bytes = 0
        self.rare: list[str] = []

    def __iter__(self) -> Iterator[IndexDocument]:
        for number in range(self._count):
            begin, worked = time.perf_counter(), time.thread_time()
            text = self._text()
            self.bytes += len(text.encode())
            if number % max(1, self._count // 100) == 0:
                at = self._chance.randrange(len(text) - 6)
                self.rare.append(text[at : at + 6])
            made = self._document(number, text)
            self.seconds += time.perf_counter() - begin
            self.worked += time.thread_time() - worked
            yield made

    def _text(self) -> str:
        said: list[str] = []
        length = 0
        while length < self._characters:
            words = self._chance.choices(self._words, cum_weights=self._often, k=self._chance.randint(4, 14))
            words.insert(2, self._chance.choice(GLUE))
            if self._chance.random() < 0.1:
                words.append(self._fact())
            said.append("".join(words) + "。")
            length += len(said[-1])
        return "".join(said)

    def _fact(self) -> str:
        chance = self._chance
        if chance.random() < 0.5:
            return f"20{chance.randint(18, 26)}年{chance.randint(1, 12)}月{chance.randint(1, 28)}日"
        return f"{chance.randint(10, 9999) / 10}万元"

    def _document(self, number: int, text: str) -> IndexDocument:
        pages = [
            Passage(Place("page", at // PAGE + 1), text[at : at + PAGE]) for at in range(0, len(text), PAGE)
        ]
        month = number % 72
        return IndexDocument(
            id=f"r{number:07}",
            version=1,
            compartment="L0",
            title="".join(self._chance.choices(self._words, cum_weights=self._often, k=4)),
            seq=number + 1,
            category=f"C{number % 12}",
            category_path=(f"C{number % 12}",),
            department=f"部门{number % 9}",
            date=date(2019 + month // 12, month % 12 + 1, 1 + number % 28),
            state="archived",
            ref_code=f"Q001-HT·{2019 + month // 12}-D30-{number:07}",
            customer=f"{self._words[number % 5000]}有限公司",
            keywords=(self._words[number % 300],),
            numbers={"amount": float(number), "pages": len(pages), "bytes": len(text)},
            files=[FileText(f"f{number}", f"{number}.pdf", "pdf", pages)],
            access=("d:1",),
        )


def asked(texts: Texts) -> list[Asked]:
    """Rare questions are cut out of the records, common ones are what everybody types."""
    rare = [f"“{text}”" for text in texts.rare if not set(text) & set("“”。 ")]
    return [Asked(text, COMMON) for text in QUESTIONS] + [Asked(text, RARE) for text in rare[:40]]


def at_rate(
    ask: Callable[[Asked], object], questions: Sequence[Asked], rate: float, seconds: float
) -> list[tuple[Asked, float]]:
    """Questions due at a fixed rate, each with the seconds from when it was due until it was answered."""
    taken: list[tuple[Asked, float]] = []
    chance = random.Random(5)
    begin = time.perf_counter() + 0.1

    def one(number: int, question: Asked) -> None:
        due = begin + number / rate
        ask(question)
        taken.append((question, time.perf_counter() - due))

    with ThreadPoolExecutor(8) as threads:
        for number in range(int(rate * seconds)):
            wait = begin + number / rate - time.perf_counter()
            if wait > 0:
                threading.Event().wait(wait)
            threads.submit(one, number, chance.choice(questions))
    return taken


def quantile(seconds: Sequence[float], part: float) -> float:
    """In milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000


def rebuild_rates(characters: int, folder: Path, analysts: int) -> list[Figure]:
    """A rebuild against the engine fed with ready-made terms of the same records, in turn: by the clock, which is
    what people wait for and means something on free processors alone, and in processor time of all processes."""
    some = list(islice(Texts(RAW, characters), RAW))
    lots = [list(lot) for lot in batched([entry(one) for one in some])]

    def raw(place: Path) -> None:
        index = CompartmentIndex(place, filling=True)
        for lot in lots:
            index.fill(lot)
        index.filled()
        index.close()

    def rebuilt(place: Path) -> None:
        engine = EmbeddedEngine(place, analysts=analysts)
        engine.rebuild(some)
        engine.close()

    taken: dict[str, list[tuple[float, float]]] = {"raw": [], "rebuilt": []}
    for number in range(ROUNDS):
        for name, work in (("raw", raw), ("rebuilt", rebuilt)):
            taken[name].append(spent(partial(work, folder / f"{name}{number}")))
    figures = []
    for place, what in enumerate(("by the clock", "processor")):
        ours, alone = (statistics.median(one[place] for one in taken[name]) for name in ("rebuilt", "raw"))
        told = f"{RAW / ours:.0f} and {RAW / alone:.0f} records/s, {analysts} analysts"
        figures.append(Figure(f"embedded: rebuild / raw, {what}", alone / ours, "", "≥", 0.8, told))
    return figures


def batched(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Entries as a rebuild hands them over."""
    return (entries[at : at + LOT] for at in range(0, len(entries), LOT))


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of processor of this process and of those that it started and that have ended."""
    begin, used = time.perf_counter(), _used()
    work()
    return time.perf_counter() - begin, _used() - used


def _used() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def analysis_rate(characters: int) -> float:
    """MB of text (UTF-8) analysed in a second of one core, all fields of a record included.

    Others are analysed before: a process spells the words of the language once.
    """
    some = list(Texts(800, characters))
    for one in some[:400]:
        entry(one)
    told = sum(len(page.text.encode()) for one in some[400:] for page in one.files[0].passages)
    begin = time.process_time()
    for one in some[400:]:
        entry(one)
    return told / 1e6 / (time.process_time() - begin)


def measure(
    name: str, engine: SearchEngine, size: Callable[[], int], arguments: argparse.Namespace
) -> list[Figure]:
    """Everything that is told of one engine with so many records."""
    texts = Texts(arguments.records, arguments.characters)
    begin, worked = time.perf_counter(), _used()
    count = engine.rebuild(iter(texts))
    taken = time.perf_counter() - begin - texts.seconds
    worked = _used() - worked - texts.worked
    held = size()
    say(
        f"{name}: {count} records, {texts.bytes / 1e6:.0f} MB of text, {held / count:.0f} bytes each in the index"
    )
    say(f"  {taken:.0f} s: {count / taken:.0f} records/s; {worked:.0f} s of processor: {count / worked:.0f} records/s, "
        f"{texts.bytes / 1e6 / worked:.2f} MB/s")  # fmt: skip

    def ask(question: Asked) -> object:
        tree = parse(question.text, TODAY).tree
        return engine.search(SearchRequest(SCOPE, tree, today=TODAY))

    questions = asked(texts)
    worked_on = [
        (question, worked_for(lambda question=question: ask(question))) for question in questions * 6
    ]  # type: ignore[misc]
    worked_on = worked_on[len(questions) :]  # the first round warms the caches
    answered = at_rate(ask, questions, arguments.rate, arguments.seconds)
    for what, times in (("processor", worked_on), (f"at {arguments.rate:g}/s", answered)):
        for kind in (RARE, COMMON):
            tell(f"{name}, {kind}, {what}", [seconds for question, seconds in times if question.kind == kind])
        tell(f"{name}, all, {what}", [seconds for _, seconds in times])
    for question in questions[: len(QUESTIONS)]:
        tell(f"  {question.text}, processor", [seconds for one, seconds in worked_on if one == question])
    typed = [text for text in BEGINNINGS for _ in range(10)]
    suggested = [timed(lambda text=text: engine.suggest(SCOPE, text)) for text in typed]  # type: ignore[misc]
    tell(f"{name}, suggestions", suggested)
    # an engine of our own process is told by its processor time, which others on the machine change least
    every = [seconds for _, seconds in (worked_on if name == "embedded" else answered)]
    p50, p95, p99 = (quantile(every, part) for part in (0.5, 0.95, 0.99))
    sizes = f"{held / 1e6:.0f} MB / {texts.bytes / 1e6:.0f} MB"
    bound = 4.0 if name == "embedded" else 6.0
    return [
        Figure(f"{name}: index / text", held / texts.bytes, "", "≤", bound, sizes),
        Figure(f"{name}: p50", p50, " ms", "≤", 20.0, f"{len(every)} questions"),
        Figure(f"{name}: p99 / p50", p99 / p50, "", "≤", 5.0, f"p95 {p95:.1f} ms, p99 {p99:.1f} ms"),
        Figure(f"{name}: suggestions p95", quantile(suggested, 0.95), " ms", "≤", 30.0, f"{len(suggested)}"),
    ]


def worked_for(work: Callable[[], object]) -> float:
    """Seconds of processor of one call, in this process."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def tell(name: str, seconds: Sequence[float]) -> None:
    """The quantiles of one kind."""
    if seconds:
        p50, p95, p99 = (quantile(seconds, part) for part in (0.5, 0.95, 0.99))
        mean = statistics.mean(seconds) * 1000
        say(f"{name}: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms, mean {mean:.1f} ({len(seconds)})")


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def size_of(folder: Path) -> int:
    """Bytes of all files."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> int:
    """Print the figures; the number of those that do not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int)
    parser.add_argument("--characters", type=int, default=1500)
    parser.add_argument("--elastic", help="address of an Elasticsearch to measure instead")
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--analysts", type=int, default=usable(), help="processes of the rebuild beside ours")
    parser.add_argument("--folder", type=Path, help="where the index is made; there has to be room")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="fonds-scale-", dir=arguments.folder) as made:
        folder = Path(made)
        if arguments.elastic:
            return report(_elastic(arguments))
        rate = analysis_rate(arguments.characters)
        figures.append(Figure("analysis", rate, " MB/s", "≥", 1.0, "one core, all fields"))
        figures += rebuild_rates(arguments.characters, folder, arguments.analysts)
        engine = EmbeddedEngine(folder / "index", analysts=arguments.analysts)
        figures += measure("embedded", engine, lambda: size_of(folder / "index"), arguments)
        engine.close()
    return report(figures)


def _elastic(arguments: argparse.Namespace) -> list[Figure]:
    prefix = f"scale-{uuid.uuid4().hex[:8]}"
    engine = ElasticEngine(arguments.elastic, prefix, analysts=arguments.analysts)
    client = engine._server.client  # noqa: SLF001  - the port does not tell sizes

    def size() -> int:
        names = ",".join(engine._server.indexes())  # noqa: SLF001
        threading.Event().wait(SETTLED)
        client.options(request_timeout=600).indices.forcemerge(index=names, max_num_segments=1)
        client.indices.refresh(index=names)
        return int(
            client.indices.stats(index=names, metric="store")["_all"]["total"]["store"]["size_in_bytes"]
        )

    try:
        return measure("elastic", engine, size, arguments)
    finally:
        engine._server.delete(engine._server.indexes())  # noqa: SLF001
        engine.close()


if __name__ == "__main__":
    sys.exit(main())
