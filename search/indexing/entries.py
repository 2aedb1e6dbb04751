"""Entries: a document as the fields that both engines hold, and the keys of its orders."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from search import port
from search.answering.passages import Stretch, stretches
from search.answering.ranking import labelled_terms
from search.port import IndexDocument
from search.words.analysis import (
    FILLERS,
    VERSION,
    FieldTerms,
    code_key,
    field_terms,
    fold,
    passage_terms,
    torn_facts,
)
from search.words.beginnings import beginnings
from search.words.facts import facts
from search.words.lexicon import Lexicon, own_words
from search.words.vocabulary import vocabulary

SCHEMA = "6"
FINGERPRINT = f"{SCHEMA}.{VERSION}"
"""What an index must have been built with to be usable now."""

KEYWORDS = (
    "category", "category_path", "department", "year", "month", "file_type", "state", "access", "compartment",
    "customer", "party", "tag", "dossier", "has", "own", "same",
)  # fmt: skip
TERMS = tuple(
    f"{section}_{kind}" for section in ("title", "names", "body") for kind in ("chars", "pairs", "words")
)
BAGS = ("facts", "codes")
HEADS = ("heads", "party_heads", "tag_heads", "labelled")
"""Beginnings of titles and codes, of parties, of tags: what suggestions are found by; and what stands in which field."""
NUMBERS = ("version", "seq", "date_desc", "date_asc", "day", "created")
MEASURES = port.NUMBERS
MAX_VALUE = 250
"""Characters of a value that is counted and filtered by."""
GIST = 24
"""Words that stand for a record when others like it are looked for."""
TITLE_COUNTS = 4

_SEQ_BITS = 40
_NO_DAY = (1 << 22) - 1


@dataclass(frozen=True, slots=True)
class PassageEntry:
    """A passage as it is indexed: chars, pairs and facts without order."""

    stretch: Stretch
    terms: FieldTerms


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it is indexed. A field has one or several values; several are apart for phrases."""

    id: str
    compartment: str
    title: str
    same: str
    numbers: Mapping[str, int]
    measures: Mapping[str, float]
    keywords: Mapping[str, Sequence[str]]
    texts: Mapping[str, Sequence[str]]
    title_key: str
    card: str
    """What is kept to suggest by, as JSON: `codes` of the record, `gist` = the words that stand for it, `same`."""
    vocabulary: Sequence[str]
    """Every word as `search.words.vocabulary` spells it, once."""
    passages: Sequence[PassageEntry]


def entry(document: IndexDocument, lexicon: Lexicon | None = None) -> Entry:
    """Analyse a document: the one costly step, done outside of every lock."""
    texts, words = _texts(document, lexicon)
    return Entry(
        id=document.id,
        compartment=document.compartment,
        title=document.title,
        same=document.same[:MAX_VALUE],
        numbers=_numbers(document),
        measures={name: float(document.numbers[name]) for name in MEASURES if name in document.numbers},
        keywords=_keywords(document),
        texts=texts,
        title_key=f"{fold(document.title).text[:60]}\u0001{document.seq:013d}",
        vocabulary=vocabulary(words),
        card=json.dumps(
            {"codes": _codes(document), "gist": _gist(words), "same": document.same}, ensure_ascii=False
        ),
        passages=[
            PassageEntry(stretch, passage_terms(fold(stretch.text).text)) for stretch in stretches(document)
        ],
    )


def _numbers(document: IndexDocument) -> dict[str, int]:
    numbers = {"version": document.version, "seq": document.seq}
    day = document.date.toordinal() if document.date else 0
    numbers["date_desc"] = (day << _SEQ_BITS) + document.seq
    numbers["date_asc"] = ((day or _NO_DAY) << _SEQ_BITS) + document.seq
    if document.created:
        numbers["created"] = document.created.toordinal()
    return numbers | ({"day": day} if day else {})


def _keywords(document: IndexDocument) -> dict[str, Sequence[str]]:
    path = dict.fromkeys([*document.category_path, document.category])
    date = document.date
    return {
        "category": (document.category,),
        "category_path": tuple(path),
        "department": (document.department,) if document.department else (),
        "year": (f"{date.year:04}",) if date else (),
        "month": (f"{date.year:04}-{date.month:02}",) if date else (),
        "file_type": tuple(dict.fromkeys(file.type for file in document.files if file.type)),
        "state": (document.state,),
        "access": tuple(dict.fromkeys(document.access)),
        "compartment": (document.compartment,),
        "customer": _values([document.customer]),
        "party": _values(_parties(document)),
        "tag": _values(document.keywords),
        "dossier": tuple(dict.fromkeys(document.dossiers)),
        "own": tuple(own_words(document.own)),
        "same": (document.same[:MAX_VALUE],) if document.same else (),
        "has": tuple(name for name, held in _held(document).items() if held),
    }


def _held(document: IndexDocument) -> dict[str, object]:
    """What `有:…` asks for."""
    return {
        "file": document.files,
        "text": any(passage.text.strip() for file in document.files for passage in file.passages),
        "code": _codes(document),
        "tag": _values(document.keywords),
        "customer": document.customer.strip(),
        "amount": "amount" in document.numbers,
        "date": document.date,
        "dossier": document.dossiers,
        "category": document.category,
        "responsible": document.responsible.strip(),
        "seal": any(file.sealed for file in document.files),
    }


def _labelled(document: IndexDocument) -> dict[str, None]:
    told = {
        "customer": [document.customer],
        "responsible": [document.responsible],
        "file": [file.name for file in document.files],
    }
    told |= {label: [text] for label, text in document.fields.items()}
    return {
        term: None for label, texts in told.items() for text in texts for term in labelled_terms(label, text)
    }


def _parties(document: IndexDocument) -> list[str]:
    return [document.customer, *document.names, document.responsible]


def _values(texts: Iterable[str]) -> tuple[str, ...]:
    """Values as they are counted: without what no engine can hold, and none blank."""
    cleaned = (text.strip()[:MAX_VALUE].encode("utf-8", "replace").decode() for text in texts)
    return tuple(dict.fromkeys(text for text in cleaned if text))


def _codes(document: IndexDocument) -> list[str]:
    return [code for code in (document.ref_code, document.doc_no) if code]


def _texts(document: IndexDocument, lexicon: Lexicon | None) -> tuple[dict[str, Sequence[str]], Counter[str]]:
    """The analysed fields, and how often each word is said; one of the title counts for several."""
    codes = _codes(document)
    names = [
        *dict.fromkeys(_parties(document)),
        *document.keywords,
        *codes,
        *(f.name for f in document.files),
    ]
    # passages are joined before they are analysed: phrases and words run over page ends
    bodies = [
        *document.fields.values(),
        *("\n".join(p.text for p in file.passages) for file in document.files),
    ]
    sections = {"names": names, "body": bodies, "title": [document.title]}
    texts: dict[str, Sequence[str]] = {}
    words: Counter[str] = Counter()
    found: dict[str, None] = {}
    for section, parts in sections.items():
        analysed = [field_terms(fold(part).text, lexicon) for part in parts if part.strip()]
        texts[f"{section}_chars"] = _filled(terms.chars for terms in analysed)
        texts[f"{section}_pairs"] = _filled(terms.pairs for terms in analysed)
        texts[f"{section}_words"] = _filled(terms.words for terms in analysed)
        for terms in analysed:
            for _ in range(TITLE_COUNTS if section == "title" else 1):
                words.update(terms.all_words)
            found |= dict.fromkeys(terms.all_facts)
        found |= dict.fromkeys(term for part in parts for term in torn_facts(part))
    texts["facts"] = _filled([" ".join(found)])
    texts["codes"] = _filled([" ".join(_code_terms(codes))])
    heads: dict[str, Sequence[str]] = {
        "heads": [document.title, *codes],
        "party_heads": _parties(document),
        "tag_heads": document.keywords,
    }
    for name, headed in heads.items():
        texts[name] = _filled([" ".join(dict.fromkeys(term for part in headed for term in beginnings(part)))])
    texts["labelled"] = _filled([" ".join(_labelled(document))])
    return texts, words


def _gist(counts: Counter[str]) -> list[str]:
    """The most telling words of a record: those of its title and those it says often, longer ones first."""
    telling = [
        (-n * min(len(word), 4), word)
        for word, n in sorted(counts.items(), key=itemgetter(1), reverse=True)[: 3 * GIST]
        if word not in FILLERS
    ]
    return [word for _, word in sorted(telling)[:GIST]]


def _code_terms(codes: Sequence[str]) -> dict[str, None]:
    found = dict.fromkeys(key for code in codes if (key := code_key(code)))
    for code in codes:
        found |= dict.fromkeys(
            term for fact in facts(fold(code).text) if fact.kind == "code" for term in fact.terms
        )
    return found


def _filled(strings: Iterable[str]) -> list[str]:
    return [string for string in strings if string]
