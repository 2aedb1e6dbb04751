"""The chain of audit events: how an event is told to the hash, and what shows that the trail was touched (S-ER-4)."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

GENESIS = "0" * 64
"""What the first event is linked to."""

MOST_BREAKS = 200
"""So many places are named; beyond them only the count grows."""

TOLD = ("act", "actor_id", "facts", "for_id", "id", "object_id", "object_kind", "result", "sealed", "seq")
"""What the hash covers beside the time. Names of persons are not among them: they are looked up when shown."""

LINE = re.compile(
    rb'\{"body":(\{.*,"seq":(\d+)\}),"hash":"([0-9a-f]{64})","prev":"([0-9a-f]{64})"(?:,"private":(\{.*\}))?\}'
)
SEALED = re.compile(rb'"sealed":"([0-9a-f]*)","seq":\d+\}$')

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

Kind = Literal["changed", "missing", "doubled", "moved", "unlinked", "private", "head", "unreadable", "stamp"]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: its last event's number and hash."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Link:
    """One event as it is kept: `body` is its canonical JSON, `private` what may be erased, "" where there is none."""

    seq: int
    body: str
    hash: str
    prev: str
    private: str = ""

    @property
    def line(self) -> str:
        """The event as a line of an export."""
        private = f',"private":{self.private}' if self.private else ""
        return f'{{"body":{self.body},"hash":"{self.hash}","prev":"{self.prev}"{private}}}'


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the trail is not what was written: at event `seq`, for missing ones up to `last`."""

    kind: Kind
    seq: int
    last: int = 0
    detail: str = ""


@dataclass(slots=True)
class Verdict:
    """What a verification found: events read, personal parts erased by right, the end, and every break."""

    events: int = 0
    erased: int = 0
    first: int = 0
    head: Head = field(default_factory=Head)
    breaks: list[Break] = field(default_factory=list)
    more_breaks: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.breaks


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no blanks, UTF-8 as it is."""
    return _encode(value)


def plain(value: Any) -> Any:
    """A value of facts as it comes back from every database: times and days as texts, sets and tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(one) for one in value)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def moment(at: datetime) -> str:
    """A time in UTC to the millisecond, which is what databases keep."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def told(event: Mapping[str, Any]) -> str:
    """The canonical JSON of what the hash covers; `event` has its `at`, and `id` or `_id`."""
    body = {name: event.get(name, "") for name in TOLD}
    body["id"] = event.get("id") or event["_id"]
    body["at"] = moment(event["at"])
    return canonical(body)


def linked(prev: str, body: str) -> str:
    """The hash of an event behind the one with hash `prev`: SHA-256 over both texts."""
    return hashlib.sha256(f"{prev}{body}".encode("utf-8", "surrogatepass")).hexdigest()


def sealed(private: Mapping[str, Any]) -> str:
    """What the chain keeps of a personal part: its salted digest. When the part is erased, nothing follows from it."""
    return hashlib.sha256(canonical(private).encode("utf-8", "surrogatepass")).hexdigest() if private else ""


def salted(private: Mapping[str, Any]) -> dict[str, Any]:
    """A personal part with the salt that keeps it from being guessed from its digest."""
    return {**private, "salt": secrets.token_hex(16)} if private else {}


def digests(changes: Mapping[str, Any], salt: str) -> dict[str, str]:
    """Digests of what a change replaced and of what took its place (R-AUD-1); `changes`: field → [before, after]."""
    sides = (("before", 0), ("after", 1))
    return {
        name: sealed({"salt": salt, "values": plain({field: pair[at] for field, pair in changes.items()})})
        for name, at in sides
    }


class Verifier:
    """Is fed the links of a trail in their order and says what is wrong with them, place by place."""

    def __init__(self, after: Head | None = None) -> None:
        """`after` is what the first link has to follow; None: it may begin anywhere, as a part of a trail does."""
        self.verdict = Verdict()
        self._last = after
        self._gaps: dict[int, Break] = {}

    def link(self, link: Link) -> None:
        """Judge the next link."""
        self._judge(link.seq, link.prev, link.hash, linked(link.prev, link.body))
        if not link.body.endswith(f'"sealed":"","seq":{link.seq}}}'):
            self._private(link.seq, link.body.encode("utf-8", "surrogatepass"), link.private.encode())
        elif link.private:
            self._note(Break("private", link.seq))

    def line(self, number: int, line: bytes) -> None:
        """Judge line `number` of an export, by the bytes that stand there."""
        found = LINE.fullmatch(line)
        if found is None:
            self._note(Break("unreadable", self._last.seq if self._last else 0, detail=f"line {number}"))
            return
        body, seq, digest, prev, private = found.groups(b"")
        own = hashlib.sha256(prev + body).hexdigest()
        self._judge(int(seq), prev.decode(), digest.decode(), own)
        if not body.endswith(b'"sealed":"","seq":' + seq + b"}"):
            self._private(int(seq), body, private)
        elif private:
            self._note(Break("private", int(seq)))

    def end(self, head: Head | None = None) -> Verdict:
        """The verdict; `head` is where the trail has to end."""
        for gap in self._gaps.values():
            self._note(gap)
        last = self._last or Head()
        if head is not None and head != last:
            where = Break("head", last.seq, head.seq, f"{head.hash[:16]} … {last.hash[:16]}")
            self._note(where)
        self.verdict.breaks.sort(key=lambda one: (one.seq, one.kind))
        self.verdict.head = last
        return self.verdict

    def _judge(self, seq: int, prev: str, digest: str, own: str) -> None:
        self.verdict.events += 1
        if own != digest:
            self._note(Break("changed", seq))
        last = self._last
        if last is None:
            self.verdict.first = seq
        elif seq <= last.seq:
            self._strayed(seq)
            return
        elif seq > last.seq + 1:
            self._gaps[last.seq + 1] = Break("missing", last.seq + 1, seq - 1)
        elif prev != last.hash:
            self._note(Break("unlinked", seq))
        self._last = Head(seq, digest)
        self.verdict.first = self.verdict.first or seq

    def _strayed(self, seq: int) -> None:
        """A number that was passed already: it stands elsewhere than it should, or twice."""
        for low, gap in list(self._gaps.items()):
            if low <= seq <= gap.last:
                del self._gaps[low]
                for start, end in ((low, seq - 1), (seq + 1, gap.last)):
                    if start <= end:
                        self._gaps[start] = Break("missing", start, end)
                self._note(Break("moved", seq))
                return
        self._note(Break("doubled", seq))

    def _private(self, seq: int, body: bytes, private: bytes) -> None:
        kept = SEALED.search(body)
        if not private:
            self.verdict.erased += 1
        elif kept is None or hashlib.sha256(private).hexdigest() != kept[1].decode():
            self._note(Break("private", seq))

    def _note(self, found: Break) -> None:
        if len(self.verdict.breaks) < MOST_BREAKS:
            self.verdict.breaks.append(found)
        else:
            self.verdict.more_breaks += 1


def breaks_of_file(lines: Iterator[bytes]) -> Verdict:
    """Verify an export: its first line says where it begins, its last one where the trail ended."""
    verifier, head, after = Verifier(), None, None
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip(b"\r\n")
        if line.startswith(b'{"body":'):
            verifier.line(number, line)
            continue
        said = _said(line)
        if number == 1 and "after" in said:
            after = Head(int(said["after"]["seq"]), str(said["after"]["hash"]))
            verifier = Verifier(after)
        elif "head" in said:
            head = Head(int(said["head"]["seq"]), str(said["head"]["hash"]))
        else:
            verifier.line(number, line)
    if head is None:  # the file was cut, or is none of ours
        return verifier.end(Head(-1, ""))
    return verifier.end(head)


def _said(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
