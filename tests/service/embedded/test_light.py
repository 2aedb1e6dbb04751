"""What the processes of an embedded deployment leave out: they may take 400 MB together while nothing happens."""

import gc
import json
import subprocess
import sys

import pytest

from service.embedded.arenas import keep_what_is_here

OF_OTHER_DEPLOYMENTS = {"minio", "urllib3", "celery", "kombu", "amqp", "elasticsearch", "elastic_transport"}
OF_COMMANDS = {"typer", "httpx", "pygments", "smbclient", "smbprotocol", "spnego", "py7zr", "rarfile"}
OF_FEW_USERS = {"authlib", "joserfc", "ldap3", "asn1crypto", "pyhanko"}
OF_JAILS = {
    "openpyxl",
    "pypdfium2",
    "pikepdf",
    "reportlab",
    "cv2",
    "onnxruntime",
    "rapidocr",
    "sklearn",
    "scipy",
}
OF_JAILS |= {"numpy", "lxml", "imagehash", "datasketch"}
TABLES = {"pypinyin", "rjieba"}
"""The second when the first text is indexed or searched; the first never, for it takes eight times its tables."""

ASKED = """
import json, sys
import service.embedded.worker
worker = sorted(sys.modules)
import service.cli.running
print(json.dumps([worker, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """Program → the packages and modules of ours that it loads when it starts."""
    said = subprocess.run(
        [sys.executable, "-P", "-c", ASKED], capture_output=True, text=True, check=True, timeout=120
    )
    worker, server = json.loads(said.stdout)
    return {"worker": set(worker), "server": set(server)}


@pytest.mark.parametrize("program", ["worker", "server"])
def test_programs_that_stay_load_nothing_heavy(program: str, loaded: dict[str, set[str]]) -> None:
    heavy = OF_OTHER_DEPLOYMENTS | OF_COMMANDS | OF_FEW_USERS | OF_JAILS | TABLES
    assert heavy & loaded[program] == set()


def test_a_worker_loads_neither_search_engine_nor_pages(loaded: dict[str, set[str]]) -> None:
    assert {"tantivy", "flask", "pydantic", "service.wiring"} & loaded["worker"] == set()
    assert "ingest.jobs.pipeline" in loaded["worker"]


def test_the_collector_passes_over_what_start_has_made() -> None:
    keep_what_is_here()
    try:
        assert gc.get_freeze_count() > 10_000
        assert len(gc.get_objects()) < 10_000
    finally:
        gc.unfreeze()
