"""Who signed a PDF: signer, certificate, time, how much of the file the signature covers, what came after it."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from ingest.draft import MEBI, Draft, Source
from ingest.files.moments import iso_moment

MOST = 10
"""Signatures of one file that are told."""
_LARGEST = 64 * MEBI
"""Bytes of a file whose signatures are checked; a larger one is only said to be signed."""
_COMPARED = 16 * MEBI
"""Bytes of a file whose later revisions are compared with the signed one, object by object."""
_LONGEST = 120
"""Characters of a name; a fact has room for eight of them."""
_AFTER = {"NONE": "nothing", "LTA_UPDATES": "proofs", "FORM_FILLING": "forms", "ANNOTATIONS": "notes"}


def know_signatures(draft: Draft, source: Source, count: int) -> None:
    """Note what is found out about each of the `count` signatures of a PDF: `signature_1` … as JSON objects.

    Keys: signer, subject, issuer, serial, valid_from, valid_until, at (ISO 8601), stamped (whether a time stamp says
    so), covers ("file", "revision", "part"), intact (what is covered is as it was signed), genuine (the signature fits
    the certificate), after ("nothing", "proofs", "forms", "notes", "changes", "unknown"), fault (why nothing can be
    said). Whether the certificate is to be trusted is not judged: that asks for the world outside.
    """
    if not count or draft.mute:
        return
    draft.know("signatures", count)
    if source.careful or source.size > _LARGEST:
        return
    for number, told in enumerate(_checked(source), 1):
        draft.know(f"signature_{number}", json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _checked(source: Source) -> Iterator[dict[str, Any]]:
    # thirty megabytes and a second, for the few files that are signed
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415

    try:
        reader = PdfFileReader(source.open(), strict=False)
        if reader.encrypted:
            reader.decrypt(source.password)
        signatures = list(reader.embedded_signatures)[:MOST]
    except Exception as fault:  # noqa: BLE001 - a parser of hostile bytes raises anything; the file is kept all the same
        yield {"fault": _brief(f"{type(fault).__name__}: {fault}")}
        return
    for signature in signatures:
        try:
            yield _told(signature, compare=source.size <= _COMPARED)
        except Exception as fault:  # noqa: BLE001 - as above; ciphers of other countries are among it
            yield {"signer": _brief(str(signature.sig_object.get("/Name", "")))} | {
                "fault": _brief(f"{type(fault).__name__}: {fault}")
            }


def _told(signature: Any, *, compare: bool) -> dict[str, Any]:
    signature.compute_integrity_info(skip_diff=not compare)
    certificate = signature.signer_cert
    kind = signature.signed_data["encap_content_info"]["content_type"].native
    intact, genuine = _fits(signature, certificate, kind)
    stamp = signature.signed_data if kind == "tst_info" else _stamp(signature.signer_info)
    at = stamp["encap_content_info"]["content"].parsed["gen_time"].native if stamp is not None else None
    at = at or signature.self_reported_timestamp
    subject = certificate.subject
    validity = certificate["tbs_certificate"]["validity"]
    return {
        "signer": _brief(_named(subject) or str(signature.sig_object.get("/Name", ""))),
        "subject": _brief(subject.human_friendly),
        "issuer": _brief(certificate.issuer.human_friendly),
        "serial": f"{certificate.serial_number:X}"[:40],
        "valid_from": validity["not_before"].native.isoformat(),
        "valid_until": validity["not_after"].native.isoformat(),
        "at": iso_moment(at.isoformat()) if at else "",
        "stamped": stamp is not None,
        "covers": _covers(signature),
        "intact": intact,
        "genuine": genuine,
        "after": _after(signature),
    }


def _fits(signature: Any, certificate: Any, kind: str) -> tuple[bool, bool]:
    """Whether the covered bytes are those that were signed, and whether the certificate's key signed them."""
    from pyhanko.sign.validation import generic_cms  # noqa: PLC0415 - as above

    digest, same = signature.compute_digest(), True
    if kind == "tst_info":  # a stamp signs its own statement, which names the digest of the file
        content = signature.signed_data["encap_content_info"]["content"]
        same = content.parsed["message_imprint"]["hashed_message"].native == digest
        digest = hashlib.new(signature.md_algorithm, bytes(content)).digest()
    intact, genuine = generic_cms.validate_sig_integrity(signature.signer_info, certificate, kind, digest)
    return bool(intact and same), bool(genuine)


def _stamp(signer: Any) -> Any:
    """The signed statement of a time stamp that came along with a signature."""
    from pyhanko.sign import general  # noqa: PLC0415 - as above

    try:
        return general.find_unique_cms_attribute(signer["unsigned_attrs"], "signature_time_stamp_token")[
            "content"
        ]
    except general.NonexistentAttributeError:
        return None


def _covers(signature: Any) -> str:
    return {"ENTIRE_FILE": "file", "ENTIRE_REVISION": "revision"}.get(signature.coverage.name, "part")


def _after(signature: Any) -> str:
    """What was added to the file behind the signed revision."""
    from pyhanko.sign.diff_analysis import DiffResult  # noqa: PLC0415 - as above

    if _covers(signature) == "file":
        return "nothing"
    if signature.diff_result is None:
        return "unknown"
    if not isinstance(signature.diff_result, DiffResult):
        return "changes"
    return _AFTER.get(signature.diff_result.modification_level.name, "changes")


def _named(subject: Any) -> str:
    """The common name, with the organisation where that is another one."""
    stated = subject.native
    name, house = (_first(stated.get(key)) for key in ("common_name", "organization_name"))
    return f"{name}（{house}）" if name and house and house not in name else name or house


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value or "")


def _brief(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
