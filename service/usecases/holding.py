"""Which object holds a content: one per digest inside a compartment, counted, shared by reference (design §2)."""

from typing import Any

from pymongo.client_session import ClientSession

from service.models import HeldObject


def hold(session: ClientSession, compartment: str, sha256: str, *, key: str, size: int) -> str:
    """Count one more reference to this content; return the key that holds it, which is `key` if it is new here."""
    held = HeldObject._get_collection()
    name = f"{compartment}:{sha256}"
    if held.update_one({"_id": name}, {"$inc": {"refs": 1}}, session=session).matched_count:
        return str(held.find_one({"_id": name}, session=session)["key"])
    row = {"_id": name, "compartment": compartment, "sha256": sha256, "key": key, "size": size, "refs": 1}
    held.insert_one(row, session=session)
    return key


def let_go(session: ClientSession, compartment: str, sha256: str) -> None:
    """Count one reference less; with the last one the row goes, and the object becomes an orphan to collect."""
    held = HeldObject._get_collection()
    name = f"{compartment}:{sha256}"
    row = held.find_one({"_id": name}, session=session)
    if row is None:
        return
    if row["refs"] > 1:
        held.update_one({"_id": name}, {"$inc": {"refs": -1}}, session=session)
    else:
        held.delete_one({"_id": name}, session=session)


def move(session: ClientSession, file: dict[str, Any], compartment: str) -> str:
    """Carry a file's content over to another compartment; return the key that holds it there."""
    key = hold(session, compartment, file["sha256"], key=file["object_key"], size=file["size"])
    let_go(session, file["compartment"], file["sha256"])
    return key
