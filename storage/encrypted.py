"""Encrypted: a store around a store, in which every object has a data key of its own (R-SEC-5, R-SEC-8)."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, cast

from storage.blocks import BlockRows, Blocks, NoBlockRows
from storage.crypto import KEY_BYTES, DataKey, Masters, Wrapped
from storage.disk import DiskStore
from storage.fixity import Intake
from storage.frames import CLEAR, LOCKED, clear_size, frame_count, locked_size
from storage.keys import is_encrypted, proved_by_block
from storage.links import SignedLinks
from storage.parting import place
from storage.port import (
    ChecksumMismatch,
    ComingPart,
    Freezer,
    ObjectFrozen,
    ObjectMissing,
    Part,
    PartStore,
    PresignedRequest,
    PresignRefused,
    StoredObject,
)
from storage.reading import ObjectReader, span
from storage.streams import stream_of

if TYPE_CHECKING:
    from storage.bucket import BucketStore


class KeyRows(Protocol):
    """Where wrapped data keys are kept: with the truth, so that they are backed up with it."""

    def find(self, key: str) -> Wrapped | None:
        """The data key of an object, None if there is none (any longer)."""
        ...

    def add(self, key: str, wrapped: Wrapped) -> bool:
        """Keep a data key durably; False if the object has one already, which stays."""
        ...

    def remove(self, key: str) -> None:
        """Forget a data key; one that is not there is no error."""
        ...


class DataKeys:
    """The data keys of objects. With its data key every copy of an object is gone, wherever it lies."""

    def __init__(self, rows: KeyRows, masters: Masters) -> None:
        self._rows, self._masters = rows, masters

    def make(self, key: str) -> tuple[DataKey, bool]:
        """A data key for a new object, and whether it is new too: a second copy shares that of the first."""
        wrapped = self._rows.find(key)
        if wrapped is None:
            raw = secrets.token_bytes(KEY_BYTES)
            if self._rows.add(key, self._masters.wrap(raw, key)):
                return DataKey(raw, key), True
        return self.get(key), False

    def get(self, key: str) -> DataKey:
        """The data key of an object. Raises `ObjectMissing` if it was destroyed, `KeyMissing`."""
        wrapped = self._rows.find(key)
        if wrapped is None:
            raise ObjectMissing(f"the data key of {key} was destroyed, or never was")
        return DataKey(self._masters.unwrap(wrapped, key), key)

    def destroy(self, key: str) -> None:
        """Make every copy of an object unreadable; may be repeated."""
        self._rows.remove(key)


class EncryptedStore:
    """`ObjectStore` that encrypts what lies under keys that say so (`is_encrypted`); everything else passes by.

    Sizes and digests are those of the clear bytes. An encrypted object is never presigned, its parts are taken by our
    own server. `delete` destroys the data key before it lets go of the bytes. Of plain objects of several blocks
    `blocks` keeps the digests, by which parts of them are proved.
    """

    def __init__(
        self,
        inside: "DiskStore | BucketStore",
        keys: DataKeys,
        links: SignedLinks,
        rows: BlockRows | None = None,
    ) -> None:
        self.inside, self._keys = inside, keys
        self.blocks = Blocks(inside, NoBlockRows() if rows is None else rows)
        self.presignable, self.served_here = inside.presignable, inside.served_here
        self.freezer: Freezer = inside.freezer
        self.parts: PartStore = EncryptedParts(inside.parts, keys, links)

    def put(
        self, key: str, source: BinaryIO, *, sha256: str | None = None, size: int | None = None
    ) -> StoredObject:
        """See `ObjectStore.put`; bytes are held against their promise before they are encrypted."""
        if not is_encrypted(key):
            stored = self.inside.put(key, source, sha256=sha256, size=size)
            self.blocks.note(key, stored.size, stored.blocks)
            return stored
        data_key, made = self._keys.make(key)
        intake = Intake(source, sha256=sha256, size=size)
        locking = Locking(intake, data_key, lambda: intake.stored(key))
        try:
            self.inside.put(key, cast("BinaryIO", locking), size=None if size is None else locked_size(size))
        except BaseException:
            if made:
                self._keys.destroy(key)
            raise
        return intake.stored(key)

    def open(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `ObjectStore.open`; reads whole frames, of which a range takes at most one more at either end."""
        if not is_encrypted(key):
            return self.inside.open(key, start=start, end=end)
        data_key = self._keys.get(key)
        size = clear_size(self.inside.stat(key).size)
        first, behind = span(size, start, end)
        if first == behind and size:
            return ObjectReader.empty()
        frames = range(first // CLEAR, max(first // CLEAR + 1, -(-behind // CLEAR)))
        source = self.inside.open(key, start=frames.start * LOCKED, end=frames.stop * LOCKED)
        opening = Opening(source, data_key, frames, frame_count(size))
        opening.skip(first % CLEAR)
        return ObjectReader(opening.read, opening.close, behind - first)

    def stat(self, key: str) -> StoredObject:
        """See `ObjectStore.stat`."""
        return _clear(self.inside.stat(key))

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`; no copy of an encrypted object can be read afterwards (crypto-erase)."""
        if self.freezer.frozen(key):
            raise ObjectFrozen(f"{key} is frozen")  # before its data key is gone
        if is_encrypted(key):
            self._keys.destroy(key)
        self.inside.delete(key)
        if proved_by_block(key):
            self.blocks.forget(key)

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[StoredObject]:
        """See `ObjectStore.list`."""
        return map(_clear, self.inside.list(prefix, after=after))

    def presign(
        self, method: Literal["GET", "PUT"], key: str, *, expires: timedelta, filename: str = ""
    ) -> PresignedRequest:
        """See `ObjectStore.presign`; `PresignRefused` for what is encrypted."""
        if is_encrypted(key):
            raise PresignRefused("an encrypted object streams through fonds")
        return self.inside.presign(method, key, expires=expires, filename=filename)

    def verify(self, method: str, key: str, query: Mapping[str, str]) -> None:
        """As the store inside does, which signed the link; `PresignRefused` for what is encrypted."""
        if is_encrypted(key) or not self.inside.served_here:
            raise PresignRefused("not a presigned request")
        self.inside.verify(method, key, query)

    def ready(self) -> None:
        """See `ObjectStore.ready`."""
        self.inside.ready()

    def lying(self, key: str, *, sha256: str = "") -> Iterator[bytes]:
        """The bytes as they lie, for a copy that stays encrypted; opened on the way, and held against `sha256`.

        The last chunk is held back until the whole proves right: `ChecksumMismatch`.
        """
        if not is_encrypted(key):
            yield from self.inside.open(key)
            return
        data_key, passed, digest = self._keys.get(key), list[bytes](), hashlib.sha256()
        size = clear_size(self.inside.stat(key).size)

        def noted() -> Iterator[bytes]:
            for chunk in self.inside.open(key):
                passed.append(chunk)
                yield chunk

        opening = Opening(noted(), data_key, range(frame_count(size)), frame_count(size))
        while clear := opening.read(CLEAR):
            digest.update(clear)
            while len(passed) > 1:
                yield passed.pop(0)
        if sha256 and digest.hexdigest() != sha256:
            raise ChecksumMismatch(f"SHA-256 {digest.hexdigest()} instead of {sha256}")
        yield from passed

    def clear(self, key: str, lying: Iterator[bytes], size: int) -> Iterator[bytes]:
        """The clear bytes of a copy of an object, which is given as it lies and is `size` bytes long like this.

        Raises `ObjectMissing` if its data key was destroyed, `ChecksumMismatch` if a frame is not what was locked.
        """
        if not is_encrypted(key):
            yield from lying
            return
        count = frame_count(clear_size(size))
        opening = Opening(lying, self._keys.get(key), range(count), count)
        while piece := opening.read(1 << 20):
            yield piece


class EncryptedParts:
    """`PartStore` whose encrypted objects are sent to our own server, part by part, and leave it encrypted.

    The id of such an upload begins with the clear size: SIZE.ID.
    """

    def __init__(self, inside: PartStore, keys: DataKeys, links: SignedLinks) -> None:
        self._inside, self._keys, self._links = inside, keys, links

    def begin(self, key: str, size: int) -> str:
        """See `PartStore.begin`."""
        if not is_encrypted(key):
            return self._inside.begin(key, size)
        self._keys.make(key)
        return f"{size}.{self._inside.begin(key, locked_size(size))}"

    def sign(self, key: str, upload: str, number: int, *, expires: timedelta) -> PresignedRequest:
        """See `PartStore.sign`."""
        if not is_encrypted(key):
            return self._inside.sign(key, upload, number, expires=expires)
        return PresignedRequest("PUT", self._links.sign_part(key, upload, number, expires))

    def verify(self, key: str, query: Mapping[str, str]) -> tuple[str, int]:
        """See `PartStore.verify`."""
        return self._links.verify_part(key, query) if is_encrypted(key) else self._inside.verify(key, query)

    def send(self, key: str, upload: str, part: ComingPart) -> Part:
        """See `PartStore.send`; no two sendings of a part have a nonce in common."""
        if not is_encrypted(key):
            return self._inside.send(key, upload, part)
        size, name = _told(upload)
        start, length = place(size, part.number)
        if part.size not in (None, length):
            raise ChecksumMismatch(f"part {part.number} has {length} bytes, {part.size} are coming")
        source = _Measured(part.source, length)
        frames = range(start // CLEAR, frame_count(size))
        locking = Locking(source, self._keys.get(key), lambda: source.require(part.md5), frames)
        coming = ComingPart(part.number, cast("BinaryIO", locking), None, locked_size(length))
        return replace(self._inside.send(key, name, coming), size=length)

    def list(self, key: str, upload: str) -> Sequence[Part]:
        """See `PartStore.list`."""
        if not is_encrypted(key):
            return self._inside.list(key, upload)
        return [
            replace(part, size=clear_size(part.size)) for part in self._inside.list(key, _told(upload)[1])
        ]

    def complete(self, key: str, upload: str, size: int) -> StoredObject:
        """See `PartStore.complete`."""
        if not is_encrypted(key):
            return self._inside.complete(key, upload, size)
        self._inside.complete(key, _told(upload)[1], locked_size(size))
        return StoredObject(key, size)

    def abort(self, key: str, upload: str) -> None:
        """See `PartStore.abort`."""
        if not is_encrypted(key):
            self._inside.abort(key, upload)
            return
        self._keys.destroy(key)
        with suppress(ObjectMissing):
            self._inside.abort(key, _told(upload)[1])


class Locking:
    """A readable of frames, locked one after the other while it is read; at its end `proof` may still refuse."""

    def __init__(
        self,
        source: Any,
        key: DataKey,
        proof: Callable[[], object],
        frames: range | None = None,
    ) -> None:
        """`frames`: from the first of a part to the object's last. Without them the source is the whole object, and
        its end the last frame."""
        self._source, self._key, self._proof = source, key, proof
        self._number = frames.start if frames else 0
        self._behind = frames.stop if frames else None
        self._done = False
        self._held, self._next = b"", b""

    def read(self, limit: int = -1) -> bytes:
        """The next bytes, at most `limit`; empty at the end."""
        wanted = limit if limit >= 0 else 1 << 62
        pieces, have = [self._held], len(self._held)
        while have < min(wanted, 1 << 20) and (frame := self._frame()):
            pieces.append(frame)
            have += len(frame)
        whole = b"".join(pieces)
        self._held = whole[wanted:]
        return whole[:wanted]

    def _frame(self) -> bytes:
        if self._done:
            return b""
        clear = self._next or self._filled()
        # One frame ahead: only at the end is it known which one is the last.
        self._next = self._filled() if len(clear) == CLEAR else b""
        self._done = not self._next
        if self._done:
            self._proof()
        last = self._done if self._behind is None else self._number == self._behind - 1
        locked = self._key.lock(clear, self._number, last=last)
        self._number += 1
        return locked

    def _filled(self) -> bytes:
        clear = bytearray()
        while len(clear) < CLEAR and (piece := self._source.read(CLEAR - len(clear))):
            clear += piece
        return bytes(clear)


class Opening:
    """Clear bytes of some frames, which come in chunks of any size."""

    def __init__(self, source: Iterator[bytes], key: DataKey, frames: range, count: int) -> None:
        """`count` is the number of frames of the whole object."""
        self._source, self._stream, self._key = source, stream_of(source), key
        self._frames, self._count = iter(frames), count
        self._held = b""

    def skip(self, count: int) -> None:
        """Leave out the first bytes."""
        if count:
            self._fill()
            self._held = self._held[count:]

    def read(self, limit: int) -> bytes:
        """The next bytes, at most `limit`; empty behind the last frame. Raises `ChecksumMismatch`."""
        pieces, have = list[bytes](), 0
        while have < limit and (self._held or self._fill()):
            piece, self._held = self._held[: limit - have], self._held[limit - have :]
            pieces.append(piece)
            have += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Let go of the source."""
        close = getattr(self._source, "close", None)
        if close is not None:
            close()

    def _fill(self) -> bool:
        number = next(self._frames, None)
        if number is None:
            return False
        locked = self._stream.read(LOCKED)
        self._held = self._key.open(locked, number, last=number == self._count - 1)
        return bool(self._held)


class _Measured:
    """A part's bytes on their way: counted, and digested as its sender did."""

    def __init__(self, source: BinaryIO, length: int) -> None:
        self._source, self._length = source, length
        self._md5, self._seen = hashlib.md5(usedforsecurity=False), 0

    def read(self, limit: int) -> bytes:
        chunk = self._source.read(limit)
        self._seen += len(chunk)
        if self._seen > self._length:
            raise ChecksumMismatch(f"more than the {self._length} bytes of this part")
        self._md5.update(chunk)
        return chunk

    def require(self, md5: bytes | None) -> None:
        if self._source.read(1):
            raise ChecksumMismatch(f"more than the {self._length} bytes of this part")
        if self._seen != self._length:
            raise ChecksumMismatch(
                f"{self._length - self._seen} of {self._length} bytes of this part are missing"
            )
        if md5 not in (None, self._md5.digest()):
            raise ChecksumMismatch("the part differs from its Content-MD5")


def _clear(lying: StoredObject) -> StoredObject:
    return replace(lying, size=clear_size(lying.size)) if is_encrypted(lying.key) else lying


def _told(upload: str) -> tuple[int, str]:
    size, dot, name = upload.partition(".")
    if not dot or not (size.isascii() and size.isdecimal()):
        raise ObjectMissing(f"no upload {upload[:80]!r}")
    return int(size), name
