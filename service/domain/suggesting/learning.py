"""Categories learned from what people accepted: a naive Bayes over pairs of signs that knows how often it is right."""

import json
import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

SIGNS = 2000
"""Characters of a text that are looked at."""
BUCKETS = 1 << 14
"""Pairs are counted by their number in so many: the model stays small, whatever is written."""
ENOUGH = 5
"""Records of a category before it is proposed."""
TRIED = 20
"""Records that are learned before guesses are counted, and guesses of one sureness before it is believed."""
SURE = 0.9
"""Share of right guesses below which nothing is proposed."""
_STEP, _STEPS = 1.0, 8
_WORD = re.compile(r"[a-z]{2,}|[\u3400-\u9fff]")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Guess:
    """A category, the share of such guesses that were right, and what in the text speaks most for it."""

    category: str
    confidence: float
    start: int
    end: int


@dataclass(slots=True)
class Learned:
    """What was learned: `records` of each category, and in how many of them each bucket of pairs stands.

    Before a record is learned it is guessed: `tried` counts by sureness how many guesses there were, and right ones.
    """

    records: Counter[str] = field(default_factory=Counter)
    seen: dict[str, Counter[int]] = field(default_factory=dict)
    tried: dict[int, list[int]] = field(default_factory=dict)

    def learn(self, category: str, text: str) -> None:
        """Take a record into account that a person put into `category`."""
        pairs = set(dict(_pairs(text)))
        if sum(self.records.values()) >= TRIED and len(self.records) > 1:
            code, sureness = self._best(pairs)
            tried = self.tried.setdefault(sureness, [0, 0])
            tried[0] += 1
            tried[1] += code == category
        self.records[category] += 1
        self.seen.setdefault(category, Counter()).update(pairs)

    def guess(self, text: str) -> Guess | None:
        """The category of a text, None where too little is known or such guesses were wrong too often."""
        if len(self.records) < 2:
            return None
        places = dict(_pairs(text))
        code, sureness = self._best(set(places))
        tried, right = self.tried.get(sureness, [0, 0])
        if tried < TRIED or right < SURE * tried or self.records[code] < ENOUGH:
            return None
        most = max(places, key=lambda pair: self._weight(code, pair), default=None)
        start, end = places[most] if most is not None else (0, 0)
        return Guess(code, (right + 1) / (tried + 2), start, end)

    def _best(self, pairs: set[int]) -> tuple[str, int]:
        """The likeliest category, and how far it leaves the next one behind, in steps."""
        total = sum(self.records.values())
        known = [pair for pair in pairs if any(pair in seen for seen in self.seen.values())]
        scores = {}
        for code, count in self.records.items():
            seen, whole = self.seen[code], math.log(count + 1)
            scores[code] = math.log(count / total) + sum(math.log(seen[pair] + 0.5) - whole for pair in known)
        first, second = sorted(scores, key=lambda code: -scores[code])[:2]
        # pairs of one text are not independent: sureness grows with the root of their number
        apart = (scores[first] - scores[second]) / math.sqrt(max(1, len(known)))
        return first, min(_STEPS, int(apart / _STEP))

    def _weight(self, code: str, pair: int) -> float:
        here = (self.seen[code][pair] + 0.5) / (self.records[code] + 1)
        others = [other for other in self.records if other != code]
        elsewhere = sum(self.seen[other][pair] for other in others) + 0.5
        return here / (elsewhere / (sum(self.records[other] for other in others) + 1))

    def dumped(self) -> bytes:
        """All of it, as `loaded` takes it."""
        seen = {
            code: {str(pair): count for pair, count in found.items()} for code, found in self.seen.items()
        }
        tried = {str(step): counts for step, counts in self.tried.items()}
        said = {"version": _VERSION, "records": self.records, "seen": seen, "tried": tried}
        return zlib.compress(json.dumps(said, separators=(",", ":")).encode(), 6)


def loaded(data: bytes) -> Learned:
    """What `dumped` gave; nothing learned where an older version gave it."""
    said: Mapping[str, Any] = json.loads(zlib.decompress(data))
    if said["version"] != _VERSION:
        return Learned()
    seen = {
        code: Counter({int(pair): n for pair, n in found.items()}) for code, found in said["seen"].items()
    }
    tried = {int(step): list(counts) for step, counts in said["tried"].items()}
    return Learned(Counter(said["records"]), seen, tried)


def _pairs(text: str) -> Iterator[tuple[int, tuple[int, int]]]:
    """Bucket and place of each pair of Chinese characters, and of each Latin word; numbers say nothing of a kind."""
    shown = text[:SIGNS]
    # sign by sign, so that places stay those of the text
    folded = "".join(
        plain if len(plain := unicodedata.normalize("NFKC", sign).casefold()) == 1 else sign for sign in shown
    )
    found = list(_WORD.finditer(folded))
    for one in found:
        if one.end() - one.start() > 1:
            yield zlib.crc32(one[0].encode()) % BUCKETS, one.span()
    for one, other in pairwise(found):
        if one.end() == other.start() and len(one[0]) == len(other[0]) == 1:
            yield zlib.crc32((one[0] + other[0]).encode()) % BUCKETS, (one.start(), other.end())
