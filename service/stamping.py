"""Stamping: a time that somebody else vouches for, on the head of the audit chain (RFC 3161, CMS after RFC 5652)."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.outbound import Outbound, OutboundRefused
from service.settings import Settings
from service.usecases.safekeeping.stamping import ChainStamps, StampRefused

HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
GRANTED = ("granted", "granted_with_mods")
DEEPEST = 5
"""Certificates between the authority's own and one that is believed."""


def chain_stamps(settings: Settings, clock: Callable[[], datetime]) -> ChainStamps:
    """The stamps of the chain, by the settings."""
    if not settings.tsa_url:
        return ChainStamps(None, clock)
    outbound = Outbound([settings.tsa_url])
    return ChainStamps(TimestampAuthority(settings.tsa_url, Path(settings.tsa_ca), outbound), clock)


class TimestampAuthority:
    """`service.usecases.safekeeping.stamping.Stamping`: asks the authority at `url`, and believes what ends in `ca_file`."""

    def __init__(self, url: str, ca_file: Path, outbound: Outbound) -> None:
        self._url, self._ca_file, self._outbound = url, ca_file, outbound

    def stamp(self, digest: bytes) -> bytes:
        """A token over this SHA-256, proved before it is given. Raises `StampRefused`."""
        from asn1crypto import tsp  # noqa: PLC0415 - only who has an authority pays for it

        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
        nonce = secrets.randbits(63)
        asked = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
        try:
            answer = self._outbound.post(self._url, tsp.TimeStampReq(asked).dump(), HEADERS)
        except OutboundRefused as fault:
            raise StampRefused(str(fault)) from fault
        try:
            found = tsp.TimeStampResp.load(answer.body)
            status = found["status"]["status"].native
            if answer.status != 200 or status not in GRANTED:
                raise StampRefused(f"the authority says {answer.status} {status}")
            token: bytes = found["time_stamp_token"].dump()
            if _told(token)["nonce"].native != nonce:
                raise StampRefused("the stamp answers another question")
        except (ValueError, TypeError, KeyError) as fault:
            raise StampRefused(f"no stamp came back: {fault}") from fault
        self.proved(token, digest)
        return token

    def proved(self, token: bytes, digest: bytes) -> datetime:
        """The time of a token, if it is over this SHA-256 and from who is believed. Raises `StampRefused`."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above

        try:
            told = _told(token)
            imprint = told["message_imprint"]
            if (
                imprint["hash_algorithm"]["algorithm"].native != "sha256"
                or imprint["hashed_message"].native != digest
            ):
                raise StampRefused("the stamp is over something else")
            at: datetime = told["gen_time"].native
            self._believe(_signed(token), at)
        except InvalidSignature as fault:
            raise StampRefused("the signature is wrong") from fault
        except (ValueError, TypeError, KeyError, IndexError) as fault:
            raise StampRefused(f"the stamp cannot be read: {fault}") from fault
        return at.astimezone(UTC)

    def _believe(self, signed: Any, at: datetime) -> None:
        """The signature is that of a certificate for stamping, and that of somebody in `ca_file`."""
        from cryptography import x509  # noqa: PLC0415 - as above

        signer = signed["signer_infos"][0]
        came = [x509.load_der_x509_certificate(one.chosen.dump()) for one in signed["certificates"]]
        number = signer["sid"].chosen["serial_number"].native
        own = next(one for one in came if one.serial_number == number)
        content = bytes(signed["encap_content_info"]["content"])
        attributes = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
        algorithm = signer["digest_algorithm"]["algorithm"].native
        if attributes["message_digest"][0].native != hashlib.new(algorithm, content).digest():
            raise StampRefused("the stamp was altered")
        _require_signature(
            own.public_key(), signer["signature"].native, signer["signed_attrs"].untag().dump(), algorithm
        )
        uses = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if x509.oid.ExtendedKeyUsageOID.TIME_STAMPING not in uses:
            raise StampRefused("the certificate is not one for stamping")
        trusted = x509.load_pem_x509_certificates(self._ca_file.read_bytes())
        if not _leads_to(own, came, trusted, at):
            raise StampRefused("nobody in FONDS_TSA_CA vouches for the authority")


def _told(token: bytes) -> Any:
    return _signed(token)["encap_content_info"]["content"].parsed


def _signed(token: bytes) -> Any:
    from asn1crypto import cms, tsp  # noqa: F401, PLC0415 - as above; tsp teaches cms what a stamp is

    return cms.ContentInfo.load(token)["content"]


def _require_signature(key: Any, signature: bytes, over: bytes, algorithm: str) -> None:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: PLC0415 - as above

    kinds = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    if algorithm not in kinds:
        raise StampRefused(f"{algorithm} is no digest that is believed")
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, over, padding.PKCS1v15(), kinds[algorithm])
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, over, ec.ECDSA(kinds[algorithm]))
    else:
        raise StampRefused("the key is of no kind that is believed")


def _leads_to(own: Any, came: Sequence[Any], trusted: Sequence[Any], at: datetime) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above

    def issued(one: Any, by: Any) -> bool:
        try:
            one.verify_directly_issued_by(by)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return bool(by.not_valid_before_utc <= at <= by.not_valid_after_utc)

    one = own
    for _ in range(DEEPEST):
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            return False
        if any(one == root or issued(one, root) for root in trusted):
            return True
        above = next(
            (each for each in came if each != one and issued(one, each) and _is_authority(each)), None
        )
        if above is None:
            return False
        one = above
    return False


def _is_authority(certificate: Any) -> bool:
    from cryptography import x509  # noqa: PLC0415 - as above

    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False
