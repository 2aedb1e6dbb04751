"""Which object holds a content: one per digest inside a compartment, counted, shared by reference (design §2)."""

from collections.abc import Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.models import HeldObject, RecognisedPages
from storage.keys import is_encrypted


def held_id(compartment: str, sha256: str) -> str:
    """The id of the row of a content in a compartment."""
    return f"{compartment}:{sha256}"


class Holding:
    """The held objects of one transaction: read once, changed here, written once."""

    def __init__(self, session: ClientSession, ids: Sequence[str]) -> None:
        self._session = session
        rows = _rows().find({"_id": {"$in": list(set(ids))}}, session=session)
        self._held = {row["_id"]: row for row in rows}
        self._new: set[str] = set()
        self._added: dict[str, int] = {}

    def key(self, held: str) -> str | None:
        """The key that holds this content now, if any does."""
        row = self._held.get(held)
        return row["key"] if row else None

    def hold(self, held: str, *, key: str, size: int) -> str:
        """Count one more reference; return the key that holds the content, which is `key` if it is new here."""
        if held not in self._held:
            compartment, _, sha256 = held.partition(":")
            self._held[held] = {
                "_id": held,
                "compartment": compartment,
                "sha256": sha256,
                "key": key,
                "size": size,
                "refs": 0,
            }
            if not is_encrypted(key):
                self._held[held]["plain_in"] = compartment
            self._new.add(held)
        self._added[held] = self._added.get(held, 0) + 1
        return str(self._held[held]["key"])

    def write(self) -> None:
        """Write what was counted."""
        new = [self._held[held] | {"refs": self._added[held]} for held in self._new]
        known = {held: added for held, added in self._added.items() if held not in self._new}
        if new:
            _rows().insert_many(new, session=self._session)
        if known:
            more = [UpdateOne({"_id": held}, {"$inc": {"refs": added}}) for held, added in known.items()]
            _rows().bulk_write(more, session=self._session)


def let_go(session: ClientSession, compartment: str, sha256: str) -> None:
    """Count one reference less; with the last one the row goes, and the object becomes an orphan to collect."""
    match = {"_id": held_id(compartment, sha256)}
    row = _rows().find_one(match, session=session)
    if row is None:
        return
    if row["refs"] > 1:
        _rows().update_one(match, {"$inc": {"refs": -1}}, session=session)
    else:
        _rows().delete_one(match, session=session)
        pages = RecognisedPages._get_collection()
        pages.update_many({"held": match["_id"]}, {"$set": {"forsaken": True}}, session=session)


def move(session: ClientSession, file: dict[str, Any], compartment: str) -> str:
    """Carry a file's content over to another compartment; return the key that holds it there."""
    held = held_id(compartment, file["sha256"])
    holding = Holding(session, [held])
    key = holding.hold(held, key=file["object_key"], size=file["size"])
    holding.write()
    let_go(session, file["compartment"], file["sha256"])
    return key


def derived_keys(file: Any) -> list[str]:
    """The objects that were made from a file: text, preview, renditions. They are its own, never shared."""
    made = [one["key"] for one in file.renditions.values()]
    return [key for key in (file.text_key, file.preview_key, *made) if key]


def _rows() -> Any:
    return HeldObject._get_collection()
