"""Suggestions as the form shows them: the value, in words where it was read, and a digit that accepts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from search.port import Passage
from service.domain.holdings import RecordView
from service.domain.permissions import Actor
from service.errors import ServiceError
from service.problems import language
from service.usecases.describing.suggesting import Offered, ShownEvidence
from service.web import form, shown
from service.web.language import translated as _
from service.wiring import Fonds
from storage.port import StoreUnavailable

DIGITS = "123456789"
AROUND = 300
"""Characters of a long text shown before and behind its evidence."""
WHOLE = 2400
"""A place of so many characters is shown whole."""
MAX_PLACES = 8

Span = tuple[int, int, str]
"""Start, end and digits of evidence in a text."""


def offered(fonds: Fonds, actor: Actor, record_id: str, category: str) -> Sequence[Offered]:
    """What can be suggested; nothing where the record may not be changed or its store is out of reach."""
    try:
        return fonds.suggesting.for_record(actor, record_id, category=category)
    except (ServiceError, StoreUnavailable):
        return ()


def of_sheet(found: Sequence[Offered], sheet: form.Sheet, *, fresh: bool) -> form.Sheet:
    """The form with what is suggested for it. `fresh`: nobody has typed anything into it yet.

    Where no category is chosen, the fields of the suggested one are asked for: accepting one of them accepts it.
    """
    suggested = next((str(one.value) for one in found if one.field == "category"), "")
    leaning = next((one for one in sheet.categories if one.code == suggested), None)
    sheet = replace(sheet, leaning=None if sheet.category else leaning)
    fields = {one.path: one for part in sheet.sections for one in part.fields}
    offers = {
        one.field: _offer(one, fields[one.field], fresh=fresh)
        for one in found
        if one.field in fields and _plain(one, fields[one.field]) != _standing(fields[one.field])
    }
    return replace(sheet, offers=offers, digits=_digits(list(fields.values()), offers))


def _digits(fields: Sequence[form.Field], offers: Mapping[str, form.Offer]) -> dict[str, str]:
    """The first nine that there is something to decide about: with a suggestion, or required and empty."""
    open_ones = [one.path for one in fields if one.path in offers or (one.required and not one.shown)]
    return dict(zip(open_ones, DIGITS, strict=False))


def _offer(one: Offered, field: form.Field, *, fresh: bool) -> form.Offer:
    return form.Offer(
        values=_plain(one, field),
        shown=shown.harmless(one.shown_en if language() == "en" else one.shown),
        source=_learned(one) if one.reason == "learned" else source_of(one.evidence),
        told=one.evidence,
        rest=fresh or not field.shown,
    )


def _learned(one: Offered) -> str:
    """On what a guess rests, and how often such guesses were right."""
    share, quote = round(100 * one.confidence), shown.harmless(one.evidence.quote)
    return _("据已著录的同类档案推测，约 %(share)s%% 准确；依据：“%(quote)s”", share=share, quote=quote)


def _plain(one: Offered, field: form.Field) -> tuple[str, ...]:
    """The value as it is typed into the field."""
    typed = form.as_typed(one.value)
    return ("、".join(typed),) if field.widget == "list" else tuple(typed)


def _standing(field: form.Field) -> tuple[str, ...]:
    return field.values if field.widget == "several" else (field.value,)


def source_of(evidence: ShownEvidence) -> str:
    """Where it was read, in words: 取自第 1 页：“…”."""
    quote = shown.harmless(evidence.quote)
    if evidence.where == "text" and evidence.place:
        place = shown.place(evidence.place.kind, evidence.place.number, evidence.place.label)
        return _("取自%(place)s：“%(quote)s”", place=place, quote=quote)
    if evidence.where == "modified":
        return _("取自文件的修改时间")
    words = {
        "name": _("取自文件名：“%(quote)s”", quote=quote),
        "path": _("取自所在文件夹：“%(quote)s”", quote=quote),
    }
    return words.get(evidence.where) or _("取自文件自带的属性：“%(quote)s”", quote=quote)


@dataclass(frozen=True, slots=True)
class Marked:
    """A place of a text with the evidence in it."""

    place: str
    text: Markup
    rows: bool


def evidence(fonds: Fonds, actor: Actor, record: RecordView, sheet: form.Sheet) -> list[Marked]:
    """The places of the texts where something was read, each with the digits of the form beside it."""
    places: dict[tuple[str, int], list[Span]] = {}
    for path, offer in sheet.offers.items():
        digit, told = sheet.digits.get(path), offer.told
        if digit and told.where == "text":
            places.setdefault((told.file_id, told.passage), []).append((told.start, told.end, digit))
    order = {file.id: n for n, file in enumerate(record.files)}
    wanted = sorted(places, key=lambda key: (order.get(key[0], len(order)), key[1]))[:MAX_PLACES]
    texts = {file_id: _text(fonds, actor, file_id) for file_id in {key[0] for key in wanted}}
    return [_marked(texts[key[0]][key[1]], places[key]) for key in wanted if key[1] < len(texts[key[0]])]


def _text(fonds: Fonds, actor: Actor, file_id: str) -> Sequence[Passage]:
    try:
        return fonds.files.text(actor, file_id)
    except (ServiceError, StoreUnavailable):
        return ()


def _marked(passage: Passage, spans: Sequence[Span]) -> Marked:
    place = passage.place
    spans = _joined(spans)
    first, last = 0, len(passage.text)
    if last > WHOLE:
        first, last = max(0, spans[0][0] - AROUND), min(last, max(spans[-1][1], spans[0][0] + WHOLE) + AROUND)
    inside = [(start - first, end - first, digits) for start, end, digits in spans if end <= last]
    said = _with_digits(passage.text[first:last], inside, cut=(first > 0, last < len(passage.text)))
    return Marked(shown.place(place.kind, place.number, place.label), said, place.kind == "sheet")


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Stretches that touch become one with all their digits."""
    found: list[Span] = []
    for start, end, digits in sorted(spans):
        if found and start < found[-1][1]:
            before = found.pop()
            found.append((before[0], max(end, before[1]), before[2] + digits))
        else:
            found.append((start, end, digits))
    return found


def _with_digits(text: str, spans: Sequence[Span], cut: tuple[bool, bool]) -> Markup:
    parts = [Markup("……") if cut[0] else Markup()]
    at = 0
    for start, end, digits in spans:
        parts.append(escape(shown.harmless(text[at:start], lines=True)))
        signs = Markup().join(Markup('<i class="dg">{}</i>').format(digit) for digit in sorted(digits))
        words = shown.harmless(text[start:end], lines=True)
        parts.append(Markup('<mark class="ev" data-digits="{}">{}{}</mark>').format(digits, signs, words))
        at = end
    parts += [escape(shown.harmless(text[at:], lines=True)), Markup("……") if cut[1] else Markup()]
    return Markup('<bdi class="said">{}</bdi>').format(Markup().join(parts))
