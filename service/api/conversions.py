"""Conversions 换版: records that an older version of their category describes, and their way to the one in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field

from service.api import cursors
from service.api.categories import CodePath, DecisionBody
from service.api.inputs import Id, IdPath, Input, Line, PageQuery, ShortLine
from service.api.resource import Listed, Resource, Shown, answer, listed
from service.domain.conversions import ConversionView, ConvertedLine, Looked, Older, State
from service.domain.mapping import FieldMapping, FieldRule
from service.identity import actor, fonds
from service.problems import language, said

conversions = Resource("conversions", __name__, "换版 / conversions")


@dataclass(frozen=True, slots=True)
class ConversionShown:
    """A conversion: from version `old` of the category `code` to `new`; `counts` for who carried it out."""

    id: str
    code: str
    old: int
    new: int
    mapping: FieldMapping
    rev: int
    state: State
    by: str
    at: datetime | None
    reason: str
    note: str
    approved_by: str
    runner: str
    progress: int
    counts: Mapping[str, int] | None
    outdated: bool


@dataclass(frozen=True, slots=True)
class UnfitValue:
    """A value that does not convert, and why, in the asker's language."""

    label: str
    value: str
    message: str
    stays: bool


@dataclass(frozen=True, slots=True)
class LookedShown:
    """A record as the mapping would leave it."""

    record_id: str
    title: str
    ref_code: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    note: str
    open: Sequence[str]
    findings: Sequence[UnfitValue]


@dataclass(frozen=True, slots=True)
class PreviewShown:
    """What a mapping would do: how many records move, stay for a value, keep their version because they are archived,
    cannot move now, are not the asker's to change; and how many would then lack a field or have more in their note."""

    count: int
    moves: int
    stays: int
    frozen: int
    under_way: int
    not_his: int
    open: int
    noted: int
    beyond: bool
    examples: Sequence[LookedShown]
    staying: Sequence[LookedShown]


class RuleBody(Input):
    """Where a field of the new version takes its value from."""

    key: Id
    source: ShortLine = Field("", description='A field of the old version, "" = none')
    default: Line = Field("", description="As typed in a form; counts where there is no value")
    choices: dict[ShortLine, ShortLine] = Field(default_factory=dict, max_length=200)
    otherwise: Literal["stay", "note"] = Field("stay", description="What becomes of what does not convert")


class MappingBody(Input):
    """A mapping over its revision `rev`, 0 where none is kept yet."""

    rev: int
    rules: Annotated[list[RuleBody], Field(max_length=120)]
    dropped: dict[ShortLine, Literal["note", "history"]] = Field(
        default_factory=dict,
        max_length=120,
        description="Old fields that no rule takes: where their values go; unsaid the note, for personal ones history",
    )


class SubmissionBody(Input):
    """Revision `rev` is handed in, for a reason."""

    rev: int
    reason: Line


class ConvertedQuery(PageQuery):
    """A page of a report."""

    fate: Annotated[
        list[Literal["done", "stayed", "skipped", "stale", "undone", "kept"]],
        Field(max_length=6, default_factory=list),
    ]


@conversions.get("/categories/<code>/older", responses={"200": Listed[Older]})
def list_older(path: CodePath) -> Response:
    """Older versions by which records are described, of those records that the asker may know of."""
    return listed(fonds().conversions.older(actor(), path.code))


@conversions.get("/conversions", responses={"200": Listed[ConversionShown]})
def list_conversions() -> Response:
    """Every conversion that was drafted, for who manages or approves the scheme."""
    return listed([_shown(one) for one in fonds().conversions.all(actor())])


@conversions.get("/conversions/<id>", responses={"200": Shown[ConversionShown]})
def get_conversion(path: IdPath) -> Response:
    """From CODE.OLD.NEW: as it stands, or as it suggests itself (`rev` 0)."""
    return answer(_shown(fonds().conversions.get(actor(), path.id)))


@conversions.put("/conversions/<id>", responses={"200": Shown[ConversionShown]})
def save_conversion(path: IdPath, body: MappingBody) -> Response:
    """Keep a mapping; it is to be approved anew."""
    rules = tuple(FieldRule(**one.model_dump()) for one in body.rules)
    mapping = FieldMapping(rules, dict(body.dropped))
    return answer(_shown(fonds().conversions.save(actor(), path.id, mapping, rev=body.rev)))


@conversions.get("/conversions/<id>/preview", responses={"200": Shown[PreviewShown]})
def preview_conversion(path: IdPath) -> Response:
    """What it would do to the records that the asker may know of: counts, examples, and the first that would stay."""
    found = fonds().conversions.preview(actor(), path.id)
    sums = ("count", "moves", "stays", "frozen", "under_way", "not_his", "open", "noted", "beyond")
    examples, staying = ([_looked(one) for one in some] for some in (found.examples, found.staying))
    return answer(
        PreviewShown(**{one: getattr(found, one) for one in sums}, examples=examples, staying=staying)
    )


@conversions.get("/conversions/<id>/staying", responses={"200": Listed[LookedShown]})
def list_staying(path: IdPath, query: PageQuery) -> Response:
    """Every record with a value that would not convert."""
    below = cursors.place(query.cursor)
    page = fonds().conversions.staying(actor(), path.id, below=below, limit=query.limit)
    return answer(
        {
            "items": [_looked(one) for one in page.items],
            "next_cursor": cursors.seal(page.next_cursor),
            "total": None,
        }
    )


@conversions.post("/conversions/<id>/submit", responses={"200": Shown[ConversionShown]})
def submit_conversion(path: IdPath, body: SubmissionBody) -> Response:
    """Hand a mapping in for approval by somebody else."""
    return answer(_shown(fonds().conversions.submit(actor(), path.id, rev=body.rev, reason=body.reason)))


@conversions.post("/conversions/<id>/decision", responses={"200": Shown[ConversionShown]})
def decide_conversion(path: IdPath, body: DecisionBody) -> Response:
    """Approve a mapping that somebody else drafted: it then runs by itself; or return it with a note."""
    made = fonds().conversions.decide(actor(), path.id, rev=body.rev, approve=body.approve, note=body.note)
    return answer(_shown(made))


@conversions.post("/conversions/<id>/run", responses={"202": Shown[ConversionShown]})
def run_conversion(path: IdPath) -> Response:
    """Carry an approved mapping out again, as oneself: for what has come since, or what one's own rights reach."""
    return answer(_shown(fonds().conversions.start(actor(), path.id)), 202)


@conversions.post("/conversions/<id>/undo", responses={"202": Shown[ConversionShown]})
def undo_conversion(path: IdPath) -> Response:
    """Take one's own last run back; what somebody changed since stays."""
    return answer(_shown(fonds().conversions.undo(actor(), path.id)), 202)


@conversions.get("/conversions/<id>/lines", responses={"200": Listed[ConvertedLine]})
def list_converted(path: IdPath, query: ConvertedQuery) -> Response:
    """What the last run made of each record that the asker may know of."""
    below = cursors.place(query.cursor)
    lines = fonds().conversions.lines
    page = lines(actor(), path.id, below=below, limit=query.limit, fates=tuple(query.fate))
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": None})


def _looked(one: Looked) -> LookedShown:
    english = language() == "en"
    findings = [
        UnfitValue(
            found.label_en if english else found.label,
            found.value,
            said(found.fault.message, found.fault.params),
            found.stays,
        )
        for found in one.findings
    ]
    same = ("record_id", "title", "ref_code", "before", "after", "note", "open")
    return LookedShown(**{name: getattr(one, name) for name in same}, findings=findings)


def _shown(view: ConversionView) -> ConversionShown:
    same = (
        "id",
        "mapping",
        "rev",
        "by",
        "at",
        "reason",
        "note",
        "approved_by",
        "runner",
        "progress",
        "counts",
    )
    return ConversionShown(
        code=view.new.code,
        old=view.old.version,
        new=view.new.version,
        state=view.state,
        outdated=view.outdated,
        **{name: getattr(view, name) for name in same},
    )
