"""Numbering: which counter a record or customer belongs to, and taking its next numbers inside a transaction."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession

from search.words.folding import fold
from search.words.pinyin import syllables
from service.domain.dates import day_of
from service.domain.holdings import CategoryView
from service.domain.numbering import (
    CUSTOMER_MOST,
    CUSTOMER_TEMPLATE,
    DEFAULT_TEMPLATE,
    RETENTION_CODES,
    NumberRule,
    Series,
    check_template,
    series,
)
from service.domain.permissions import Actor, compartment
from service.errors import Conflict, InvalidInput, NotFound
from service.models import Category, Counter, DepartmentCode, GivenCode
from service.models.reading import by_key
from service.models.transactions import insert_row
from service.usecases.ground import Ground
from service.usecases.scheme.approving import require_manager

CUSTOMERS = "L0C"
"""The compartment whose customer numbers carry no letter: that of the category of customers (§3.5)."""

TRIES = 200
"""Departments whose names have the same initials."""


class Numbering:
    """Codes of one fonds. Numbers are counted in the database, in the transaction that gives them."""

    def __init__(self, ground: Ground) -> None:
        self._categories, self._clock, self._fonds = ground.categories, ground.clock, ground.fonds_code
        self._audit = ground.audit

    def change(self, actor: Actor, code: str, template: str) -> CategoryView:
        """Number a category's records by another template from now on; codes that were given stay (S-ID-1).

        "" = as the category above, or the default. Raises `Forbidden`, `NotFound`, `InvalidInput`.
        """
        before = self.require_changeable(actor, code)
        text = template.strip()
        if text and (faults := check_template(text)):
            raise InvalidInput(faults)
        if text != before.numbering:
            Category.objects(code=code).update_one(set__numbering=text)
            self._categories.forget()
            self._audit.insert(actor, "number_category", "category", code, template=[before.numbering, text])
        return self._categories.get(code)

    def require_changeable(self, actor: Actor, code: str) -> CategoryView:
        """The category, for who manages the scheme. Raises `Forbidden`, `NotFound`."""
        require_manager(actor, self._audit, "category")
        return self._categories.get(code)

    def rule(self, code: str) -> NumberRule:
        """The rule of a category: its own, or that of the nearest one above it. Raises `NotFound`."""
        own = self._categories.get(code)
        above = [self._categories.get(step) for step in reversed(own.path)]
        template = next((one.numbering for one in above if one.numbering), DEFAULT_TEMPLATE)
        plain = own.plain or compartment(own.secrecy, core_secret=own.core_secret)
        return NumberRule(template, plain)

    def series_of(self, row: Any) -> Series:
        """The counter of a record's row. Raises `Conflict` where its description lacks a part of the code."""
        try:
            rule = self.rule(row.category)
        except NotFound as fault:
            raise Conflict("还没有选类别，编不出档号") from fault
        place = compartment(row.secrecy, core_secret=row.core_secret)
        return series(rule, self._said(row), place)

    def preview(self, category: CategoryView, template: str, department: str) -> str:
        """A code as the template would make it today, with number 1; nothing is counted. Raises `InvalidInput`."""
        text = template.strip() or self.rule(category.code).template
        if faults := check_template(text):
            raise InvalidInput(faults)
        plain = category.plain or compartment(category.secrecy, core_secret=category.core_secret)
        today = day_of(self._clock())
        said = {
            "fonds": self._fonds,
            "category": category.code,
            "year": f"{today.year}",
            "month": f"{today.month:02}",
            "retention": RETENTION_CODES.get(category.retention, "D10"),
            "department": initials(department) or "BM",
        }
        return series(NumberRule(text, plain), said, plain).code(1)

    def customer_code(self, session: ClientSession, dossier_id: str, place: str, now: datetime) -> str:
        """The next customer number of this month (R-NUM-2), taken. Raises `Conflict` when the month is full."""
        day = day_of(now)
        said = {"year": f"{day.year}", "month": f"{day.month:02}"}
        counting = series(NumberRule(CUSTOMER_TEMPLATE, CUSTOMERS), said, place)
        number = take(session, counting, 1)[0]
        if number > CUSTOMER_MOST:
            raise Conflict("本月客户编号已用到 %(limit)s，不能再编；请与档案室商定", limit=CUSTOMER_MOST)
        register(session, {counting.code(number): dossier_id}, now)
        return counting.code(number)

    def _said(self, row: Any) -> Mapping[str, str]:
        return {
            "fonds": self._fonds,
            "category": row.category,
            "year": str(row.year or ""),
            "month": f"{row.date.month:02}" if row.date else "",
            "retention": RETENTION_CODES.get(row.retention, ""),
            "department": department_code(row.department) if row.department else "",
        }


def take(session: ClientSession, counting: Series, count: int) -> range:
    """Take the next `count` numbers of a counter; a transaction that fails gives them back, so there are no gaps."""
    counters = Counter._get_collection()
    key = {"_id": f"code:{counting.prefix}"}
    # Written before it is read: two transactions that count at once meet here, and one of them begins again.
    counters.update_one(key, {"$inc": {"value": count}}, upsert=True, session=session)
    row = counters.find_one(key, session=session)
    last = int(row["value"]) if row else count
    return range(last - count + 1, last + 1)


def register(session: ClientSession, given: Mapping[str, str], now: datetime) -> None:
    """Write down codes that were given: code → id of a record or dossier."""
    rows = [{"_id": code, "object_id": one, "at": now} for code, one in given.items()]
    GivenCode._get_collection().insert_many(rows, session=session)


@lru_cache(maxsize=1000)
def department_code(name: str) -> str:
    """The code of a department: the initials of its name, with a number where another one has them. Kept for ever."""
    row = by_key(DepartmentCode, name=name)
    if row is not None:
        return str(row.id)
    wanted = initials(name) or "BM"
    for number in range(1, TRIES):
        candidate = wanted if number == 1 else f"{wanted}{number}"
        try:
            insert_row(DepartmentCode(id=candidate, name=name))
        except NotUniqueError:
            row = by_key(DepartmentCode, name=name)
            if row is None:
                continue
            return str(row.id)
        return candidate
    raise Conflict("部门“%(name)s”编不出代号", name=name)


def initials(name: str) -> str:
    """The first letters of the pinyin of a name, in capitals: 销售部 → XSB; letters and digits stay."""
    letters = "".join(spoken[:1] for spoken in _spoken(fold(name).text))
    return re.sub(r"[^A-Z0-9]", "", letters.upper())[:12]


def _spoken(folded: str) -> Sequence[str]:
    return syllables("".join(sign for sign in folded if sign.isalnum()))
