"""Unpacking: the files that a file carries, handed out of the jail in rounds to become files of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest.draft import Carries, Draft, Full, Nest, Source, Unreadable
from ingest.files.sniff import sniff
from ingest.formats import ranked
from ingest.inner import MAX_MEMBER
from ingest.jail.frames import Allow, Reply

MAX_ROUND = 1000
"""Members of one reply, whose list must fit into its body."""
_LONGEST = 400
"""Characters of a member's path."""


class Enough(Exception):
    """The reply is full: the rest is asked for by another order."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A member: which it is among all that are handed out (from 1), its part's number, its path inside, its bytes."""

    serial: int
    number: int
    path: str
    data: bytes


def unpack(source: Source, after: int, allow: Allow) -> Reply:
    """Members behind the first `after`, as many as fit: their list in the body, their bytes one after the other."""
    listed: list[list[Any]] = []
    blob = bytearray()

    def take(serial: int, number: int, name: str, data: bytes) -> None:
        if listed and (len(blob) + len(data) > MAX_MEMBER or len(listed) >= MAX_ROUND):
            raise Enough
        listed.append([serial, number, name[:_LONGEST], len(data)])
        blob.extend(data)

    source.nest = Nest(source.nest.depth, adopting=True, after=after, take=take)
    for reader in ranked(sniff(source))[:1]:
        allow(reader.memory, reader.seconds)
        try:
            carry = reader.carried if isinstance(reader, Carries) else reader.read
            carry(source, Draft(mute=True))
        except (Enough, Full, Unreadable):
            break
        except Exception:  # noqa: BLE001 - what was unpacked before stays, as with text
            break
    return Reply({"members": listed}, bytes(blob))


def unpacked(reply: Reply, after: int) -> Sequence[Unpacked]:
    """The members of a reply; it comes from a process that read hostile bytes, so what does not fit ends the list."""
    found: list[Unpacked] = []
    start = 0
    rows = reply.body.get("members")
    for row in rows if isinstance(rows, list) else ():
        try:
            serial, number, path, size = row
            sound = (
                after < serial < 1 << 20 and 0 <= number < 1 << 20 and 0 <= size <= len(reply.text) - start
            )
        except (TypeError, ValueError):
            break
        if not sound or not isinstance(path, str):
            break
        found.append(Unpacked(serial, number, path, reply.text[start : start + size]))
        start, after = start + size, serial
    return found
