"""Categories: the scheme in force, read often and changed seldom."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo.errors import BulkWriteError

from service.domain.fitting import fits
from service.domain.holdings import CategoryView
from service.domain.permissions import compartment
from service.errors import NotFound
from service.models import Category, CategoryVersion
from service.models.changes import Changes
from service.models.reading import by_key
from service.scheme import StartingCategory, starting_scheme
from service.usecases.scheme.understanding import Scheme

FRESH_SECONDS = 5
"""How long a read of the scheme is used; a change reaches every process within this time."""

DUPLICATE = 11000
"""Code of a write that meets a key which is there already, of both databases."""


MOST_FORMER = 1000
"""Former versions that are kept in mind."""


class Categories:
    """The scheme of categories (R-CAT-1). Views are shared between threads and must not be changed."""

    def __init__(self, clock: Callable[[], datetime], changes: Changes | None = None) -> None:
        """With `changes` the scheme is read again when it was written, and only then."""
        self._clock, self._changes = clock, changes
        self._lock = threading.Lock()
        self._read_at: datetime | None = None
        self._stamp: object = None
        self._views = Scheme()
        self._former: dict[tuple[str, int, int], Mapping[str, Any] | None] = {}

    def all(self) -> list[CategoryView]:
        """Every category as a tree read from the top: each parent before its children, siblings in their order."""
        return list(self._fresh().values())

    def scheme(self) -> Scheme:
        """The same by code."""
        return self._fresh()

    def get(self, code: str) -> CategoryView:
        """One category. Raises `NotFound`."""
        view = self._fresh().get(code)
        if view is None:
            raise NotFound("没有类别 %(code)s", code=code[:40])
        return view

    def find(self, code: str) -> CategoryView | None:
        """One category, None where there is none of this code."""
        return self._fresh().get(code)

    def of(self, described: Any) -> CategoryView | None:
        """The category by which a record, row or view, is to be read: the one in force where it still fits, else with
        the schema of the version that the record was described by (R-AUD-3). None in the inbox and for unknown codes."""
        return self.read_by(described.category, int(described.category_version or 0))

    def read_by(self, code: str, version: int) -> CategoryView | None:
        """The category by which what was described by this version of it is to be read (`of`); 0: the one in force."""
        view = self._fresh().get(code) if code else None
        if view is None or version in (0, view.version):
            return view
        schema = self._unfitting(view, version)
        return view if schema is None else replace(view, version=version, schema=schema)

    def version(self, code: str, version: int) -> CategoryView:
        """A category as one of its versions said that was in force. Raises `NotFound`."""
        view = self.get(code)
        if version == view.version:
            return view
        row = by_key(CategoryVersion, id=f"{code}:{version}")
        if row is None:
            raise NotFound("这个类别没有第 %(version)s 版", version=version)
        return replace(view, version=version, schema=_plain(row.content["schema"]))

    def path(self, code: str) -> tuple[str, ...]:
        """Codes from the root of the scheme down to this one. Raises `NotFound`."""
        return self.get(code).path

    def forget(self) -> None:
        """Read the scheme anew at the next question: it was changed here."""
        with self._lock:
            self._read_at = None

    def seeded(self) -> "Categories":
        """This, after `seed`."""
        self.seed()
        return self

    def seed(self) -> None:
        """Enter the starting scheme: what is missing, and newer versions of what nobody has edited. Repeatable."""
        stored = {row.code: row for row in Category.objects()}
        scheme = starting_scheme()
        _enter([shipped for shipped in scheme if shipped.code not in stored])
        for shipped in scheme:
            row = stored.get(shipped.code)
            if row is not None and row.version == row.shipped_version < shipped.version:
                _renew(row, shipped, self._clock())
        with self._lock:
            self._read_at = None

    def _unfitting(self, view: CategoryView, version: int) -> Mapping[str, Any] | None:
        """The schema of a former version, if what it described does not fit the one in force. What was published
        never changes, so it is read once."""
        key = (view.code, version, view.version)
        if key not in self._former:
            try:
                schema: Mapping[str, Any] | None = self.version(view.code, version).schema
            except NotFound:  # the program brought this version; what it brought since fits by itself
                schema = None
            if len(self._former) >= MOST_FORMER:
                self._former.clear()
            self._former[key] = None if schema is None or fits(schema, view.schema) else schema
        return self._former[key]

    def _fresh(self) -> Scheme:
        now = self._clock()
        with self._lock:
            stamp = self._changes.stamp([Category._get_collection_name()]) if self._changes else None
            if not self._holds(now, stamp):
                self._views = Scheme((view.code, view) for view in _tree(list(Category.objects())))
                self._read_at, self._stamp = now, stamp
            return self._views

    def _holds(self, now: datetime, stamp: object) -> bool:
        """Whether what was read still stands."""
        if self._read_at is None:
            return False
        if self._changes:
            return stamp == self._stamp
        return 0 <= (now - self._read_at).total_seconds() < FRESH_SECONDS


def _enter(missing: list[StartingCategory]) -> None:
    rows = [
        Category(
            code=shipped.code,
            plain=compartment(shipped.secrecy, core_secret=shipped.core_secret),
            **_values(shipped),
        ).to_mongo()
        for shipped in missing
    ]
    if not rows:
        return
    try:
        Category._get_collection().insert_many(rows, ordered=False)
    except BulkWriteError as fault:  # another process that starts at the same moment was quicker
        if any(one["code"] != DUPLICATE for one in fault.details["writeErrors"]):
            raise


def _renew(row: Any, shipped: StartingCategory, now: datetime) -> None:
    """Put a shipped version in place of the one before, which is kept for what was described by it."""
    said = {name: getattr(row, name) for name in ("name", "name_en", "secrecy", "retention", "filing_scope")}
    former = {
        "code": row.code,
        "version": row.version,
        "content": {**said, "schema": _plain(row.schema)},
        "at": now,
    }
    match = {"_id": f"{row.code}:{row.version}"}
    CategoryVersion._get_collection().update_one(match, {"$setOnInsert": former}, upsert=True)
    values = {f"set__{name}": value for name, value in _values(shipped).items()}
    Category.objects(code=row.code, version=row.version, shipped_version=row.version).update_one(**values)


def _values(shipped: StartingCategory) -> dict[str, Any]:
    return {
        "parent": shipped.parent,
        "order": shipped.order,
        "name": shipped.name,
        "name_en": shipped.name_en,
        "version": shipped.version,
        "shipped_version": shipped.version,
        "schema": dict(shipped.schema),
        "secrecy": shipped.secrecy,
        "core_secret": shipped.core_secret,
        "retention": shipped.retention,
        "living": shipped.living,
        "filing_scope": shipped.filing_scope,
        "archival_class": shipped.archival_class,
    }


def _tree(rows: list[Any]) -> list[CategoryView]:
    """Rows as views in tree order; a parent that does not exist, or is below its own child, counts as none."""
    known = {row.code: row for row in rows}
    paths = {code: _path(code, known) for code in known}
    places = {code: tuple((known[step].order, step) for step in path) for code, path in paths.items()}
    return [_view(known[code], paths[code]) for code in sorted(known, key=lambda code: places[code])]


def _path(code: str, known: Mapping[str, Any]) -> tuple[str, ...]:
    path = [code]
    while (parent := known[path[0]].parent) in known and parent not in path:
        path.insert(0, parent)
    return tuple(path)


def _view(row: Any, path: tuple[str, ...]) -> CategoryView:
    return CategoryView(
        code=row.code,
        parent=row.parent,
        name=row.name,
        name_en=row.name_en,
        path=path,
        version=row.version,
        schema=_plain(row.schema),
        secrecy=row.secrecy,
        core_secret=row.core_secret,
        retention=row.retention,
        living=row.living,
        filing_scope=row.filing_scope,
        archival_class=row.archival_class,
        numbering=row.numbering,
        plain=row.plain,
    )


def _plain(value: Any) -> Any:
    """Without mongoengine's tracking containers, which are slower and not safe to share between threads."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value
