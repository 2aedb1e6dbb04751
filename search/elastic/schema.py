"""Elasticsearch's side of the plan: mapping and settings of an index, documents and queries as JSON."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from search.answering.clauses import All, Best, Between, Clause, Everything, Flat, Match, OneOf, Starts
from search.answering.passages import Stretch
from search.answering.ranking import TIE
from search.indexing.entries import BAGS, HEADS, KEYWORDS, MEASURES, NUMBERS, TERMS, Entry, PassageEntry
from search.indexing.packing import packed, unpacked
from search.port import Place

JSON = dict[str, Any]


def index_body(aliases: Mapping[str, JSON]) -> JSON:
    """Settings and mapping of one compartment's index. Term fields are in no `_source`: always send whole documents."""
    return {
        "settings": {
            "number_of_shards": 1,
            "number_of_replicas": 0,
            "auto_expand_replicas": "0-1",
            "refresh_interval": "200ms",
            "gc_deletes": "1h",
            "codec": "best_compression",
            "mapping.nested_objects.limit": 200_000,
            "max_inner_result_window": 500,
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"includes": ["id", "title", "card", "version", "seq", "same"]},
            "properties": {
                "id": {"type": "keyword"},
                "title": {"type": "keyword", "index": False, "doc_values": False},
                "vocabulary": {"type": "keyword"},
                "card": {"type": "keyword", "index": False, "doc_values": False},
                "title_key": {"type": "keyword"},
                **{name: {"type": "long"} for name in NUMBERS},
                **{name: {"type": "double"} for name in MEASURES},
                **{name: {"type": "keyword"} for name in KEYWORDS},
                **{name: _analysed("positions") | {"position_increment_gap": 1} for name in TERMS},
                **{name: _analysed("freqs") for name in BAGS},
                **{name: _analysed("docs") | {"norms": False} for name in HEADS},
                "passages": {"type": "nested", "dynamic": "strict", "properties": _passage_properties()},
            },
        },
        "aliases": dict(aliases),
    }


def _analysed(options: str) -> JSON:
    return {"type": "text", "analyzer": "whitespace", "index_options": options}


def _passage_properties() -> JSON:
    stored = {"type": "binary", "store": True}
    bags = {name: _analysed("docs") | {"norms": False} for name in ("chars", "pairs", "facts")}
    return {"n": {"type": "integer"}, "said": stored, **bags}


def document(entry: Entry) -> JSON:
    """A whole record as Elasticsearch takes it."""
    return {
        "id": entry.id,
        "title": entry.title,
        "card": entry.card,
        "vocabulary": list(entry.vocabulary),
        "title_key": entry.title_key,
        **entry.numbers,
        **entry.measures,
        **{name: list(values) for name, values in entry.keywords.items()},
        **{name: list(values) for name, values in entry.texts.items()},
        "passages": [_passage(passage) for passage in entry.passages],
    }


def _passage(passage: PassageEntry) -> JSON:
    stretch = passage.stretch
    place = stretch.place
    said = [stretch.file_id, stretch.file_name, place.kind, place.number, place.label, stretch.text]
    return {
        "n": stretch.n,
        # base64: the one stored form that takes any text, whole
        "said": base64.b64encode(packed(json.dumps(said, ensure_ascii=False))).decode(),
        "chars": passage.terms.chars,
        "pairs": passage.terms.pairs,
        "facts": passage.terms.facts,
    }


def stretch_of(hit: Mapping[str, Any]) -> Stretch:
    """A passage out of an inner hit."""
    fields = hit["fields"]
    said = json.loads(unpacked(base64.b64decode(fields["passages.said"][0])))
    file_id, file_name, kind, number, label, text = said
    return Stretch(int(fields["passages.n"][0]), file_id, file_name, Place(kind, number, label), text)


def query(clause: Clause, path: str = "") -> JSON:
    """A clause in Elasticsearch's query language; `path` is put before the names of fields."""
    if isinstance(clause, Match):
        return _match(clause, path)
    if isinstance(clause, Best):
        parts = [query(part, path) for part in clause.parts]
        return {"dis_max": {"queries": parts, "tie_breaker": TIE}} if parts else {"match_none": {}}
    if isinstance(clause, All):
        return _all(clause, path)
    if isinstance(clause, Flat):
        return {"constant_score": {"filter": query(clause.part, path), "boost": clause.score}}
    return {"bool": {"filter": [_condition(clause, path)]}}


def _condition(clause: OneOf | Starts | Between | Everything, path: str) -> JSON:
    if isinstance(clause, OneOf):
        return {"terms": {path + clause.field: list(clause.values)}}
    if isinstance(clause, Starts):
        return {"prefix": {path + clause.field: clause.text}}
    if isinstance(clause, Between):
        bounds = {"gte": clause.low, "lte": clause.high}
        return {
            "range": {
                path + clause.field: {name: value for name, value in bounds.items() if value is not None}
            }
        }
    return {"match_all": {}}


def _match(clause: Match, path: str) -> JSON:
    if len(clause.terms) == 1:
        return {"term": {path + clause.field: {"value": clause.terms[0], "boost": clause.boost}}}
    phrase = {
        "query": " ".join(clause.terms),
        "slop": clause.slop,
        "boost": clause.boost,
        "analyzer": "whitespace",
    }
    return {"match_phrase": {path + clause.field: phrase}}


def _all(clause: All, path: str) -> JSON:
    kinds = {
        "must": clause.must,
        "filter": clause.filters,
        "should": clause.better,
        "must_not": clause.without,
    }
    return {"bool": {kind: [query(part, path) for part in parts] for kind, parts in kinds.items() if parts}}
