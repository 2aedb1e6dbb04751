"""Encrypting: which objects are to be encrypted, what has yet to be, and the change of the master key (R-SEC-5, R-SEC-8)."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from mongoengine.errors import NotUniqueError
from pymongo.client_session import ClientSession

from service.audit import Audit
from service.domain.permissions import COMPARTMENTS, Act, Actor, may
from service.errors import Conflict, Forbidden
from service.models import DataKeyRow, File, HeldObject, MasterKeyRow, NearSketch, RecognisedPages
from service.models.connection import in_transaction
from service.models.reading import by_key
from service.models.transactions import delete_rows, insert_row
from service.usecases.contents.freezing import Freezing
from service.usecases.safekeeping.checking import Progress
from storage.crypto import Masters, Wrapped
from storage.fixity import verified
from storage.keys import Kind, is_encrypted, new_key
from storage.port import ChecksumMismatch, KeyMissing, ObjectMissing, ObjectStore
from storage.streams import stream_of

log = logging.getLogger(__name__)
LOT = 20
REWRAPPED = 200


class KeyRowsInDatabase:
    """`storage.encrypted.KeyRows` over the database."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def find(self, key: str) -> Wrapped | None:
        """See `KeyRows`."""
        row = by_key(DataKeyRow, id=key)
        return Wrapped(row.master, bytes(row.locked)) if row else None

    def add(self, key: str, wrapped: Wrapped) -> bool:
        """See `KeyRows`. The master key is on record before anything that it wraps."""
        if wrapped.master not in self._known:
            note_master(wrapped.master)
            self._known.add(wrapped.master)
        try:
            insert_row(DataKeyRow(id=key, master=wrapped.master, locked=wrapped.locked))
        except NotUniqueError:
            return False
        return True

    def remove(self, key: str) -> None:
        """See `KeyRows`."""
        delete_rows(DataKeyRow.objects(id=key))


def note_master(master: str) -> None:
    """Write down that a master key is in use."""
    MasterKeyRow.objects(id=master).update_one(upsert=True, set_on_insert__first_used_at=datetime.now(UTC))


def lacking_masters(masters: Masters) -> list[str]:
    """Ids of master keys that wrap data keys here and were not given to us."""
    used = {row.id for row in MasterKeyRow.objects.limit(1000)}
    return sorted(used - set(known_ids(masters)))


def known_ids(masters: Masters) -> list[str]:
    """The ids of the master keys, none of a key service that cannot be asked."""
    try:
        return masters.ids()
    except KeyMissing as fault:
        log.warning("the master keys cannot be told: %s", fault, extra={"event": "keys_away"})
        return []


def encrypted_places(extent: str, *, able: bool) -> frozenset[str]:
    """Compartments whose objects are encrypted: `extent` "secret" = all but the open one, "all"; none if not `able`."""
    if not able:
        return frozenset()
    return frozenset(COMPARTMENTS) if extent == "all" else frozenset(COMPARTMENTS) - {"L0"}


@dataclass(frozen=True, slots=True)
class RotationReport:
    """What a rotation did: the new master key, how many data keys it now wraps, which old ones were taken away."""

    master: str
    rewrapped: int
    retired: list[str]


class Encrypting:
    """Sees to it that what belongs into a compartment to be encrypted is, however it came there."""

    def __init__(
        self,
        store: ObjectStore,
        masters: Masters,
        places: frozenset[str],
        audit: Audit,
        forget: Callable[[str], None],
    ) -> None:
        """`forget` lets go of second copies."""
        self._store, self._masters, self._places = store, masters, places
        self._audit, self._forget, self._freezing = audit, forget, Freezing(store)

    def content_key(self, place: str) -> str:
        """A fresh key for a content that is to lie in the compartment `place`, "" = that is not known yet."""
        everything = len(self._places) == len(COMPARTMENTS)
        return new_key("content", encrypted=place in self._places or everything)

    def drain(self) -> int:
        """Encrypt some of what still lies in clear where it should not: it was moved, or came before its category
        was known, or before encryption was switched on. How many objects."""
        if not self._places:
            return 0
        waiting = list(HeldObject.objects(plain_in__in=sorted(self._places)).limit(LOT))
        return sum(self._encrypt(row) for row in waiting)

    def state(self, actor: Actor) -> Mapping[str, Any]:
        """The master keys, which one wraps what is new, and which are lacking. Raises `Forbidden`."""
        _require(actor)
        ids = known_ids(self._masters)
        return {
            "places": sorted(self._places),
            "current": ids[0] if ids else "",
            "masters": ids,
            "lacking": lacking_masters(self._masters),
        }

    def rotate(self, actor: Actor, *, retire: bool = False) -> Iterator[Progress | RotationReport]:
        """Wrap every data key by a new master key; no object is touched. May be repeated after a crash.

        Where keys are not kept in a file, the new one must have been put first already. `retire` takes the old ones
        away afterwards: backups that were taken before can then no longer be read. Raises `Forbidden`, `Conflict`.
        """
        _require(actor)
        if not self._masters:
            raise Conflict("没有设置主密钥（FONDS_MASTER_KEY），无从更换")
        if missing := lacking_masters(self._masters):
            raise Conflict("缺少主密钥 %(ids)s，先把它补上再更换", ids="、".join(missing))
        if self._masters.changeable:
            self._renewed()
        elif retire:
            raise Conflict("主密钥不在文件中，请在其所在之处移除旧密钥")
        current = self._masters.ids()[0]
        note_master(current)
        return self._rotate(actor, current, retire=retire)

    def _renewed(self) -> None:
        try:
            self._masters.add()  # a key service makes a new version, if its token may
        except KeyMissing as fault:
            raise Conflict("没有换成主密钥：%(why)s", why=str(fault)) from fault

    def _rotate(self, actor: Actor, current: str, *, retire: bool) -> Iterator[Progress | RotationReport]:
        old, done = [row.id for row in MasterKeyRow.objects.limit(1000) if row.id != current], 0
        for master in old:
            while rows := list(DataKeyRow.objects(master=master).limit(REWRAPPED)):
                for row in rows:
                    self._rewrap(row)
                done += len(rows)
                yield Progress("keys", done, done)
        if retire:
            self._masters.retire(set(old))
            delete_rows(MasterKeyRow.objects(id__in=old))
        self._audit.insert(
            actor, "rotate_keys", "keys", current, rewrapped=done, retired=len(old) if retire else 0
        )
        yield RotationReport(current, done, old if retire else [])

    def _rewrap(self, row: Any) -> None:
        raw = self._masters.unwrap(Wrapped(row.master, bytes(row.locked)), row.id)
        wrapped = self._masters.wrap(raw, row.id)
        match = DataKeyRow.objects(id=row.id, master=row.master)  # destroyed meanwhile: it must not come back
        match.update_one(set__master=wrapped.master, set__locked=wrapped.locked)

    def _encrypt(self, held: Any) -> int:
        if self._files(held, None, busy=True):
            return 0  # what is read from it now would be stored in clear: it waits for the end of that
        made = {held.key: new_key("content", encrypted=True)}
        try:
            self._copy(held.key, made[held.key], sha256=held.sha256, size=held.size)
            for old in self._derived(held):
                made[old] = new_key(cast("Kind", old.partition("/")[0]), encrypted=True)
                self._copy(old, made[old])
        except (ChecksumMismatch, ObjectMissing) as fault:
            # The patrol tells of it; until somebody has mended it, the next ones must not wait for it.
            log.warning("not encrypted: %s: %s", held.key, fault, extra={"event": "not_encrypted"})
            HeldObject.objects(id=held.id, key=held.key).update_one(
                set__plain_in=f"damaged:{held.compartment}"
            )
            gone, done = list(made.values()), 1
        else:
            swapped = in_transaction(lambda session: self._swap(session, held, made))
            gone = self._unused(held, made) if swapped else list(made.values())
            done = int(swapped)
            if swapped:
                self._freezing.keep(made[held.key])
        for key in gone:
            self._store.freezer.thaw(key)
            self._store.delete(key)
            self._forget(key)
        return done

    def _copy(self, old: str, new: str, *, sha256: str = "", size: int | None = None) -> None:
        chunks = self._store.open(old)
        if sha256:
            chunks = verified(chunks, sha256=sha256, size=size or 0)
        self._store.put(new, stream_of(chunks), sha256=sha256 or None, size=size)

    def _swap(self, session: ClientSession, held: Any, made: Mapping[str, str]) -> bool:
        rows = HeldObject._get_collection()
        renamed = {"$set": {"key": made[held.key]}, "$unset": {"plain_in": 1}}
        if self._files(held, session, busy=True):
            return False
        if not rows.update_one({"_id": held.id, "key": held.key}, renamed, session=session).modified_count:
            return False
        for file in self._files(held, session):
            values = {name: made[old] for name, old in _named(file).items() if old in made}
            File._get_collection().update_one({"_id": file["_id"]}, {"$set": values}, session=session)
            # by what it is known again would tell of it in clear
            NearSketch._get_collection().delete_one({"_id": file["_id"]}, session=session)
        pages = RecognisedPages._get_collection()
        for row in list(pages.find({"held": held.id}, session=session)):
            if row.get("key") in made:
                renamed = {"$set": {"key": made[row["key"]]}}
                pages.update_one({"_id": row["_id"]}, renamed, session=session)
        return True

    def _derived(self, held: Any) -> set[str]:
        """What was made from a content in its compartment and lies in clear."""
        keys = {row.key for row in RecognisedPages.objects(held=held.id)}
        for file in self._files(held, None):
            keys |= set(_named(file).values())
        return {key for key in keys - {held.key} if key and not is_encrypted(key)}

    def _files(self, held: Any, session: ClientSession | None, *, busy: bool = False) -> list[dict[str, Any]]:
        """The files of a content in its compartment; `busy`: those that a worker has or will have."""
        found = File._get_collection().find({"object_key": held.key}, session=session)
        mine = (cast("dict[str, Any]", file) for file in found if file["compartment"] == held.compartment)
        return [file for file in mine if not busy or file["state"] in ("pending", "running")]

    def _unused(self, held: Any, made: Mapping[str, str]) -> list[str]:
        """What lay in clear and is named by nobody any more."""
        still = bool(list(HeldObject.objects(key=held.key).limit(1)))
        return [key for key in made if key != held.key or not still]


def _named(file: Mapping[str, Any]) -> dict[str, str]:
    """The keys of objects in a file's row, by the dotted names of their fields."""
    named = {name: file.get(name, "") for name in ("object_key", "text_key", "preview_key")}
    made = {f"renditions.{name}.key": one["key"] for name, one in file.get("renditions", {}).items()}
    return named | made


def _require(actor: Actor) -> None:
    if not may(actor, Act.OPERATE):
        raise Forbidden
