"""A shared folder of Windows or Samba as an origin: SMB spoken directly, nothing mounted."""

import errno
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import smbclient
from smbprotocol.exceptions import SMBException, SMBOSError
from smbprotocol.file_info import FileAttributes
from smbprotocol.header import NtStatus

from ingest.files.walk import Entry, aside
from ingest.migrate.port import Counted, OriginUnusable

_NO_ENTRY = ("用户名或密码不对", "the name or the password is wrong")
_DENIED = ("这个用户不能读，请共享的管理员开放读取", "this user may not read it; ask whoever runs the share")
_NO_FOLDER = ("共享里没有这个文件夹，检查地址", "there is no such folder in the share; check the address")
WHY = {
    NtStatus.STATUS_LOGON_FAILURE: _NO_ENTRY,
    NtStatus.STATUS_WRONG_PASSWORD: _NO_ENTRY,
    NtStatus.STATUS_ACCESS_DENIED: _DENIED,
    NtStatus.STATUS_BAD_NETWORK_NAME: (
        "服务器上没有这个共享，检查地址",
        "the server has no such share; check the address",
    ),
    NtStatus.STATUS_OBJECT_NAME_NOT_FOUND: _NO_FOLDER,
    NtStatus.STATUS_OBJECT_PATH_NOT_FOUND: _NO_FOLDER,
}
"""What the server answers → why, in Chinese and English."""
EPOCH_1601 = 116_444_736_000_000_000
"""1970-01-01 in the 100 ns steps since 1601 that SMB counts in."""


@dataclass(frozen=True, slots=True)
class ShareAddress:
    """Where the share is and who asks; `path` is a folder below it."""

    server: str
    share: str
    path: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    port: int = 445


class ShareOrigin:
    """See `Origin`. Names come as Unicode: a server keeps to itself those that it cannot give so."""

    def __init__(self, address: ShareAddress) -> None:
        self._at = address
        self._cache: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """smb://SERVER/SHARE/PATH."""
        port = f":{self._at.port}" if self._at.port != 445 else ""
        return "/".join(filter(None, [f"smb://{self._at.server}{port}", self._at.share, self._at.path]))

    def entries(self) -> Iterator[Entry]:
        """See `Origin`."""
        try:
            top = sorted(smbclient.scandir(self._unc(""), **self._how()), key=lambda one: one.name)
        except (SMBException, OSError, ValueError) as fault:
            raise OriginUnusable(
                f"读不了共享 {self.address}：{_told(fault)[0]}",
                f"Cannot read the share {self.address}: {_told(fault)[1]}",
            ) from fault
        yield from self._walk(top)

    def open(self, entry: Entry) -> Counted:
        """See `Origin`. Others may go on writing meanwhile, as if nobody read."""
        try:
            stream = smbclient.open_file(
                self._unc(entry.path), mode="rb", buffering=1 << 20, share_access="rwd", **self._how()
            )
        except SMBOSError as fault:
            raise OSError(fault.errno or errno.EIO, str(fault)) from fault
        except (SMBException, ValueError) as fault:
            raise OSError(errno.EIO, str(fault)) from fault
        return Counted(cast("Any", stream), entry.size)

    def close(self) -> None:
        """Hang up."""
        smbclient.reset_connection_cache(connection_cache=self._cache, fail_on_error=False)

    def _how(self) -> dict[str, Any]:
        with self._lock:
            if not self._cache:
                smbclient.register_session(
                    self._at.server,
                    username=self._at.username or None,
                    password=self._at.password or None,
                    port=self._at.port,
                    connection_cache=self._cache,
                    connection_timeout=20,
                    auth_protocol="ntlm",
                    require_signing=bool(self._at.username),
                )
        return {"port": self._at.port, "connection_cache": self._cache}

    def _unc(self, path: str) -> str:
        inside = "/".join(filter(None, [self._at.path, path])).replace("/", "\\")
        return rf"\\{self._at.server}\{self._at.share}" + (f"\\{inside}" if inside else "")

    def _walk(self, top: list[Any]) -> Iterator[Entry]:
        """Depth first, without recursion."""
        stack = [("", iter(top))]
        while stack:
            above, listed = stack[-1]
            found = next(listed, None)
            if found is None:
                stack.pop()
                continue
            path = f"{above}{found.name}"
            if found.is_symlink() or not found.is_dir(follow_symlinks=False):
                yield _entry(found, path)
                continue
            try:
                inside = sorted(smbclient.scandir(self._unc(path), **self._how()), key=lambda one: one.name)
            except (SMBException, OSError) as fault:
                reason = "vanished" if getattr(fault, "errno", 0) == errno.ENOENT else "unreadable_folder"
                yield Entry(path.encode("utf-8", "replace"), path, "failed", reason)
                continue
            stack.append((f"{path}/", iter(inside)))


def _entry(found: Any, path: str) -> Entry:
    info = found.smb_info
    size, modified = int(info.end_of_file), _moment(info.last_write_time)
    reason = aside(found.name.lower(), size)
    if info.file_attributes & FileAttributes.FILE_ATTRIBUTE_REPARSE_POINT:
        reason = "link"
    raw = path.encode("utf-8", "surrogatepass")
    stamp = str(_ticks(info.last_write_time))
    return Entry(raw, path, "set_aside" if reason else "file", reason, size, modified, b"", stamp)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.fromtimestamp((value - EPOCH_1601) / 10_000_000, UTC) if value else None


def _ticks(value: Any) -> int:
    return int(value.timestamp() * 1_000_000) if isinstance(value, datetime) else int(value or 0)


def _told(fault: Exception) -> tuple[str, str]:
    """Why it cannot be read and what to do, in Chinese and English; where the reason is not known, as it was told."""
    status = int(getattr(fault, "ntstatus", 0) or getattr(fault, "status", 0) or 0)
    if status in WHY:
        return WHY[status]
    reason = fault.__cause__ if isinstance(fault, ValueError) else fault
    if isinstance(reason, socket.gaierror):
        return "没有这个名字的服务器，检查地址", "there is no server of this name; check the address"
    if isinstance(reason, ConnectionError | TimeoutError):
        return (
            "连不上服务器，检查它是否开着、地址和端口对不对",
            "the server cannot be reached; check that it runs, its address and its port",
        )
    plain = str(getattr(fault, "message", "") or fault)[:300]
    return f"{plain}。检查地址、用户名和密码", f"{plain}. Check the address, the name and the password"
