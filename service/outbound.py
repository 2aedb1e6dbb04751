"""Outbound: requests to other servers, which reach no address that only this machine or its network knows (SSRF)."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

TIMEOUT = 10.0
"""Seconds for the connection and for every read."""
LARGEST = 1 << 20
"""Bytes of an answer; what is longer is none that was asked for."""

Origin = tuple[str, str, int]


class OutboundRefused(Exception):
    """The address is one that is not asked, or its server did not answer as one that may be believed."""


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """What came back; a redirect is an answer like another and is not followed."""

    status: int
    body: bytes
    media_type: str = ""


class Outbound:
    """Asks other servers.

    `named` are the URLs that the settings themselves name: their origins may lie in the house's own network, and
    may be http. Every other address comes from an answer, so it must be https and lie outside of all private
    networks; what was resolved and judged is what is connected to, so that no second answer of a name server counts.
    """

    def __init__(self, named: Collection[str], *, ca: str = "") -> None:
        """`ca`: a file with the authority of servers of the house, beside those that everybody believes."""
        self._named = {origin_of(url) for url in named if url}
        self._tls = ssl.create_default_context()
        if ca:
            self._tls.load_verify_locations(ca)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> OutboundAnswer:
        """Fetch. Raises `OutboundRefused`."""
        return self._ask("GET", url, None, headers or {})

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> OutboundAnswer:
        """Send. Raises `OutboundRefused`."""
        return self._ask("POST", url, body, headers)

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> OutboundAnswer:
        parts = self._fit(url)
        scheme, host, port = origin_of(url)
        connection = _Checked(host, port, self._address(scheme, host, port), self._tls, tls=scheme == "https")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body, {"Accept": "application/json", **headers})
            answer = connection.getresponse()
            read = answer.read(LARGEST + 1)
        except (OSError, http.client.HTTPException) as fault:
            raise OutboundRefused(f"{scheme}://{host}:{port}: {type(fault).__name__}: {fault}") from fault
        finally:
            connection.close()
        if len(read) > LARGEST:
            raise OutboundRefused(f"{scheme}://{host}:{port}: the answer is longer than {LARGEST} bytes")
        return OutboundAnswer(answer.status, read, answer.headers.get_content_type())

    def _fit(self, url: str) -> SplitResult:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or not url.isascii():
            raise OutboundRefused("no address of a server")
        if parts.scheme == "http" and origin_of(url) not in self._named:
            raise OutboundRefused(f"{parts.hostname}: only https is asked")
        return parts

    def _address(self, scheme: str, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as fault:
            raise OutboundRefused(f"{host}: no such host") from fault
        addresses = [str(one[4][0]) for one in found]
        if (scheme, host, port) not in self._named and not all(map(_public, addresses)):
            raise OutboundRefused(f"{host}: lies in a private network")
        return addresses[0]


class _Checked(http.client.HTTPConnection):
    """A connection to an address that was judged already, whatever the name says by now."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext, *, tls: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._to, self._context, self._by_tls = address, context, tls
        self.default_port = 443 if tls else 80

    def connect(self) -> None:
        """See `HTTPConnection.connect`."""
        plain = socket.create_connection((self._to, self.port), TIMEOUT)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host) if self._by_tls else plain


def origin_of(url: str) -> Origin:
    """Scheme, host and port of a URL. Raises `OutboundRefused` where there are none."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as fault:
        raise OutboundRefused("no address of a server") from fault
    return parts.scheme, parts.hostname or "", port


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast
