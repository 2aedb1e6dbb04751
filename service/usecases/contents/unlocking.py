"""Opening encrypted files: a password that somebody gives is used for one reading and then forgotten."""

import secrets
import threading
from collections.abc import Callable
from typing import Protocol

from service.audit import Audit
from service.domain.holdings import FileView
from service.domain.permissions import Act, Actor
from service.errors import Conflict, Fault, InvalidInput
from service.models import File
from service.models.archive import SLOTS
from service.models.reading import by_key
from service.usecases.describing.showing import known_file, show_file

LONGEST = 255
"""Characters of a password."""
PATIENCE = 25.0
"""Seconds for which the asker waits; a longer reading goes on by itself."""


class Reader(Protocol):
    """Reads a file again, as `ingest.jobs.pipeline.Worker` does."""

    def process(self, file_id: str, *, password: str) -> str:
        """See `Worker.process`."""
        ...

    def close(self) -> None:
        """End what it needs."""
        ...


class Unlocking:
    """Reads encrypted files with the password of somebody who knows it. It is never stored, logged or queued: the
    serving process hands it to a jail of its own."""

    def __init__(self, reader: Callable[[], Reader], audit: Audit, patience: float = PATIENCE) -> None:
        """`reader` is called when the first file is to be opened."""
        self._make, self._audit, self._patience = reader, audit, patience
        self._reader: Reader | None = None
        self._lock = threading.Lock()

    def unlock(self, actor: Actor, file_id: str, password: str) -> FileView:
        """Read the file again with this password, for who may change its record; its text and preview stay then.

        A long reading is still `running` in the answer. Raises `InvalidInput` for a password that does not open it,
        `Conflict` for a file that wants none or is being read, `NotFound`, `Forbidden`.
        """
        row, _ = known_file(actor, file_id, Act.CHANGE)
        if not 0 < len(password) <= LONGEST:
            raise InvalidInput([Fault("password", "required", "请输入 1 至 255 个字符的密码")])
        locked = File.objects(id=row.id, state="done", warning="encrypted", lease_owner=row.lease_owner)
        again = {"set__state": "pending", "set__attempts": 0, "set__stage": "", "set__reason": ""}
        if not locked.update_one(**again, set__slot=secrets.randbelow(SLOTS), unset__finished_at=1):
            raise Conflict("这个文件没有加密，或正在处理")
        self._audit.insert(actor, "unlock", "file", row.id)
        self._read(row.id, password)
        return _opened(show_file(by_key(File, id=row.id)))

    def close(self) -> None:
        """Let go of the reader."""
        with self._lock:
            if self._reader:
                self._reader.close()

    def _read(self, file_id: str, password: str) -> None:
        with self._lock:
            self._reader = reader = self._reader or self._make()
        fates: list[str] = []

        def read() -> None:
            fates.append(reader.process(file_id, password=password))

        thread = threading.Thread(target=read, name="unlocking", daemon=True)
        thread.start()
        thread.join(self._patience)
        if fates and fates[0] != "done":
            raise Conflict("文件正在处理，或这次没有读成，稍后再试")


def _opened(file: FileView) -> FileView:
    if file.state != "done" or file.warning != "encrypted":
        return file
    if file.detail == "unknown_cipher":
        text = "这种加密方式不能在这里打开；在本机解密后另存，再用“换新版本”放进来"
        raise InvalidInput([Fault("password", "unknown_cipher", text)])
    raise InvalidInput([Fault("password", "wrong_password", "密码不对，文件没有打开")])
