"""Settings: one frozen dataclass, the only reader of the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from platformdirs import user_data_path


class SettingsError(Exception):
    """The environment is not usable; `faults` lists everything that is wrong, one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """All that can be set from outside. The field's name in capitals behind `FONDS_` is its variable."""

    home: Path
    """Data directory of this deployment, and of the embedded parts."""
    listen: tuple[str, int]
    """Address and port of HTTP."""
    mongo_url: str = ""
    """mongodb://… ; empty = embedded."""
    objects_url: str = ""
    """s3+http(s)://KEY:SECRET@HOST:PORT/BUCKET or file:///…; empty = embedded."""
    objects_public_url: str = ""
    """Where browsers reach the bucket; empty = bytes stream through fonds."""
    search_url: str = ""
    """http(s)://…:9200 or tantivy:///…; empty = embedded."""
    queue_url: str = ""
    """amqp://…; empty = worker processes of our own."""
    public_url: str = ""
    """The address that people type, when a proxy stands in front; https makes cookies secure."""
    secret: str = ""
    """Signs links and cursors; empty = generated and kept in the home. Servers of one archive share it."""
    workers: int = 0
    """Files processed at once; 0 = one per processor."""
    processes: int = 1
    """HTTP processes; more than one needs every part outside."""
    threads: int = 16
    """HTTP threads per process."""
    max_file_bytes: int = 5 << 30
    """Largest file that one request may bring."""
    reserve_bytes: int | None = None
    """Free space that embedded storage never uses; empty = the smaller of 1 GiB and 5 % of the disk."""
    replica_url: str = ""
    """A second store that holds every content too: file:///… or s3+http(s)://…; empty = none."""
    fixity_days: int = 90
    """Days within which every stored content is read again and compared with its digest; 0 = never."""
    fixity_rate: int = 16
    """Megabytes a second that this reading takes at most."""
    backup_url: str = ""
    """Where scheduled backups go: file:///… or s3+http(s)://…; empty = an embedded deployment keeps copies of its rows."""
    backup_hours: int = 24
    """Hours between scheduled backups; 0 = none."""
    backup_keep: int = 14
    """Sets that scheduled backups leave; 0 = all."""
    backup_recipient: str = ""
    """age1…: backups are sealed for the holder of its private key; empty = not sealed."""
    migrate_roots: tuple[Path, ...] = ()
    """Folders of this machine, joined by ":", that migrations started on pages may read."""
    migrate_hosts: tuple[str, ...] = ()
    """smb://USER:PASSWORD@SERVER and s3+https://KEY:SECRET@HOST, joined by blanks, that they may read too."""
    quota_bytes: int = 0
    """Bytes that all files together may have; 0 = no limit."""
    user_quota_bytes: int = 0
    """Bytes that one person may have brought in; 0 = no limit."""
    code: str = "Q001"
    """The code of this fonds 全宗号, with which reference codes begin."""
    master_key: str = ""
    """Where the keys are that objects are encrypted with: file:///PATH or env:NAME; empty = nothing is encrypted."""
    encrypt: str = "secret"
    """What is encrypted once there is a master key: secret = every compartment but the open one, or all."""
    second_factor_roles: str = ""
    """Roles whose holders must set up a second factor, codes with commas: sysadmin,archivist; empty = nobody must."""
    session_hours: int = 12
    """Hours without a request after which a session ends."""
    clamd_url: str = ""
    """clamd://HOST:PORT or clamd+unix:///PATH of a ClamAV daemon that every file is shown first; empty = none."""
    log_format: str = "text"
    """text for people, json for machines."""

    @property
    def embedded(self) -> bool:
        """Whether any part runs inside this deployment's home."""
        return not (
            self.mongo_url
            and self.search_url.startswith("http")
            and self.objects_url.startswith("s3")
            and self.queue_url
        )

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read every `FONDS_…` variable; raise `SettingsError` with all faults at once."""
        env = os.environ if env is None else env
        values: dict[str, Any] = {
            "home": Path(user_data_path("fonds", appauthor=False)),
            "listen": ("127.0.0.1", 8080),
        }
        faults = []
        for name, read in READERS.items():
            raw = env.get(variable(name), "").strip()
            if raw:
                try:
                    values[name] = read(raw)
                except ValueError as fault:
                    faults.append(f"{variable(name)}: {fault}")
        known = {variable(field.name) for field in fields(cls)}
        faults += [
            f"{name}: unknown setting"
            for name in sorted(env)
            if name.startswith("FONDS_") and not_ours(name, known)
        ]
        try:
            values |= {"master_key": _resolved(values["master_key"], env)} if "master_key" in values else {}
        except ValueError as fault:
            faults.append(f"FONDS_MASTER_KEY: {fault}")
        settings = cls(**values)
        if settings.processes > 1 and settings.embedded:
            faults.append(
                "FONDS_PROCESSES: more than 1 needs FONDS_MONGO_URL, FONDS_OBJECTS_URL, FONDS_SEARCH_URL and FONDS_QUEUE_URL"
            )
        if faults:
            raise SettingsError(faults)
        return settings

    def shown(self) -> dict[str, str]:
        """Name → value for people and logs, every secret masked."""
        return {variable(field.name): masked(field.name, getattr(self, field.name)) for field in fields(self)}

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value}' for name, value in self.shown().items())})"


def variable(name: str) -> str:
    """The environment variable of a field."""
    return f"FONDS_{name.upper()}"


def not_ours(name: str, known: set[str]) -> bool:
    """Tests, benchmarks and services have prefixes of their own, which are not settings."""
    return name not in known and not name.startswith(
        ("FONDS_TEST_", "FONDS_BENCH_", "FONDS_TORTURE_", "FONDS_SERVICES_")
    )


def masked(name: str, value: object) -> str:
    """A value as it may be shown."""
    if name == "secret" or (name == "master_key" and str(value).startswith("keys:")):
        return "***" if value else ""
    if name == "listen" and isinstance(value, tuple):
        return f"{value[0]}:{value[1]}"
    if isinstance(value, tuple):
        return " ".join(masked("", one) for one in value)
    return re.sub(r"//.*@", "//***@", str(value))


def _listen(raw: str) -> tuple[str, int]:
    host, _, port = raw.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("expected ADDRESS:PORT, for example 127.0.0.1:8080")
    return host.strip("[]") or "127.0.0.1", int(port)


def _url(*schemes: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        try:
            parts = urlsplit(raw)
            host = parts.hostname
        except ValueError:  # its own words repeat the password
            raise ValueError("the URL cannot be read: percent-encode special characters") from None
        if parts.scheme not in schemes:
            raise ValueError(
                f"expected a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"
            )
        if not (host or parts.path.strip("/")):
            raise ValueError("the URL names no host and no path")
        return raw

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
            raise ValueError(f"expected a whole number from {low} to {high}")
        return int(raw)

    return read


def _secret(raw: str) -> str:
    if len(raw) < 32:
        raise ValueError("expected at least 32 characters")
    return raw


def _recipient(raw: str) -> str:
    if not re.fullmatch(r"age1[0-9a-z]{58}", raw):
        raise ValueError("expected a public key of age, age1…, as age-keygen prints it")
    return raw


def _master_key(raw: str) -> str:
    if not re.fullmatch(r"file:///.+|env:[A-Za-z_][A-Za-z0-9_]*", raw):
        raise ValueError("expected file:///PATH or env:NAME; a key service (KMS) cannot be asked yet")
    return raw


def _resolved(address: str, env: Mapping[str, str]) -> str:
    """The keys themselves in place of the name of a variable: nobody else reads the environment."""
    if not address.startswith("env:"):
        return address
    held = env.get(address.removeprefix("env:"), "").strip()
    if not held:
        raise ValueError(f"the variable {address.removeprefix('env:')} is empty or not set")
    return "keys:" + ",".join(held.replace(",", " ").split())


def _extent(raw: str) -> str:
    if raw not in ("secret", "all"):
        raise ValueError("expected secret or all")
    return raw


def _codes(raw: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]+(,[a-z0-9_-]+)*", raw):
        raise ValueError("expected codes with commas, for example sysadmin,archivist")
    return raw


def _log_format(raw: str) -> str:
    if raw not in ("text", "json"):
        raise ValueError("expected text or json")
    return raw


def _code(raw: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{1,12}", raw, re.ASCII):
        raise ValueError("1-12 capital letters and digits, Q001 say")
    return raw


def _folders(raw: str) -> tuple[Path, ...]:
    found = tuple(Path(one).expanduser() for one in raw.split(":") if one)
    if not all(one.is_absolute() for one in found):
        raise ValueError("expected absolute paths, joined by :")
    return found


def _addresses(raw: str) -> tuple[str, ...]:
    found = tuple(raw.split())
    for one in found:
        _url("smb", "s3+http", "s3+https")(one)
        if not urlsplit(one).hostname or urlsplit(one).path.strip("/"):
            raise ValueError("expected addresses of servers without a path, joined by blanks")
    return found


READERS: dict[str, Callable[[str], Any]] = {
    "home": lambda raw: Path(raw).expanduser().absolute(),
    "listen": _listen,
    "mongo_url": _url("mongodb", "mongodb+srv"),
    "objects_url": _url("s3+http", "s3+https", "file"),
    "objects_public_url": _url("http", "https"),
    "search_url": _url("http", "https", "tantivy"),
    "queue_url": _url("amqp", "amqps"),
    "public_url": _url("http", "https"),
    "secret": _secret,
    "workers": _whole(0, 256),
    "processes": _whole(1, 256),
    "threads": _whole(1, 512),
    "max_file_bytes": _whole(1, 1 << 44),
    "reserve_bytes": _whole(0, 1 << 50),
    "replica_url": _url("s3+http", "s3+https", "file"),
    "fixity_days": _whole(0, 3660),
    "fixity_rate": _whole(1, 100_000),
    "backup_url": _url("s3+http", "s3+https", "file"),
    "backup_hours": _whole(0, 24 * 366),
    "backup_keep": _whole(0, 10_000),
    "backup_recipient": _recipient,
    "migrate_roots": _folders,
    "migrate_hosts": _addresses,
    "quota_bytes": _whole(0, 1 << 60),
    "user_quota_bytes": _whole(0, 1 << 60),
    "code": _code,
    "master_key": _master_key,
    "encrypt": _extent,
    "second_factor_roles": _codes,
    "session_hours": _whole(1, 720),
    "clamd_url": _url("clamd", "clamd+unix"),
    "log_format": _log_format,
}
