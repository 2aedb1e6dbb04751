"""What the search page is asked: its address and the question behind it, each made from the other."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from service.domain.holdings import Question
from service.web import shown
from service.web.dates import first_day, last_day

ORDERS = ("relevance", "date_desc", "date_asc", "newest", "oldest", "title")
KINDS = ("category", "archival_class", "department", "type", "customer", "tag", "state", "dossier")
"""Conditions of several values, as the address names them."""
MAX_QUESTION = 1000
PAGE = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; `chosen` has the values of every kind of `KINDS`."""

    q: str
    chosen: Mapping[str, tuple[str, ...]]
    start: datetime.date | None
    end: datetime.date | None
    order: str

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> "Asked":
        """Read an address's parameters; what cannot be read is left out."""
        order = args.get("order", "relevance")
        return cls(
            q=args.get("q", "")[:MAX_QUESTION].strip(),
            chosen={
                kind: tuple(dict.fromkeys(one for one in args.getlist(kind)[:50] if one)) for kind in KINDS
            },
            start=first_day(args.get("from", "")),
            end=last_day(args.get("to", "")),
            order=order if order in ORDERS else "relevance",
        )

    @classmethod
    def of_address(cls, address: str) -> "Asked":
        """Read `/search?…`, or what stands behind the question mark."""
        return cls.read(MultiDict(parse_qsl(address.partition("?")[2] if "?" in address else address)))

    @classmethod
    def of(cls, question: Question) -> "Asked":
        """What asks a question that was kept."""
        chosen = {kind: tuple(getattr(question, "family" if kind == "type" else kind)) for kind in KINDS}
        return cls(question.text, chosen, question.date_from, question.date_to, question.order)

    def question(self, *, limit: int = PAGE, cursor: str = "", facets: Sequence[str] = ()) -> Question:
        """The same as the use cases take it."""
        return Question(
            text=self.q,
            category=self.chosen["category"],
            archival_class=self.chosen["archival_class"],
            department=self.chosen["department"],
            family=self.chosen["type"],
            customer=self.chosen["customer"],
            tag=self.chosen["tag"],
            state=self.chosen["state"],
            dossier=self.chosen["dossier"],
            date_from=self.start,
            date_to=self.end,
            order=self.order,
            limit=limit,
            cursor=cursor,
            facets=tuple(facets),
            fold=True,
        )

    def query(self, **changed: Any) -> str:
        """The parameters of this question with some of them changed; the page is always the first."""
        state: dict[str, Any] = {
            "q": self.q,
            **self.chosen,
            "from": shown.day(self.start),
            "to": shown.day(self.end),
            "order": "" if self.order == "relevance" else self.order,
        } | {name.rstrip("_"): value for name, value in changed.items()}
        return urlencode([(key, one) for key, value in state.items() for one in _several(value) if one])

    def address(self, **changed: Any) -> str:
        """The address of this question with some of it changed."""
        query = self.query(**changed)
        return f"/search?{query}" if query else "/search"

    @property
    def filtered(self) -> int:
        """How many kinds of conditions narrow the question."""
        return sum(map(bool, (*self.chosen.values(), self.start or self.end)))

    @property
    def bare(self) -> bool:
        """Whether nothing is asked: then everything is shown, the newest first."""
        return not (self.q or self.filtered)


def _several(value: Any) -> Sequence[str]:
    return value if isinstance(value, tuple | list) else (str(value),)
