"""Reading from Elasticsearch: pages, facets and passages over the compartments in scope."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from search.answering.answer import FACET_FIELDS, MAX_FACET_VALUES
from search.answering.clauses import All, Clause, Starts
from search.answering.paging import SCORE, Key
from search.answering.passages import Stretch
from search.answering.ranking import scope_clause
from search.answering.source import Card, Found, Page, Question
from search.elastic.schema import query, stretch_of
from search.elastic.server import SEARCH_TIMEOUT, Server
from search.port import Scope
from search.words.lexicon import Lexicon

KEEP_ALIVE = "2m"
"""How long a state is kept for the next page."""


class Reading:
    """One question to the server."""

    def __init__(self, server: Server, lexicon: Lexicon) -> None:
        self._server, self.lexicon = server, lexicon
        self._client: Elasticsearch = server.client.options(request_timeout=SEARCH_TIMEOUT)
        self._aliases: list[str] = []

    def page(self, question: Question) -> Page:
        scope = question.request.scope
        self._aliases = [self._server.read_alias(name) for name in scope.compartments]
        if not self._aliases:
            return Page(0, [], {}, more=False)
        body = self._body(question)
        snapshot = self._snapshot(question)
        result = self._run(body, snapshot)
        moved = result is None
        if result is None:  # the state that was paged through is gone: go on in the live one
            snapshot, result = "", self._run(body, "") or {}
        hits = _found(result["hits"]["hits"])
        more = len(hits) > question.size
        if snapshot and not more:
            self._let_go(snapshot)
        facets = {
            name: {str(bucket["key"]): int(bucket["doc_count"]) for bucket in found["buckets"]}
            for name, found in result.get("aggregations", {}).items()
        }
        return Page(result["hits"]["total"]["value"], hits[: question.size], facets, more, snapshot, moved)

    def _body(self, question: Question) -> dict[str, Any]:
        order = question.order
        direction = "desc" if order.descending else "asc"
        clause = All((question.clause,), filters=(scope_clause(question.request.scope),))
        body: dict[str, Any] = {
            "query": query(clause),
            "size": question.size + 1,
            "track_total_hits": True,
            "source": {"includes": ["id", "title", "same"]},
            "sort": [{"_score" if order.field == SCORE else order.field: direction}, {"seq": "desc"}],
        }
        facets = [name for name in question.request.facets if name in FACET_FIELDS]
        if facets:
            body["aggregations"] = {
                name: {"terms": {"field": FACET_FIELDS[name], "size": MAX_FACET_VALUES}} for name in facets
            }
        if question.after:
            body["search_after"] = [question.after.key.value, question.after.key.seq]
        return body

    def _snapshot(self, question: Question) -> str:
        """The state that later pages go through: taken with the second page, most questions have but one."""
        if question.after is None or question.after.snapshot:
            return question.after.snapshot if question.after else ""
        opened = self._client.open_point_in_time(
            index=self._aliases, keep_alive=KEEP_ALIVE, ignore_unavailable=True
        )
        return str(opened["id"])

    def _run(self, body: Mapping[str, Any], snapshot: str) -> Mapping[str, Any] | None:
        if not snapshot:
            return self._client.search(index=self._aliases, ignore_unavailable=True, **body).body  # type: ignore[no-any-return]
        try:
            return self._client.search(pit={"id": snapshot, "keep_alive": KEEP_ALIVE}, **body).body  # type: ignore[no-any-return]
        except ApiError as fault:
            if fault.status_code not in (400, 404):
                raise
            return None

    def _let_go(self, snapshot: str) -> None:
        try:
            self._client.close_point_in_time(id=snapshot)
        except ApiError as fault:
            if fault.status_code != 404:
                raise

    def cards(self, scope: Scope, clause: Clause, limit: int) -> Sequence[Card]:
        result = self._search(
            scope, clause, size=limit, source={"includes": ["id", "title", "card"]}, sort=[{"seq": "desc"}]
        )
        found = [hit["_source"] for hit in result["hits"]["hits"]]
        return list(
            {card["id"]: Card.read(card["id"], card["title"], card["card"]) for card in found}.values()
        )

    def counts(self, scope: Scope, clause: Clause, field: str, limit: int) -> Mapping[str, int]:
        wanted = {field: {"terms": {"field": field, "size": limit}}}
        result = self._search(scope, clause, size=0, aggregations=wanted)
        if field not in result.get("aggregations", {}):
            return {}
        buckets = result["aggregations"][field]["buckets"]
        return {str(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}

    def spellings(self, scope: Scope, start: str, limit: int) -> Mapping[str, int]:
        terms = {"field": "vocabulary", "size": limit, "include": f"{re.escape(start)}.*"}
        result = self._search(
            scope, Starts("vocabulary", start), size=0, aggregations={"spelt": {"terms": terms}}
        )
        buckets = result.get("aggregations", {}).get("spelt", {}).get("buckets", ())
        return {str(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}

    def own_words(self, limit: int) -> Sequence[str]:
        """The organisation's own words of all records."""
        wanted = {"own": {"terms": {"field": "own", "size": limit}}}
        result = self._client.search(
            index=self._server.read_alias("*"), ignore_unavailable=True, size=0, aggregations=wanted
        )
        return [
            str(bucket["key"]) for bucket in result.get("aggregations", {}).get("own", {}).get("buckets", ())
        ]

    def compartments(self) -> Sequence[str]:
        """The compartments that hold records."""
        wanted = {"held": {"terms": {"field": "compartment", "size": 100}}}
        result = self._client.search(
            index=self._server.read_alias("*"), ignore_unavailable=True, size=0, aggregations=wanted
        )
        return [
            str(bucket["key"]) for bucket in result.get("aggregations", {}).get("held", {}).get("buckets", ())
        ]

    def _search(self, scope: Scope, clause: Clause, **body: Any) -> Mapping[str, Any]:
        """Records in scope that match, without scores."""
        aliases = [self._server.read_alias(name) for name in scope.compartments]
        if not aliases:
            return {"hits": {"hits": []}}
        wanted = query(All(filters=(clause, scope_clause(scope))))
        return self._client.search(  # type: ignore[no-any-return]
            index=aliases, ignore_unavailable=True, track_total_hits=False, query=wanted, **body
        ).body

    def passages(self, found: Sequence[Found], clause: All, limit: int) -> Mapping[str, Sequence[Stretch]]:
        ids = [hit.id for hit in found]
        inner = {
            "size": limit,
            "_source": False,
            "stored_fields": ["passages.said"],
            "docvalue_fields": ["passages.n"],
            "sort": [{"_score": "desc"}, {"passages.n": "asc"}],
        }
        nested = {
            "path": "passages",
            "query": query(clause, "passages."),
            "score_mode": "max",
            "inner_hits": inner,
        }
        result = self._client.search(
            index=self._aliases,
            ignore_unavailable=True,
            size=len(ids) * 2,
            source=False,
            query={"bool": {"filter": [{"ids": {"values": ids}}], "must": [{"nested": nested}]}},
        )
        stretches: dict[str, Sequence[Stretch]] = {hit: [] for hit in ids}
        for hit in result["hits"]["hits"]:
            stretches[hit["_id"]] = [
                stretch_of(inner) for inner in hit["inner_hits"]["passages"]["hits"]["hits"]
            ]
        return stretches


def _found(hits: Iterable[Mapping[str, Any]]) -> list[Found]:
    """Records of a page; one that stands in two compartments while it moves counts once."""
    found: dict[str, Found] = {}
    for hit in hits:
        value, seq = hit["sort"]
        title, same = hit["_source"]["title"], "".join(hit["_source"].get("same", ()))
        found.setdefault(
            hit["_id"],
            Found(hit["_id"], title, Key(value, int(seq)), float(hit["_score"] or 0.0), None, same),
        )
    return list(found.values())
