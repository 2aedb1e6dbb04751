"""Requests to other servers: what only this machine or its network knows is reached by none (SSRF)."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from service.outbound import LARGEST, Outbound, OutboundRefused


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path == "/moved":
            self.send_header("Location", "http://127.0.0.1:1/secret")
        self.end_headers()
        self.wfile.write(b"x" * (LARGEST + 1 if self.path == "/long" else 2))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def named() -> Iterator[str]:
    """The address of a server on this machine."""
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.requirement("R-SEC-6")
def test_what_a_setting_names_is_asked_and_a_redirect_is_not_followed(named: str) -> None:
    outbound = Outbound([f"{named}/realm"])
    assert (outbound.get(f"{named}/a?b=c").status, outbound.get(f"{named}/moved").status) == (200, 302)
    with pytest.raises(OutboundRefused, match="longer"):
        outbound.get(f"{named}/long")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{other}/",
        "https://127.0.0.1:{port}/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.1.2.3/",
        "https://0.0.0.0/",
        "https://[fd00::1]/",
        "http://93.184.216.34/",
        "file:///etc/passwd",
        "https://user:password@93.184.216.34/",
        "https:///x",
        "https://host:99999/",
    ],
)
def test_other_addresses_of_the_house_are_not(named: str, url: str) -> None:
    port = int(named.rpartition(":")[2])
    with pytest.raises(OutboundRefused):
        Outbound([named]).get(url.format(port=port, other=port + 1))


def test_a_name_that_leads_into_the_house_is_refused_before_anything_is_sent(named: str) -> None:
    """`localhost` is such a name: the address is judged, and just this one is connected to."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        with pytest.raises(OutboundRefused, match="private"):
            Outbound([named]).get(f"https://localhost:{listening.getsockname()[1]}/")
        with pytest.raises(BlockingIOError):
            listening.accept()
