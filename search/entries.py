"""Entries: a document as the fields that both engines hold, and the keys of its orders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.analysis import VERSION, FieldTerms, code_key, field_terms, fold, passage_terms
from search.facts import facts
from search.passages import Stretch, stretches
from search.port import IndexDocument

SCHEMA = "1"
FINGERPRINT = f"{SCHEMA}.{VERSION}"
"""What an index must have been built with to be usable now."""

KEYWORDS = ("category", "category_path", "department", "year", "file_type", "state", "access", "compartment")
TERMS = tuple(
    f"{section}_{kind}" for section in ("title", "names", "body") for kind in ("chars", "pairs", "words")
)
BAGS = ("facts", "codes")
NUMBERS = ("version", "seq", "date_desc", "date_asc", "day")

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
    numbers: Mapping[str, int]
    keywords: Mapping[str, Sequence[str]]
    texts: Mapping[str, Sequence[str]]
    title_key: str
    passages: Sequence[PassageEntry]


def entry(document: IndexDocument) -> Entry:
    """Analyse a document: the one costly step, done outside of every lock."""
    return Entry(
        id=document.id,
        compartment=document.compartment,
        title=document.title,
        numbers=_numbers(document),
        keywords=_keywords(document),
        texts=_texts(document),
        title_key=f"{fold(document.title).text[:60]}\u0001{document.seq:013d}",
        passages=[
            PassageEntry(stretch, passage_terms(fold(stretch.text).text)) for stretch in stretches(document)
        ],
    )


def _numbers(document: IndexDocument) -> dict[str, int]:
    numbers = {"version": document.version, "seq": document.seq}
    day = document.date.toordinal() if document.date else 0
    numbers["date_desc"] = (day << _SEQ_BITS) + document.seq
    numbers["date_asc"] = ((day or _NO_DAY) << _SEQ_BITS) + document.seq
    return numbers | ({"day": day} if day else {})


def _keywords(document: IndexDocument) -> dict[str, Sequence[str]]:
    path = dict.fromkeys([*document.category_path, document.category])
    return {
        "category": (document.category,),
        "category_path": tuple(path),
        "department": (document.department,) if document.department else (),
        "year": (f"{document.date.year:04}",) if document.date else (),
        "file_type": tuple(dict.fromkeys(file.type for file in document.files if file.type)),
        "state": (document.state,),
        "access": tuple(dict.fromkeys(document.access)),
        "compartment": (document.compartment,),
    }


def _texts(document: IndexDocument) -> dict[str, Sequence[str]]:
    codes = [code for code in (document.ref_code, document.doc_no) if code]
    names = [
        *document.names,
        document.responsible,
        *document.keywords,
        *codes,
        *(f.name for f in document.files),
    ]
    # passages are joined before they are analysed: phrases and words run over page ends
    bodies = [
        *document.fields.values(),
        *("\n".join(p.text for p in file.passages) for file in document.files),
    ]
    sections = {"title": [document.title], "names": names, "body": bodies}
    texts: dict[str, Sequence[str]] = {}
    found: dict[str, None] = {}
    for section, parts in sections.items():
        analysed = [field_terms(fold(part).text) for part in parts if part.strip()]
        texts[f"{section}_chars"] = _filled(terms.chars for terms in analysed)
        texts[f"{section}_pairs"] = _filled(terms.pairs for terms in analysed)
        texts[f"{section}_words"] = _filled(terms.words for terms in analysed)
        found |= dict.fromkeys(term for terms in analysed for term in terms.facts.split())
    texts["facts"] = _filled([" ".join(found)])
    texts["codes"] = _filled([" ".join(_code_terms(codes))])
    return texts


def _code_terms(codes: Sequence[str]) -> dict[str, None]:
    found = dict.fromkeys(key for code in codes if (key := code_key(code)))
    for code in codes:
        found |= dict.fromkeys(
            term for fact in facts(fold(code).text) if fact.kind == "code" for term in fact.terms
        )
    return found


def _filled(strings: Iterable[str]) -> list[str]:
    return [string for string in strings if string]
