"""The head of the audit chain with a time of somebody else: asked of a small authority, and proved again every day."""

import datetime
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.audit import Audit
from service.domain.chain import Verdict
from service.domain.permissions import Actor, Role
from service.models import AuditEvent, ChainHead, ChainStamp
from service.outbound import Outbound
from service.stamping import TimestampAuthority
from service.usecases.safekeeping.auditing import Auditing
from service.usecases.safekeeping.stamping import ChainStamps, StampRefused
from tests.conftest import Clock, an_actor

pytestmark = pytest.mark.requirement("S-ER-4")
NOW = datetime.datetime(2026, 3, 2, 9, 30, tzinfo=datetime.UTC)
DIGEST = hashlib.sha256(b"7:head").digest()


class Authority:
    """Signs what it is asked to; `fault` makes it one that may not be believed."""

    def __init__(self, home: Path) -> None:
        self.fault = ""
        self.keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "tsa", "stranger")}
        self.certificates = {
            "ca": self._certificate("ca", "ca"),
            "tsa": self._certificate("tsa", "ca", ExtendedKeyUsageOID.TIME_STAMPING),
            "web": self._certificate("tsa", "ca", ExtendedKeyUsageOID.SERVER_AUTH),
            "stranger": self._certificate("stranger", "stranger", ExtendedKeyUsageOID.TIME_STAMPING),
        }
        (home / "ca.pem").write_bytes(self.certificates["ca"].public_bytes(serialization.Encoding.PEM))

    def _certificate(self, who: str, by: str, use: Any = None) -> x509.Certificate:
        names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (by, who)]
        day = datetime.timedelta(days=30)
        made = x509.CertificateBuilder(
            names[0], names[1], self.keys[who].public_key(), x509.random_serial_number()
        )
        made = made.not_valid_before(NOW - day).not_valid_after(NOW + day)
        made = made.add_extension(x509.BasicConstraints(ca=use is None, path_length=None), critical=True)
        if use is not None:
            made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=True)
        return made.sign(self.keys[by], hashes.SHA256())

    def answer(self, raw: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(raw)
        if self.fault == "refused":
            return bytes(tsp.TimeStampResp({"status": {"status": "rejection"}}).dump())
        digest = asked["message_imprint"]["hashed_message"].native
        told = {
            "version": "v1",
            "policy": "1.2.3.4",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": b"x" * 32 if self.fault == "other" else digest,
            },
            "serial_number": 1,
            "gen_time": NOW,
            "nonce": 1 if self.fault == "nonce" else asked["nonce"].native,
        }
        token = self._signed(tsp.TSTInfo(told).dump())
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())

    def _signed(self, content: bytes) -> cms.ContentInfo:
        who = {"web": "web", "stranger": "stranger"}.get(self.fault, "tsa")
        shown = asn1_x509.Certificate.load(self.certificates[who].public_bytes(serialization.Encoding.DER))
        covered = b"other" if self.fault == "altered" else content
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.sha256(covered).digest()]},
            ]
        )
        key = self.keys["stranger" if self.fault in ("stranger", "signature") else "tsa"]
        signer = {
            "version": "v1",
            "sid": {
                "issuer_and_serial_number": {"issuer": shown.issuer, "serial_number": shown.serial_number}
            },
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
        signed = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "certificates": [shown],
            "signer_infos": [signer],
        }
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def asked(authority: Authority, tmp_path: Path) -> Iterator[TimestampAuthority]:
    """The authority as we ask it, over HTTP."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        yield TimestampAuthority(url, tmp_path / "ca.pem", Outbound([url]))
        server.shutdown()
        thread.join()


def test_a_stamp_is_given_and_proved_without_its_authority(
    asked: TimestampAuthority, authority: Authority, tmp_path: Path
) -> None:
    token = asked.stamp(DIGEST)
    away = TimestampAuthority("http://127.0.0.1:1/", tmp_path / "ca.pem", Outbound([]))
    assert away.proved(token, DIGEST) == NOW
    with pytest.raises(StampRefused):
        away.proved(token, hashlib.sha256(b"8:head").digest())
    with pytest.raises(StampRefused):
        away.proved(token[:-1] + bytes([token[-1] ^ 1]), DIGEST)
    with pytest.raises(StampRefused):
        away.stamp(DIGEST)


@pytest.mark.parametrize("fault", ["refused", "other", "nonce", "altered", "signature", "stranger", "web"])
def test_what_may_not_be_believed_is_no_stamp(
    asked: TimestampAuthority, authority: Authority, fault: str
) -> None:
    authority.fault = fault
    with pytest.raises(StampRefused):
        asked.stamp(DIGEST)


@pytest.mark.usefixtures("database")
def test_the_head_is_stamped_once_a_day_and_a_chain_that_was_rewritten_is_found_by_it(
    asked: TimestampAuthority, clock: Clock
) -> None:
    audit, actor = Audit(clock), an_actor("赵审计", Role.AUDITOR)
    auditing = Auditing(audit, clock, ChainStamps(asked, clock))

    def day() -> list[str]:
        for number in range(3):
            audit.insert(actor, "read", "record", f"r{number}")
        audit.link()
        while auditing.look_round():
            pass
        clock.advance(hours=25)
        return [one["kind"] for one in auditing.standing().breaks]

    assert day() == []
    state = auditing.standing()
    assert (state.stamped, state.stamped_at) == (3, NOW)
    assert day() == []
    assert [row.seq for row in ChainStamp.objects().order_by("seq")] == [3, 6]
    rewritten = list(AuditEvent.objects().order_by("seq"))
    AuditEvent._get_collection().delete_many({})
    ChainHead._get_collection().delete_many({})
    for row in rewritten:
        audit.insert(Actor("somebody", "", "", frozenset()), row.act, "record", row.object_id)
    audit.link()
    assert day() == ["stamp", "stamp"]
    *_, verdict = auditing.verify(actor)
    assert isinstance(verdict, Verdict)
    assert [one.kind for one in verdict.breaks] == ["stamp", "stamp"]
