"""docker-compose.yml cannot be started here; what can be known about it without starting it is proved."""

import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from service.settings import Settings

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = YAML(typ="safe").load(TEXT)["services"]
OURS = ("web", "worker", "sweeper")
CLAMAV = ROOT / "deploy/compose.clamav.yml"
BESIDE: dict[str, Any] = YAML(typ="safe").load(CLAMAV.read_text(encoding="utf-8"))["services"]
SAMPLE = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("env") / ".env"
    make_env(path)
    return path


def make_env(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/make_env.py", path], check=True, capture_output=True, text=True
    )
    return done.stdout


def values(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def settings_of(service: str) -> dict[str, str]:
    """The FONDS_ variables that a service is started with, its secrets filled in."""
    environment = {
        name: re.sub(r"\$\{[^}]*\}", SAMPLE, str(value))
        for name, value in SERVICES[service]["environment"].items()
    }
    return {name: value for name, value in environment.items() if name.startswith("FONDS_")}


@pytest.mark.parametrize(
    "path", ["docker-compose.yml", "deploy/compose.test.yml", "deploy/compose.clamav.yml"]
)
def test_the_file_follows_the_compose_specification(path: str) -> None:
    schema = json.loads(
        files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
    )
    jsonschema.validate(YAML(typ="safe").load((ROOT / path).read_text(encoding="utf-8")), schema)


def test_every_part_of_the_archive_is_there() -> None:
    assert set(SERVICES) == {*OURS, "proxy", "mongo", "minio", "bucket", "elasticsearch", "rabbitmq"}


@pytest.mark.parametrize("service", OURS)
def test_every_setting_in_use_exists_and_can_be_read(service: str) -> None:
    settings = Settings.from_env(settings_of(service))  # unknown names and unreadable values raise
    assert not settings.embedded


def test_every_variable_is_made_by_make_env(generated: Path) -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))
    assert used == set(values(generated))


def test_no_variable_has_a_default_so_no_secret_can_be_a_known_one() -> None:
    assert set(re.findall(r"\$\{\w+([^}]*)\}", TEXT)) == {":?run make env first"}


def test_every_password_comes_from_the_env_file() -> None:
    secrets = [
        (service, name, value)
        for service, body in SERVICES.items()
        for name, value in body.get("environment", {}).items()
        if re.search(r"PASS|SECRET|KEY", name)
    ]
    assert len(secrets) >= len(OURS) + 5
    assert [line for line in secrets if not re.fullmatch(r"\$\{\w+:\?run make env first\}", line[2])] == []


def test_no_url_holds_a_password_that_is_written_down() -> None:
    for found in re.findall(r"://[^/\s]*?:([^@\s]*)@", TEXT):
        assert found.startswith("${")


def test_the_servers_for_tests_listen_on_this_machine_only() -> None:
    text = (ROOT / "deploy/compose.test.yml").read_text()
    ports = [port for body in YAML(typ="safe").load(text)["services"].values() for port in body["ports"]]
    assert len(ports) == 3
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, body in SERVICES.items() if "ports" in body] == ["proxy"]
    assert [name for name, body in SERVICES.items() if body["networks"] != ["inside"]] == ["proxy"]
    assert "network_mode" not in TEXT


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_is_held_on_a_short_lead(service: str) -> None:
    body = SERVICES[service]
    assert body["cap_drop"] == ["ALL"]
    assert body["security_opt"] == ["no-new-privileges:true"]
    assert set(body["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert body.get("read_only") or service in {"elasticsearch", "rabbitmq"}
    assert "privileged" not in body


@pytest.mark.parametrize("service", [name for name in SERVICES if name not in OURS])
def test_images_are_pinned_by_version(service: str) -> None:
    assert re.search(r":(RELEASE\.)?\d+[.-]\d+[.-]\d+\S*$", SERVICES[service]["image"])


def test_whatever_others_wait_for_says_whether_it_is_healthy() -> None:
    awaited = {
        name
        for body in SERVICES.values()
        for name, wait in body.get("depends_on", {}).items()
        if wait["condition"] == "service_healthy"
    }
    assert awaited >= {"web", "mongo", "minio", "elasticsearch", "rabbitmq"}
    assert [name for name in awaited if "healthcheck" not in SERVICES[name]] == []


def test_every_mounted_file_is_in_the_repository() -> None:
    mounted = [volume.split(":")[0] for body in SERVICES.values() for volume in body.get("volumes", ())]
    ours = [path for path in mounted if path.startswith("./")]
    assert ours
    assert [path for path in ours if not (ROOT / path).is_file()] == []


def test_the_virus_scanner_is_asked_by_all_that_are_ours_and_held_on_a_short_lead() -> None:
    assert set(BESIDE) == {*OURS, "clamav"}
    for service in OURS:
        settings = Settings.from_env(settings_of(service) | BESIDE[service]["environment"])
        assert settings.clamd_url == "clamd://clamav:3310"
    scanner = BESIDE["clamav"]
    assert scanner["cap_drop"] == ["ALL"]
    assert scanner["security_opt"] == ["no-new-privileges:true"]
    assert scanner["read_only"]
    assert scanner["user"] == "clamav"
    assert set(scanner["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "ports" not in scanner
    assert re.search(r":\d+\.\d+\.\d+$", scanner["image"])
    mounted = [volume.split(":")[0] for volume in scanner["volumes"]]
    assert [path for path in mounted if path.startswith("./") and not (ROOT / path).is_file()] == []
    assert "TCPSocket 3310\n" in (ROOT / "deploy/clamav/clamd.conf").read_text()


def test_the_image_is_built_from_locked_hashes_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    assert "--require-hashes -r requirements.lock" in dockerfile
    assert re.findall(r"^USER (\w+)", dockerfile, re.MULTILINE) == ["fonds"]
    assert all(
        re.search(r":\d+\.\d+\.\d+", image) for image in re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    )


def test_make_env_writes_secrets_for_the_owner_only(generated: Path) -> None:
    assert generated.stat().st_mode & 0o777 == 0o600
    secrets = [value for name, value in values(generated).items() if re.search(r"PASSWORD|SECRET|KEY", name)]
    assert len(set(secrets)) == len(secrets) == 8
    assert [secret for secret in secrets if not re.fullmatch(r"[0-9a-f]{64}", secret)] == []


def test_make_env_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SITE_ADDRESS=archive.example\n")
    assert "stays as it is" in make_env(path)
    assert path.read_text() == "SITE_ADDRESS=archive.example\n"


def test_the_proxy_lets_through_what_a_setting_allows() -> None:
    caddyfile = (ROOT / "deploy/Caddyfile").read_text()
    largest = max(int(size) for size in re.findall(r"max_size (\d+)GiB", caddyfile))
    assert largest << 30 >= Settings(home=Path(os.devnull), listen=("", 0)).max_file_bytes
