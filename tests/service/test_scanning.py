"""The virus scanner as a part of the deployment: told where it is in use, and only there."""

from pathlib import Path

import pytest

from ingest.jobs.clamav import ClamScanner
from ingest.jobs.scan import EicarScanner, Scanners
from service.errors import Unavailable
from service.scanning import scanner_facts, scanner_of, scanner_probes

pytestmark = pytest.mark.requirement("R-CAP-7")


def test_without_an_address_nothing_is_asked_and_nothing_told() -> None:
    assert isinstance(scanner_of(""), EicarScanner)
    assert (scanner_probes(""), scanner_facts("")) == ({}, {})


def test_one_that_is_away_is_a_part_that_is_not_ready(tmp_path: Path) -> None:
    url = f"clamd+unix://{tmp_path}/none"
    scanner = scanner_of(url)
    assert isinstance(scanner, Scanners)
    assert scanner.name == ClamScanner(url).name == "ClamAV"
    with pytest.raises(Unavailable, match="clamd: ") as fault:
        scanner_probes(url)["scanner"]()
    assert fault.value.part == "scanner"
    assert scanner_facts(url) == {"scanner": ""}
