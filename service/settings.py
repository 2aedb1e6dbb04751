"""Settings: one frozen dataclass, the only reader of the environment."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from service.setting_readers import READERS, Wrong


class SettingsError(Exception):
    """The environment is not usable; `faults` lists everything that is wrong, one sentence each, and `chinese` the
    same in Chinese."""

    def __init__(self, found: Sequence[tuple[str, Wrong]]) -> None:
        self.faults = [f"{name}: {wrong}" for name, wrong in found]
        self.chinese = [f"{name}：{wrong.chinese}" for name, wrong in found]
        super().__init__("\n".join(self.faults))


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
    analysts: int | None = None
    """Processes that analyse texts while the index is made anew; empty = one less than processors, at most 3."""
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
    check_days: int = 180
    """Days within which every archived record passes the four-property check again; 0 = never."""
    backup_url: str = ""
    """Where scheduled backups go: an absolute path, file:///… or s3+http(s)://…; empty = an embedded deployment keeps
    copies of its rows."""
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
    step_up_minutes: int = 10
    """Minutes after a proof of who one is in which acts of weight ask for no other."""
    oidc_issuer: str = ""
    """https://… of the OIDC provider at which people may sign in too; empty = none."""
    oidc_client_id: str = ""
    """Our name at that provider."""
    oidc_client_secret: str = ""
    """Our secret there; empty = none, PKCE alone."""
    oidc_label: str = ""
    """What the button says; empty = 单位账号."""
    oidc_claims: str = "name=preferred_username,display_name=name,groups=groups,departments=department"
    """What is asked of a person = the claim that says it. A name that people may choose there themselves is none."""
    oidc_acr: str = ""
    """Values of acr or amr, with commas, that count as a second factor; empty = none does."""
    ldap_url: str = ""
    """ldaps://HOST or ldap://HOST (with StartTLS) of a directory whose names and passwords count too; empty = none."""
    ldap_bind: str = ""
    """The DN as which people are looked up there."""
    ldap_password: str = ""
    """Its password."""
    ldap_base: str = ""
    """The DN below which people and groups are looked up."""
    ldap_filter: str = "(uid={name})"
    """How a person is found; Active Directory: (sAMAccountName={name})."""
    ldap_ca: str = ""
    """A file with the certificates that are believed; empty = the system's."""
    outside_roles: str = ""
    """Which group of provider or directory gives which role: GROUP:role;GROUP:role."""
    outside_allow: str = ""
    """Groups whose people get an account when they first come, with semicolons; empty = only who is entered here."""
    tsa_url: str = ""
    """http(s)://… of an authority (RFC 3161) that stamps the head of the audit chain once a day; empty = none."""
    tsa_ca: str = ""
    """A file with the certificates that vouch for it."""
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
        faults: list[tuple[str, Wrong]] = []
        for name, read in READERS.items():
            raw = env.get(variable(name), "").strip()
            if raw:
                try:
                    values[name] = read(raw)
                except Wrong as fault:
                    faults.append((variable(name), fault))
        known = {variable(field.name) for field in fields(cls)}
        faults += [
            (name, Wrong("unknown setting", "没有这项设置，看是否写错了名字"))
            for name in sorted(env)
            if name.startswith("FONDS_") and not_ours(name, known)
        ]
        try:
            values |= {"master_key": _resolved(values["master_key"], env)} if "master_key" in values else {}
        except Wrong as fault:
            faults.append(("FONDS_MASTER_KEY", fault))
        settings = cls(**values)
        faults += _incomplete(settings)
        if settings.processes > 1 and settings.embedded:
            faults.append(("FONDS_PROCESSES", _MORE_PARTS))
        if faults:
            raise SettingsError(faults)
        return settings

    def shown(self) -> dict[str, str]:
        """Name → value for people and logs, every secret masked."""
        return {variable(field.name): masked(field.name, getattr(self, field.name)) for field in fields(self)}

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value}' for name, value in self.shown().items())})"


SECRETS = ("secret", "oidc_client_secret", "ldap_password")
"""Settings that are secret as a whole."""


def variable(name: str) -> str:
    """The environment variable of a field."""
    return f"FONDS_{name.upper()}"


def not_ours(name: str, known: set[str]) -> bool:
    """Tests, benchmarks and services have prefixes of their own, which are not settings."""
    return name not in known and not name.startswith(
        ("FONDS_TEST_", "FONDS_BENCH_", "FONDS_TORTURE_", "FONDS_SERVICES_")
    )


def masked(name: str, value: object) -> str:
    """A value as it may be shown; "" where nothing was set."""
    if value is None:
        return ""
    if name in SECRETS or (name == "master_key" and str(value).startswith("keys:")):
        return "***" if value else ""
    if name == "listen" and isinstance(value, tuple):
        return f"{value[0]}:{value[1]}"
    if isinstance(value, tuple):
        return " ".join(masked("", one) for one in value)
    return re.sub(r"//.*@", "//***@", str(value))


def _resolved(address: str, env: Mapping[str, str]) -> str:
    """The keys themselves in place of the name of a variable: nobody else reads the environment."""
    if not address.startswith("env:"):
        return address
    held = env.get(address.removeprefix("env:"), "").strip()
    if not held:
        name = address.removeprefix("env:")
        raise Wrong(f"the variable {name} is empty or not set", f"环境变量 {name} 没有设置或是空的")
    return "keys:" + ",".join(held.replace(",", " ").split())


_MORE_PARTS = Wrong(
    "more than 1 needs FONDS_MONGO_URL, FONDS_OBJECTS_URL, FONDS_SEARCH_URL and FONDS_QUEUE_URL",
    "多于 1 须先设 FONDS_MONGO_URL、FONDS_OBJECTS_URL、FONDS_SEARCH_URL 和 FONDS_QUEUE_URL",
)


def _incomplete(settings: Settings) -> list[tuple[str, Wrong]]:
    """What one setting needs of others."""
    wanted = {
        "oidc_issuer": ("oidc_client_id",),
        "ldap_url": ("ldap_bind", "ldap_password", "ldap_base"),
        "tsa_url": ("tsa_ca",),
    }
    return [
        (
            variable(lacking),
            Wrong(f"is needed with {variable(name)}", f"设了 {variable(name)} 就要同时设这一项"),
        )
        for name, needed in wanted.items()
        for lacking in needed
        if getattr(settings, name) and not getattr(settings, lacking)
    ]
