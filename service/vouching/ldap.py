"""LDAP: names and passwords of the house's directory, always over TLS (RFC 4511, 4513, 4515)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from service.domain.vouching import Vouched
from service.usecases.people.vouching import VouchingUnavailable

CONNECTING, ANSWERING = 5, 10
"""Seconds."""
NAMES = ("displayName", "cn")
DEPARTMENTS = ("department", "departmentNumber")
GOOD = ("entryUUID", "objectGUID")
"""What names a person for good, on OpenLDAP and on Active Directory."""


@dataclass(frozen=True, slots=True)
class LdapAccess:
    """Where the directory is, and as whom it is searched. `ldap://` goes over to TLS before anything is said."""

    url: str
    bind_dn: str
    password: str = field(repr=False)
    tree: str
    filter: str = "(uid={name})"
    ca_file: str = ""


class LdapDirectory:
    """Finds a person by his name and proves his password by binding as him."""

    def __init__(self, access: LdapAccess) -> None:
        self._access = access

    def vouch(self, name: str, password: str) -> Vouched | None:
        """See `Directory.vouch`. An empty password would be an anonymous bind, which every directory takes."""
        if not name or not password:
            return None
        from ldap3.core.exceptions import LDAPException  # noqa: PLC0415 - only who has a directory pays for it

        try:
            with self._bound(self._access.bind_dn, self._access.password) as searching:
                if not searching.bound:
                    raise VouchingUnavailable("the directory refuses FONDS_LDAP_BIND")
                entry = self._entry(searching, name)
                if entry is None or not self._proved(entry["dn"], password):
                    return None
                return self._vouched(searching, entry, name)
        except LDAPException as fault:
            raise VouchingUnavailable(f"{type(fault).__name__}: {fault}") from fault

    @contextmanager
    def _bound(self, dn: str, password: str) -> Iterator[Any]:
        """A connection that has tried to bind; `bound` says whether it did."""
        import ssl  # noqa: PLC0415 - as above

        import ldap3  # noqa: PLC0415 - as above

        parts = urlsplit(self._access.url)
        safe = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=self._access.ca_file or None)
        server = ldap3.Server(
            parts.hostname,
            parts.port or (636 if parts.scheme == "ldaps" else 389),
            use_ssl=parts.scheme == "ldaps",
            tls=safe,
            get_info=ldap3.NONE,
            connect_timeout=CONNECTING,
        )
        connection = ldap3.Connection(
            server, dn, password, read_only=True, auto_referrals=False, receive_timeout=ANSWERING
        )
        try:
            connection.open(read_server_info=False)
            if parts.scheme == "ldap" and not connection.start_tls(read_server_info=False):
                raise VouchingUnavailable("the directory takes no TLS")
            connection.bind(read_server_info=False)
            yield connection
        finally:
            opened = connection.socket
            connection.unbind()
            if opened is not None:  # the library leaves it open where the other side did not agree
                opened.close()

    def _proved(self, dn: str, password: str) -> bool:
        with self._bound(dn, password) as proving:
            return bool(proving.bound)

    def _entry(self, searching: Any, name: str) -> Any:
        """The one entry of this name; None for none, and for several, of which nobody knows which is meant."""
        from ldap3.utils.conv import escape_filter_chars  # noqa: PLC0415 - as above

        asked = self._access.filter.replace("{name}", escape_filter_chars(name))
        wanted = ["memberOf", *NAMES, *DEPARTMENTS, *GOOD]
        found = _search(searching, self._access.tree, asked, wanted)
        return found[0] if len(found) == 1 else None

    def _vouched(self, searching: Any, entry: Any, name: str) -> Vouched:
        said = {key.lower(): value for key, value in entry["raw_attributes"].items()}
        groups = {one.decode("utf-8", "replace") for one in said.get("memberof", ())}
        groups |= set(self._groups_of(searching, entry["dn"]))
        good = next((said[key.lower()][0].hex() for key in GOOD if said.get(key.lower())), entry["dn"])
        return Vouched(
            way="ldap",
            subject=f"ldap:{good}",
            name=name,
            display_name=next((_text(said, key)[0] for key in NAMES if _text(said, key)), ""),
            groups=frozenset(groups | {_first_value(one) for one in groups}),
            departments=tuple(one for key in DEPARTMENTS for one in _text(said, key)),
        )

    def _groups_of(self, searching: Any, dn: str) -> Sequence[str]:
        """Groups that name their members, where the entry of a person does not say in which he is."""
        from ldap3.utils.conv import escape_filter_chars  # noqa: PLC0415 - as above

        member = escape_filter_chars(dn)
        asked = f"(|(member={member})(uniqueMember={member}))"
        return [one["dn"] for one in _search(searching, self._access.tree, asked, ["cn"])]


def _search(searching: Any, tree: str, asked: str, wanted: Sequence[str]) -> list[Any]:
    searching.search(tree, asked, attributes=list(wanted), size_limit=200)
    return [one for one in searching.response or () if one["type"] == "searchResEntry"]


def _text(said: dict[str, Any], key: str) -> list[str]:
    return [one.decode("utf-8", "replace") for one in said.get(key.lower(), ())]


def _first_value(dn: str) -> str:
    """What a group is called: the value of the first part of its name."""
    from ldap3.utils.dn import parse_dn  # noqa: PLC0415 - as above

    return str(parse_dn(dn)[0][1])
