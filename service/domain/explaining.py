"""Why somebody can see a record, or cannot: the decision of `knows`, told in its reasons (R-SEC-7)."""

from dataclasses import dataclass

from service.domain.permissions import (
    CLEARANCES,
    Act,
    Actor,
    Guarded,
    access_terms,
    compartment,
    rights_of,
    search_scope,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. Codes that open: everywhere, department, own, circle, grant; that close: no_reading, top_secret,
    clearance, outside. `value` is the department, circle or grant meant."""

    code: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether somebody knows of a record, and every reason for it, or the first one against it."""

    known: bool
    reasons: tuple[Reason, ...]


def explain(actor: Actor, guarded: Guarded) -> Explanation:
    """Why the actor knows of it, or does not."""
    if Act.READ not in rights_of(actor):
        return Explanation(known=False, reasons=(Reason("no_reading"),))
    if guarded.secrecy > CLEARANCES[-1]:
        return Explanation(known=False, reasons=(Reason("top_secret"),))
    scope = search_scope(actor)
    place = compartment(guarded.secrecy, core_secret=guarded.core_secret)
    if place not in scope:
        return Explanation(known=False, reasons=(Reason("clearance", actor.clearance),))
    terms = scope[place]
    if terms is None:
        return Explanation(known=True, reasons=(Reason("everywhere"),))
    found = tuple(_reason(actor, term) for term in sorted(terms & access_terms(guarded)))
    return Explanation(known=bool(found), reasons=found or (Reason("outside"),))


def _reason(actor: Actor, term: str) -> Reason:
    if term == actor.circle:
        return Reason("own")
    kind, _, value = term.partition(":")
    return (
        Reason("circle", term) if kind == "circle" else Reason({"dept": "department"}.get(kind, kind), value)
    )
