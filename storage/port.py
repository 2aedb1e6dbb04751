"""The port of object storage: what every store promises, whatever holds the bytes.

Errors
    StorageError
    ├── ObjectMissing       the key holds nothing
    ├── ObjectExists        create-once: the key is taken, what it holds is untouched
    ├── ChecksumMismatch    the bytes are not those that were promised; nothing was stored or served to the end
    ├── RangeUnsatisfiable  the range lies outside the object
    ├── KeyRefused          not a key as `storage.keys` makes them; nothing was touched
    ├── PresignRefused      a presigned request is expired, tampered with or incomplete
    ├── StoreFull           no room is left; what is stored stays readable
    ├── StoreUnavailable    the store does not answer; the outcome of a write is unknown, retry with a new key
    ├── ObjectFrozen        the object may not be taken away until somebody lets it go; it is untouched
    └── KeyMissing          the object is whole, the master key that opens it was not given to us
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import BinaryIO, Literal, Protocol

CHUNK = 1 << 20
"""Bytes moved at once: memory per stream stays constant, whatever the object's size."""


class StorageError(Exception):
    """Any fault of a store; adapters let no exception of an SDK or of the operating system out."""


class ObjectMissing(StorageError):
    """The key holds nothing."""


class ObjectExists(StorageError):
    """The key is taken; what it holds is untouched."""


class ChecksumMismatch(StorageError):
    """The bytes differ from the digest or length they were promised to have."""


class RangeUnsatisfiable(StorageError):
    """The range begins at or behind the end of the object."""


class KeyRefused(StorageError):
    """The key has not the one form that a store accepts (B23); nothing was touched."""


class PresignRefused(StorageError):
    """A presigned request is expired, tampered with or incomplete: the answer is 403 and tells no more."""


class StoreFull(StorageError):
    """The store has no room; nothing was stored."""


class StoreUnavailable(StorageError):
    """The store does not answer or answers nonsense; the outcome of a write is unknown."""


class ObjectFrozen(StorageError):
    """The object is archived and stays as it is until whoever may destroy it has let it go (R-VAL-12)."""


class KeyMissing(StorageError):
    """The master key that an encrypted object needs is not among ours; nothing is lost while it exists somewhere."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a store holds under a key: `size` in bytes, `sha256` in lower-case hex ("" when only listed), and of what was
    just written and is larger than one block the digests of its blocks (`storage.blocks`)."""

    key: str
    size: int
    sha256: str = ""
    blocks: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class PresignedRequest:
    """A request that anybody may send until it expires: the one secret is the URL itself, so it is never logged."""

    method: Literal["GET", "PUT"]
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an object that is on its way: `number` from 1, `size` in bytes, `etag` as its store calls it."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class ComingPart:
    """The bytes of one part. `md5` is the raw digest they must have (`Content-MD5`), `size` what was announced."""

    number: int
    source: BinaryIO
    md5: bytes | None = None
    size: int | None = None


class PartStore(Protocol):
    """An object sent in parts, in any order and at once, that appears whole at the end or not at all.

    All parts but the last have the size `storage.parting.part_size` gives. An upload that the store does not
    know (any longer) raises `ObjectMissing`. What is unfinished is no object: no listing shows it.
    """

    def begin(self, key: str, size: int) -> str:
        """Open an upload of `size` bytes under a free key; its id. Raises `StoreFull` if that cannot fit."""
        ...

    def sign(self, key: str, upload: str, number: int, *, expires: timedelta) -> PresignedRequest:
        """A URL that takes a PUT of this part, at the store or at our own server (`verify`)."""
        ...

    def verify(self, key: str, query: Mapping[str, str]) -> tuple[str, int]:
        """Upload and number of a request to ourselves that `sign` gave and that is in time, else `PresignRefused`."""
        ...

    def send(self, key: str, upload: str, part: ComingPart) -> Part:
        """Store a part durably; sent again it replaces the earlier one.

        Wrong bytes, too many or too few raise `ChecksumMismatch`; then the part is as before, or missing.
        """
        ...

    def list(self, key: str, upload: str) -> Sequence[Part]:
        """The parts that are there, by number."""
        ...

    def complete(self, key: str, upload: str, size: int) -> StoredObject:
        """Make the object appear, once: repeated after an unknown outcome it gives the same object.

        `ChecksumMismatch` unless the parts are all those of `size` bytes; what is there stays, so that the
        missing ones can be sent. The digest is not known: `sha256` is "".
        """
        ...

    def abort(self, key: str, upload: str) -> None:
        """Drop an upload and its parts; one that is unknown is no error."""
        ...


class Freezer(Protocol):
    """Write once: what is frozen can be neither replaced nor taken away, by nobody, until it is thawed (R-VAL-12).

    A disk has read-only files for it and refuses; a bucket with object lock has legal holds, which its own server
    keeps against every client.
    """

    @property
    def able(self) -> bool:
        """Whether this store can."""
        ...

    def freeze(self, key: str) -> None:
        """Keep an object as it is; may be repeated. Nothing where the store is not `able`."""
        ...

    def thaw(self, key: str) -> None:
        """Let it go; one that is not frozen, or not there, is no error."""
        ...

    def frozen(self, key: str) -> bool:
        """Whether it is frozen; not, if it is not there."""
        ...


class ObjectStore(Protocol):
    """Create-once storage of immutable byte strings under keys that the program makes (`storage.keys`).

    Streams go both ways in chunks of `CHUNK`. A method that returns has done its work durably: after a crash
    at any later moment the object is there, byte for byte; after a crash before, the key holds nothing.
    """

    presignable: bool
    """Whether `presign` gives URLs that a browser can reach without going through our pages."""

    @property
    def freezer(self) -> Freezer:
        """Who keeps archived contents from being taken away."""
        ...

    def put(
        self, key: str, source: BinaryIO, *, sha256: str | None = None, size: int | None = None
    ) -> StoredObject:
        """Store all that `source` still gives under `key`, which must be free, and return size and digest.

        With `sha256` or `size` given, bytes that differ raise `ChecksumMismatch` and leave no trace.
        """
        ...

    def open(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end` (None = the end of the object), in chunks.

        The object is looked up before this returns: `ObjectMissing` and `RangeUnsatisfiable` are raised here.
        An `end` behind the end of the object means its end. The iterator has `close()` for a reader that stops
        early, and raises `StoreUnavailable` instead of ending when bytes are missing.
        """
        ...

    def stat(self, key: str) -> StoredObject:
        """Size of the object, without reading it."""
        ...

    def delete(self, key: str) -> None:
        """Take the object away; a key that holds nothing is no error, so this may be repeated. `ObjectFrozen`."""
        ...

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[StoredObject]:
        """Every object whose key starts with `prefix` and sorts behind `after`, ascending by key, lazily."""
        ...

    def presign(
        self, method: Literal["GET", "PUT"], key: str, *, expires: timedelta, filename: str = ""
    ) -> PresignedRequest:
        """A URL for one method on one key; `filename` (GET) is what a browser saves the download as.

        `expires` lies between one second and seven days, else `ValueError`.
        """
        ...

    def ready(self) -> None:
        """Return if the store can be read and written now, else raise `StoreUnavailable` saying why."""
        ...
