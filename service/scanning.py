"""The virus scanner as the whole program knows it: who looks at files, whether he answers, how old his signatures are."""

from collections.abc import Callable, Mapping

from ingest.jobs.clamav import ClamScanner
from ingest.jobs.scan import EicarScanner, Scanner, Scanners, ScannerUnavailable
from service.errors import Unavailable

PATIENCE = 3.0
"""Seconds in which it has to say that it is there; what it does with files has longer."""


def scanner_of(clamd_url: str) -> Scanner:
    """Who looks at every file before any parser does; without an address only for the signature of tests."""
    own = EicarScanner()
    return Scanners((own, ClamScanner(clamd_url))) if clamd_url else own


def scanner_probes(clamd_url: str) -> dict[str, Callable[[], None]]:
    """The probe of ClamAV by the name of its part; none where it is not asked."""
    if not clamd_url:
        return {}

    def probe() -> None:
        try:
            ClamScanner(clamd_url, PATIENCE).version()
        except ScannerUnavailable as fault:
            raise Unavailable("scanner", str(fault)) from fault

    return {"scanner": probe}


def scanner_facts(clamd_url: str) -> Mapping[str, str]:
    """For the status: program and signatures of the scanner as it tells them, "" while it does not answer."""
    if not clamd_url:
        return {}
    try:
        return {"scanner": ClamScanner(clamd_url, PATIENCE).version()}
    except ScannerUnavailable:
        return {"scanner": ""}
