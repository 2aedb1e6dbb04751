"""Signatures of a PDF in plain words: who signed and when, whether what was signed still stands, by which certificate."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from service.domain.holdings import FileView
from service.web import shown
from service.web.language import translated as _

MOST = 10
Standing = Literal["sound", "look", "broken"]
"""As it was signed; something came after it or cannot be told; not what was signed."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as people read it. `verdict` says what it is still worth, `standing` the same in a word."""

    signer: str
    at: str
    verdict: str
    standing: Standing
    certificate: str

    @property
    def line(self) -> str:
        """All of it that matters at a glance."""
        if self.signer and self.at:
            told = {"name": self.signer, "at": self.at, "verdict": self.verdict}
            return _("%(name)s 签署于 %(at)s：%(verdict)s", **told)
        return self.verdict


def signatures(file: FileView) -> Sequence[Signature]:
    """The signatures of a file in their order, as ingest found them (`ingest.documents.signed`); those that were not looked
    at are one that says so."""
    count = file.facts.get("signatures", "")
    if not count:
        return ()
    told = [_told(file.facts.get(f"signature_{number}", "")) for number in range(1, MOST + 1)]
    found = [_signature(one) for one in told if one]
    return found or [Signature("", "", _("有电子签名，未核验"), "look", "")]


def _told(text: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text) if text else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _signature(told: Mapping[str, Any]) -> Signature:
    signer = str(told.get("signer", ""))
    if told.get("fault"):
        return Signature(signer, "", _("签名无法核验：%(why)s", why=told["fault"]), "look", "")
    verdict, standing = _verdict(told)
    return Signature(signer, _at(told), verdict, standing, _certificate(told))


def _verdict(told: Mapping[str, Any]) -> tuple[str, Standing]:
    if not told.get("intact"):
        return _("签名所覆盖的内容已被改动，签名无效"), "broken"
    if not told.get("genuine"):
        return _("签名与证书不符，签名无效"), "broken"
    if told.get("covers") == "file":
        return _("覆盖整个文件，签署后未改动"), "sound"
    if told.get("covers") != "revision":
        return _("只覆盖文件的一部分，其余内容不受签名保护"), "look"
    after: dict[str, tuple[str, Standing]] = {
        "nothing": (_("覆盖签署时的全文，之后未改动"), "sound"),
        "proofs": (_("覆盖签署时的全文，之后只附加了验证资料"), "sound"),
        "forms": (_("覆盖签署时的全文，之后只加了签名或填了表单"), "sound"),
        "notes": (_("覆盖签署时的全文，之后加了批注"), "look"),
        "changes": (_("覆盖签署时的全文，但签署后文件内容被改动过"), "broken"),
    }
    return after.get(str(told.get("after")), (_("覆盖签署时的全文，之后追加的内容未逐项比较"), "look"))


def _at(told: Mapping[str, Any]) -> str:
    at = _moment(told.get("at"))
    if at is None:
        return _("未写明")
    said = shown.moment(at)
    return said + (_("（时间戳）") if told.get("stamped") else _("（签名人自报）"))


def _certificate(told: Mapping[str, Any]) -> str:
    subject, issuer = str(told.get("subject", "")), str(told.get("issuer", ""))
    parts = [
        _("自签名证书") if subject == issuer else _("由 %(issuer)s 签发", issuer=issuer),
        _("序列号 %(serial)s", serial=told.get("serial", "")),
    ]
    start, end, at = (_moment(told.get(key)) for key in ("valid_from", "valid_until", "at"))
    if start and end:
        parts.append(_("有效期 %(start)s 至 %(end)s", start=f"{start:%Y-%m-%d}", end=f"{end:%Y-%m-%d}"))
        if at and not start <= at <= end:
            parts.append(_("签署时不在有效期内"))
    parts.append(_("证书是否可信未核验"))
    return " · ".join(parts)


def _moment(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=shown.ZONE)
