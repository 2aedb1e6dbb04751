"""A real OpenLDAP whose names and passwords count: Debian's `slapd` is started, with certificates of its own."""

import datetime
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.audit import Audit
from service.domain.permissions import Actor
from service.domain.vouching import said_rules
from service.errors import NotSignedIn, Unavailable, WrongCredentials
from service.hashing import PasswordHashes
from service.models import AuditEvent, User
from service.usecases.knowing.acting import Actors
from service.usecases.people.sign_in import SignIn, Ways
from service.usecases.people.users import NewUser, People
from service.usecases.people.vouching import VouchedPeople, VouchingUnavailable, by_directory
from service.vouching.ldap import LdapAccess, LdapDirectory
from tests.conftest import Clock
from tests.ports import free_port

pytestmark = [
    pytest.mark.server,
    pytest.mark.requirement("R-SEC-6"),
    pytest.mark.filterwarnings(
        "ignore:(tagMap|typeMap|ssl.match_hostname..) is deprecated:DeprecationWarning"
    ),  # ldap3's own
]
# The deprecations are those of the library that speaks LDAP.
CHEAP = PasswordHashes(time_cost=1, memory_kib=16)
HERE = "203.0.113.9"

CONFIG = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {home}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {home}/server.pem
TLSCertificateKeyFile {home}/server.key
database mdb
suffix "dc=corp"
rootdn "cn=reader,dc=corp"
rootpw geheim
directory {home}/data
"""
ENTRIES = """dn: dc=corp
objectClass: dcObject
objectClass: organization
o: corp
dc: corp

dn: uid=zhaolei,dc=corp
objectClass: inetOrgPerson
uid: zhaolei
sn: zhao
cn: zhao
displayName: 赵磊
departmentNumber: 市场部
userPassword: 单位的密码-1

dn: uid=liqian,dc=corp
objectClass: inetOrgPerson
uid: liqian
sn: li
cn: li
userPassword: 单位的密码-2

dn: cn=档案室,dc=corp
objectClass: groupOfNames
cn: 档案室
member: uid=zhaolei,dc=corp
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LdapAccess]:
    """Where the directory is; it takes StartTLS at ldap:// and is reached by ldaps:// at the next port."""
    slapd = shutil.which("slapd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert slapd, "there is no slapd: apt-get install slapd"
    home = tmp_path_factory.mktemp("directory")
    (home / "data").mkdir()
    _certificates(home)
    (home / "slapd.conf").write_text(CONFIG.format(home=home), "utf-8")
    (home / "entries.ldif").write_text(ENTRIES, "utf-8")
    adding = [slapd, "-T", "add", "-f", str(home / "slapd.conf"), "-l", str(home / "entries.ldif")]
    subprocess.run(adding, check=True, capture_output=True)
    plain, safe = free_port(), free_port()
    listen = f"ldap://127.0.0.1:{plain}/ ldaps://127.0.0.1:{safe}/"
    command = [slapd, "-d", "0", "-h", listen, "-f", str(home / "slapd.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _wait_for(plain, process)
        url = f"ldap://127.0.0.1:{plain}"
        yield LdapAccess(url, "cn=reader,dc=corp", "geheim", "dc=corp", ca_file=str(home / "ca.pem"))
        process.terminate()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("slapd did not start")


def _certificates(home: Path) -> None:
    """An authority and the certificate of the server."""
    day, now = datetime.timedelta(days=1), datetime.datetime.now(datetime.UTC)
    keys = {who: ec.generate_private_key(ec.SECP256R1()) for who in ("ca", "server")}
    names = {who: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)]) for who in keys}
    at = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    for who, key in keys.items():
        made = x509.CertificateBuilder(names["ca"], names[who], key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - day).not_valid_after(now + day)
        made = made.add_extension(x509.BasicConstraints(ca=who == "ca", path_length=None), critical=True)
        made = made.add_extension(at, critical=False) if who == "server" else made
        signed = made.sign(keys["ca"], hashes.SHA256())
        (home / f"{who}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (home / "server.key").write_bytes(keys["server"].private_bytes(*form))


class House:
    """Sign-in with this directory behind it."""

    def __init__(self, clock: Clock, access: LdapAccess, roles: str = "", allowed: str = "") -> None:
        audit, actors = Audit(clock), Actors(clock)
        self.people = People(audit, clock, CHEAP, actors)
        vouched = VouchedPeople(self.people, actors, said_rules(roles, allowed), audit)
        ways = Ways(elsewhere=by_directory(LdapDirectory(access), vouched))
        self.sign_in = SignIn(audit, clock, CHEAP, ways=ways, actors=actors)

    def enter(self, name: str, password: str) -> Actor:
        return self.sign_in.sign_in(name, password, address=HERE).actor


@pytest.mark.usefixtures("database")
def test_known_people_sign_in_with_the_directory_s_password(
    directory: LdapAccess, clock: Clock, administrator: Actor
) -> None:
    house = House(clock, directory, roles="档案室:archivist")
    known, once = house.people.add(administrator, NewUser("zhaolei", roles=["staff"], departments=["市场部"]))
    actor = house.enter("ZHAOLEI", "单位的密码-1")
    assert (actor.id, set(actor.roles)) == (known.id, {"staff", "archivist"})
    assert [e.facts["way"] for e in AuditEvent.objects(act="sign_in", result="done")] == ["ldap"]
    for name, password in (
        ("zhaolei", "单位的密码-2"),
        ("zhaolei", ""),
        ("zhaolei", once),  # of no use any more
        ("zhao*", "单位的密码-1"),
        ("zhaolei)(uid=*", "单位的密码-1"),
        ("*", "单位的密码-1"),
    ):
        with pytest.raises(WrongCredentials):
            house.enter(name, password)
    with pytest.raises(NotSignedIn, match="没有您的账户"):
        house.enter("liqian", "单位的密码-2")


@pytest.mark.usefixtures("database")
def test_people_of_allowed_groups_are_entered_and_local_ones_need_no_directory(
    directory: LdapAccess, clock: Clock, administrator: Actor
) -> None:
    house = House(clock, directory, roles="档案室:archivist", allowed="档案室")
    house.enter("zhaolei", "单位的密码-1")
    row = User.objects(name="zhaolei")[0]
    assert (row.roles, row.display_name, row.outside.split(":")[0]) == (["archivist"], "赵磊", "ldap")
    gone = House(clock, replace(directory, url=f"ldap://127.0.0.1:{free_port()}"))
    gone.people.add(administrator, NewUser("wang", roles=["staff"], password="渠道建设与回款-2026"))
    assert gone.enter("wang", "渠道建设与回款-2026").name == "wang"
    with pytest.raises(Unavailable):
        gone.enter("zhaolei", "单位的密码-1")


@pytest.mark.filterwarnings("ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning")  # ldap3 drops it
def test_nothing_is_said_without_a_certificate_that_is_believed(
    directory: LdapAccess, tmp_path: Path
) -> None:
    safe = replace(directory, url=directory.url.replace("127.0.0.1", "localhost"))
    for access in (replace(directory, ca_file=""), safe, replace(directory, password="wrong")):
        with pytest.raises(VouchingUnavailable):
            LdapDirectory(access).vouch("zhaolei", "单位的密码-1")
    found = LdapDirectory(directory).vouch("zhaolei", "单位的密码-1")
    assert found is not None
    assert found.departments == ("市场部",)
    assert "档案室" in found.groups
