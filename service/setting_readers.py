"""Setting readers: what a setting may say, and why not; each takes the text and raises `Wrong`."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from service.domain.vouching import said_rules
from service.transit import FORM, SCHEME, TransitAddress


class Wrong(ValueError):
    """What is wrong with a setting, in English and, for who reads that, in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.chinese = chinese


def _listen(raw: str) -> tuple[str, int]:
    host, _, port = raw.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        raise Wrong(
            "expected ADDRESS:PORT, for example 127.0.0.1:8080", "应为“地址:端口”，例如 127.0.0.1:8080"
        )
    return host.strip("[]") or "127.0.0.1", int(port)


def _url(*schemes: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        try:
            parts = urlsplit(raw)
            host = parts.hostname
        except ValueError:  # its own words repeat the password
            raise Wrong(
                "the URL cannot be read: percent-encode special characters",
                "这个 URL 读不懂：特殊字符要写成百分号编码",
            ) from None
        if parts.scheme not in schemes:
            begun = [f"{scheme}://" for scheme in schemes]
            raise Wrong(
                f"expected a URL that begins with {' or '.join(begun)}",
                f"应为以 {' 或 '.join(begun)} 开头的 URL",
            )
        if not (host or parts.path.strip("/")):
            raise Wrong("the URL names no host and no path", "这个 URL 里既没有主机，也没有路径")
        return raw

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
            raise Wrong(f"expected a whole number from {low} to {high}", f"应为 {low} 到 {high} 的整数")
        return int(raw)

    return read


def _secret(raw: str) -> str:
    if len(raw) < 32:
        raise Wrong("expected at least 32 characters", "至少 32 个字符")
    return raw


def _target(raw: str) -> str:
    """Also a plain path, as commands take it; a relative one would lie elsewhere for each who starts a program."""
    if raw.startswith(("/", "~/")):
        return Path(raw).expanduser().as_uri()
    try:
        return _url("s3+http", "s3+https", "file")(raw)
    except Wrong as fault:
        raise Wrong(f"{fault}, or an absolute path", f"{fault.chinese}，或绝对路径") from None


def _recipient(raw: str) -> str:
    if not re.fullmatch(r"age1[0-9a-z]{58}", raw):
        raise Wrong(
            "expected a public key of age, age1…, as age-keygen prints it",
            "应为 age-keygen 给出的公钥，以 age1 开头",
        )
    return raw


def _master_key(raw: str) -> str:
    if raw.startswith(SCHEME):
        try:
            TransitAddress.of(raw)
        except ValueError as fault:
            raise Wrong(str(fault), f"密钥服务应写成 {FORM}；在另一台机器上的只能用 https") from None
    elif not re.fullmatch(r"file:///.+|env:[A-Za-z_][A-Za-z0-9_]*", raw):
        raise Wrong(f"expected file:///PATH, env:NAME or {FORM}", f"应为 file:///路径、env:变量名 或 {FORM}")
    return raw


def _extent(raw: str) -> str:
    if raw not in ("secret", "all"):
        raise Wrong("expected secret or all", "应为 secret 或 all")
    return raw


def _codes(raw: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]+(,[a-z0-9_-]+)*", raw):
        raise Wrong(
            "expected codes with commas, for example sysadmin,archivist",
            "应为角色代码，用逗号分开，例如 sysadmin,archivist",
        )
    return raw


def _claims(raw: str) -> str:
    said = dict(one.strip().partition("=")[::2] for one in raw.split(","))
    if not said.get("name") or not all(said.values()) or not said.keys() <= CLAIMED:
        others = ", ".join(sorted(CLAIMED - {"name"}))
        raise Wrong(
            f"expected name=CLAIM and, with commas, {others}=CLAIM",
            f"应为“name=声明”，逗号之后还可写 {others}=声明",
        )
    return raw


def _filter(raw: str) -> str:
    if "{name}" not in raw or not re.fullmatch(r"\(.+\)", raw):
        raise Wrong(
            "expected a filter with {name} in it, for example (uid={name})",
            "应为含 {name} 的筛选式，例如 (uid={name})",
        )
    return raw


def _issuer(raw: str) -> str:
    parts = urlsplit(_url("https", "http")(raw))
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise Wrong("expected https://…", "应以 https:// 开头")
    return raw


def _outside_roles(raw: str) -> str:
    try:
        said_rules(raw, "")
    except ValueError as fault:
        raise Wrong(str(fault), "应为“组:角色;组:角色”，例如 archive-office:archivist") from None
    return raw


def _log_format(raw: str) -> str:
    if raw not in ("text", "json"):
        raise Wrong("expected text or json", "应为 text 或 json")
    return raw


def _code(raw: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{1,12}", raw, re.ASCII):
        raise Wrong("1-12 capital letters and digits, Q001 say", "应为 1 到 12 个大写字母和数字，例如 Q001")
    return raw


def _folders(raw: str) -> tuple[Path, ...]:
    found = tuple(Path(one).expanduser() for one in raw.split(":") if one)
    if not all(one.is_absolute() for one in found):
        raise Wrong("expected absolute paths, joined by :", "应为绝对路径，用英文冒号连接")
    return found


def _addresses(raw: str) -> tuple[str, ...]:
    found = tuple(raw.split())
    for one in found:
        _url("smb", "s3+http", "s3+https")(one)
        if not urlsplit(one).hostname or urlsplit(one).path.strip("/"):
            raise Wrong(
                "expected addresses of servers without a path, joined by blanks",
                "应为服务器地址，不带路径，用空格分开",
            )
    return found


CLAIMED = {"name", "display_name", "groups", "departments"}
"""What is asked of a person at the provider."""

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
    "analysts": _whole(0, 64),
    "processes": _whole(1, 256),
    "threads": _whole(1, 512),
    "max_file_bytes": _whole(1, 1 << 44),
    "reserve_bytes": _whole(0, 1 << 50),
    "replica_url": _url("s3+http", "s3+https", "file"),
    "fixity_days": _whole(0, 3660),
    "check_days": _whole(0, 3660),
    "fixity_rate": _whole(1, 100_000),
    "backup_url": _target,
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
    "step_up_minutes": _whole(1, 1440),
    "oidc_issuer": _issuer,
    "oidc_client_id": str,
    "oidc_client_secret": str,
    "oidc_label": str,
    "oidc_claims": _claims,
    "oidc_acr": str,
    "ldap_url": _url("ldap", "ldaps"),
    "ldap_bind": str,
    "ldap_password": str,
    "ldap_base": str,
    "ldap_filter": _filter,
    "ldap_ca": str,
    "outside_roles": _outside_roles,
    "outside_allow": str,
    "tsa_url": _url("http", "https"),
    "tsa_ca": str,
    "clamd_url": _url("clamd", "clamd+unix"),
    "log_format": _log_format,
}
