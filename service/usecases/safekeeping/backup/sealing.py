"""Sealing: what goes to a backup target is locked while it passes (age, so that any age reads it)."""

import io
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

import pyrage

from storage.port import ChecksumMismatch


class BadKey(ValueError):
    """What was given is no recipient or no identity of age."""


class KeyWanted(BadKey):
    """What is to be read is sealed, and no private key was given."""


class Seal:
    """Locks with a public key and opens with the private one. Without any, bytes pass as they are.

    `recipient` is `age1…`, or ""; `identities` are lines `AGE-SECRET-KEY-1…` as `age-keygen` writes them.
    """

    def __init__(self, recipient: str = "", identities: Sequence[str] = ()) -> None:
        try:
            self._to = [pyrage.x25519.Recipient.from_str(recipient)] if recipient else []
            self._from = [pyrage.x25519.Identity.from_str(line) for line in identities]
        except (pyrage.RecipientError, pyrage.IdentityError) as fault:
            raise BadKey(str(fault)) from None

    @property
    def locks(self) -> bool:
        """Whether anything is sealed by this."""
        return bool(self._to)

    @contextmanager
    def locked(self, source: BinaryIO) -> Iterator[BinaryIO]:
        """`source` as it is written to a backup target."""
        if not self._to:
            yield source
            return
        with _piped(lambda sink: pyrage.encrypt_io(source, sink, self._to)) as sealed:
            yield sealed

    @contextmanager
    def opened(self, source: BinaryIO, *, sealed: bool) -> Iterator[BinaryIO]:
        """`source` of a backup target as it was before. Raises `BadKey` without the private key, and while it is read
        `ChecksumMismatch` if it is not what was sealed."""
        if not sealed:
            yield source
            return
        if not self._from:
            raise KeyWanted("the backup is sealed: its private key is needed (--identity FILE)")
        with _piped(lambda sink: self._open(source, sink)) as clear:
            yield clear

    def _open(self, source: BinaryIO, sink: IO[bytes]) -> None:
        try:
            pyrage.decrypt_io(source, sink, self._from)
        except OSError as fault:
            if fault.errno is None:  # of age itself, which tells so what was changed or cut
                raise ChecksumMismatch(f"what was sealed is damaged: {fault}") from fault
            raise


@contextmanager
def _piped(work: Callable[[IO[bytes]], None]) -> Iterator[BinaryIO]:
    """What `work` writes, to be read while it works. Its fault is raised where the reading ends."""
    reading, writing = os.pipe()
    faults: list[Exception] = []

    def run() -> None:
        with os.fdopen(writing, "wb") as sink:
            try:
                work(sink)
            except BrokenPipeError:
                return  # the reader has stopped for a reason of its own
            except Exception as fault:  # noqa: BLE001  raised again in the reader's thread
                faults.append(fault)

    thread = threading.Thread(target=run, name="seal")
    with os.fdopen(reading, "rb") as source:
        thread.start()
        try:
            yield cast("BinaryIO", _Ending(source, thread, faults))
        finally:
            source.close()
            thread.join()


class _Ending(io.RawIOBase):
    """A pipe whose end is an end only if the writer has succeeded."""

    def __init__(self, source: BinaryIO, writer: threading.Thread, faults: list[Exception]) -> None:
        self._source, self._writer, self._faults = source, writer, faults

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # any buffer will do
        """See `io.RawIOBase`; stores take large objects like this."""
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def read(self, size: int = -1) -> bytes:
        """See `io.RawIOBase`; raises what the writer raised."""
        chunk = self._source.read(size)
        if not chunk or size < 0:
            self._writer.join()
            if self._faults:
                fault = self._faults[0]
                raise BadKey(str(fault)) if isinstance(fault, pyrage.DecryptError) else fault
        return chunk
