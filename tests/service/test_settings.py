"""Settings: every reader, all faults at once, nothing secret shown, no setting that is not known."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from service.settings import READERS, Settings, SettingsError, variable

OUTSIDE = {
    "FONDS_MONGO_URL": "mongodb://fonds:mongo-secret@db.example:27017/fonds?replicaSet=rs0",
    "FONDS_OBJECTS_URL": "s3+https://KEY:object-secret@s3.example/fonds",
    "FONDS_SEARCH_URL": "https://elastic:search-secret@es.example:9200",
    "FONDS_QUEUE_URL": "amqps://fonds:queue-secret@mq.example/",
}
SECRETS = ("mongo-secret", "object-secret", "search-secret", "queue-secret", "s" * 32)


def faults(**env: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(env)
    return caught.value.faults


def test_without_an_environment_everything_is_embedded_on_loopback() -> None:
    settings = Settings.from_env({})
    assert settings.listen == ("127.0.0.1", 8080)
    assert settings.home.is_absolute()
    assert settings.embedded
    assert (settings.workers, settings.processes, settings.session_hours) == (0, 1, 12)


def test_every_setting_has_a_reader() -> None:
    assert set(READERS) == {field.name for field in fields(Settings)}


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("home", "/srv/fonds", Path("/srv/fonds")),
        ("home", "~/archive", Path("~/archive").expanduser()),
        ("home", "archive", Path.cwd() / "archive"),
        ("listen", "0.0.0.0:80", ("0.0.0.0", 80)),
        ("listen", "[::1]:8080", ("::1", 8080)),
        ("listen", ":9000", ("127.0.0.1", 9000)),
        ("listen", "127.0.0.1:0", ("127.0.0.1", 0)),
        ("mongo_url", "mongodb://db/fonds", "mongodb://db/fonds"),
        ("mongo_url", "mongodb+srv://db.example", "mongodb+srv://db.example"),
        ("objects_url", "s3+http://K:S@h:9000/b", "s3+http://K:S@h:9000/b"),
        ("objects_url", "s3+https://K:S@h/b", "s3+https://K:S@h/b"),
        ("objects_url", "file:///srv/objects", "file:///srv/objects"),
        ("objects_public_url", "https://files.example", "https://files.example"),
        ("search_url", "http://es:9200", "http://es:9200"),
        ("search_url", "https://u:p@es:9200", "https://u:p@es:9200"),
        ("search_url", "tantivy:///srv/index", "tantivy:///srv/index"),
        ("queue_url", "amqp://mq", "amqp://mq"),
        ("queue_url", "amqps://mq", "amqps://mq"),
        ("public_url", "https://archive.example", "https://archive.example"),
        ("secret", "s" * 32, "s" * 32),
        ("workers", "0", 0),
        ("workers", "256", 256),
        ("processes", "1", 1),
        ("threads", "512", 512),
        ("max_file_bytes", "1", 1),
        ("reserve_bytes", "0", 0),
        ("session_hours", "720", 720),
        ("backup_url", "/mnt/备份 盘", "file:///mnt/%E5%A4%87%E4%BB%BD%20%E7%9B%98"),
        ("backup_url", "file:///mnt/nas", "file:///mnt/nas"),
        ("log_format", "json", "json"),
        ("log_format", "  text ", "text"),
    ],
)
def test_each_setting_is_read(name: str, raw: str, value: object) -> None:
    assert getattr(Settings.from_env({variable(name): raw}), name) == value


@pytest.mark.parametrize(
    ("name", "raw", "hint"),
    [
        ("listen", "127.0.0.1", "ADDRESS:PORT"),
        ("listen", "127.0.0.1:http", "ADDRESS:PORT"),
        ("listen", "127.0.0.1:65536", "ADDRESS:PORT"),
        ("mongo_url", "postgres://db/fonds", "mongodb://"),
        ("mongo_url", "db.example:27017", "mongodb://"),
        ("mongo_url", "mongodb://", "no host"),
        ("objects_url", "s3://bucket", "s3+http://"),
        ("objects_url", "/srv/objects", "file://"),
        ("objects_url", "file:///", "no path"),
        ("objects_public_url", "files.example", "http://"),
        ("search_url", "elastic://es", "tantivy://"),
        ("queue_url", "redis://mq", "amqp://"),
        ("public_url", "archive.example", "https://"),
        ("public_url", "https://[::1", "cannot be read"),
        ("secret", "s" * 31, "32 characters"),
        ("workers", "-1", "from 0 to 256"),
        ("workers", "257", "from 0 to 256"),
        ("workers", "1.5", "whole number"),
        ("workers", "٣", "whole number"),
        ("processes", "0", "from 1 to 256"),
        ("threads", "many", "from 1 to 512"),
        ("max_file_bytes", "0", "whole number"),
        ("max_file_bytes", "5GiB", "whole number"),
        ("reserve_bytes", "-5", "whole number"),
        ("session_hours", "721", "from 1 to 720"),
        ("log_format", "xml", "text or json"),
        ("backup_url", "backup", "absolute path"),
        ("backup_recipient", "age2", "age-keygen"),
        ("master_key", "vault+http://keys.example/v1/transit/keys/a?token=/t", "https"),
        ("master_key", "/srv/key", "file:///PATH"),
        ("master_key", "env:FONDS_TEST_NONE", "not set"),
        ("encrypt", "some", "secret or all"),
        ("second_factor_roles", "A B", "commas"),
        ("oidc_claims", "name", "CLAIM"),
        ("ldap_filter", "uid", "{name}"),
        ("outside_roles", "x", "GROUP:role"),
        ("code", "q", "Q001"),
        ("migrate_roots", "share", "absolute"),
        ("migrate_hosts", "smb://nas/share", "without a path"),
        ("oidc_issuer", "http://sso.example", "https"),
    ],
)
def test_each_bad_value_is_told_by_the_name_of_its_variable(name: str, raw: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({variable(name): raw})
    fault, chinese = caught.value.faults[0], caught.value.chinese[0]
    assert fault.startswith(f"{variable(name)}: ")
    assert hint in fault
    assert re.match(rf"{variable(name)}：.*[\u4e00-\u9fff]", chinese), chinese
    assert "expected" not in chinese


def test_all_faults_are_told_at_once() -> None:
    told = faults(
        FONDS_LISTEN="nowhere",
        FONDS_MONGO_URL="ftp://x",
        FONDS_THREADS="0",
        FONDS_PORT="80",
        FONDS_PROCESSES="2",
    )
    assert [fault.split(":")[0] for fault in told] == [
        "FONDS_LISTEN",
        "FONDS_MONGO_URL",
        "FONDS_THREADS",
        "FONDS_PORT",
        "FONDS_PROCESSES",
    ]
    with pytest.raises(SettingsError, match=r"(?s)FONDS_LISTEN.*FONDS_PROCESSES"):
        Settings.from_env({"FONDS_LISTEN": "nowhere", "FONDS_PROCESSES": "2"})


def test_an_unknown_setting_is_a_fault_because_it_is_a_slip_of_the_pen() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"FONDS_MONGODB_URL": "mongodb://db"})
    assert caught.value.faults == ["FONDS_MONGODB_URL: unknown setting"]
    assert caught.value.chinese == ["FONDS_MONGODB_URL：没有这项设置，看是否写错了名字"]


def test_variables_of_tests_benchmarks_services_and_others_are_left_alone() -> None:
    Settings.from_env(
        {
            "FONDS_TEST_S3_URL": "x",
            "FONDS_BENCH_CORPUS": "x",
            "FONDS_SERVICES_DIR": "x",
            "PATH": "/bin",
            "fonds_x": "1",
        }
    )


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Settings.from_env({"FONDS_MONGO_URL": "", "FONDS_WORKERS": "  "}) == Settings.from_env({})


def test_several_processes_need_every_part_outside() -> None:
    assert Settings.from_env(OUTSIDE | {"FONDS_PROCESSES": "4"}).processes == 4
    for inside in OUTSIDE:
        env = {name: value for name, value in OUTSIDE.items() if name != inside}
        (fault,) = faults(**env, FONDS_PROCESSES="4")
        assert fault.startswith("FONDS_PROCESSES: ")


@pytest.mark.parametrize(
    ("name", "url"),
    [("FONDS_OBJECTS_URL", "file:///srv/objects"), ("FONDS_SEARCH_URL", "tantivy:///srv/index")],
)
def test_parts_on_this_disk_are_embedded(name: str, url: str) -> None:
    assert Settings.from_env(OUTSIDE | {name: url}).embedded
    assert not Settings.from_env(OUTSIDE).embedded


def test_secrets_are_shown_nowhere_and_the_rest_is() -> None:
    settings = Settings.from_env(OUTSIDE | {"FONDS_SECRET": "s" * 32, "FONDS_LISTEN": "0.0.0.0:80"})
    for text in (repr(settings), str(settings), f"{settings.shown()}"):
        assert not [secret for secret in SECRETS if secret in text]
    shown = settings.shown()
    assert shown["FONDS_SECRET"] == "***"
    assert shown["FONDS_LISTEN"] == "0.0.0.0:80"
    assert shown["FONDS_MONGO_URL"] == "mongodb://***@db.example:27017/fonds?replicaSet=rs0"
    assert shown["FONDS_QUEUE_URL"] == "amqps://***@mq.example/"
    assert set(shown) == {variable(name) for name in READERS}


def test_a_secret_that_is_not_set_is_not_shown_as_one() -> None:
    assert Settings.from_env({}).shown()["FONDS_SECRET"] == ""
    assert Settings.from_env({}).shown()["FONDS_RESERVE_BYTES"] == ""


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_a_fault_does_not_repeat_the_secret_of_a_url(name: str) -> None:
    (fault,) = faults(**{name: "ftp://user:very-secret@host/x"})
    assert "very-secret" not in fault


@pytest.mark.parametrize("secret", ["SEC/RET", "SEC@RET", "SEC:RET"])
def test_a_secret_is_masked_whatever_signs_it_has(secret: str) -> None:
    settings = Settings(
        home=Path("/x"), listen=("127.0.0.1", 1), objects_url=f"s3+http://KEY:{secret}@h:9000/b"
    )
    assert settings.shown()["FONDS_OBJECTS_URL"] == "s3+http://***@h:9000/b"
    assert f"{secret}@" not in repr(settings)


def test_a_url_that_cannot_be_read_is_refused_without_repeating_it() -> None:
    with pytest.raises(SettingsError) as fault:
        Settings.from_env({"FONDS_MONGO_URL": "mongodb://u:sec℀ret@h"})
    assert "sec" not in str(fault.value)
