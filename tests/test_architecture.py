"""The layers of design §1, read from the code itself: an edge that is not allowed here does not exist."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("storage", "search", "ingest", "service")

ALLOWED = {
    "storage": {"storage"},
    "search": {"search"},
    "ingest": {"ingest", "storage", "search"},
    "service": {"service", "ingest", "storage", "search"},
}
"""Package → packages of ours that it may import."""

HTTP = ("service/app.py", "service/identity.py", "service/problems.py", "service/api/", "service/web/")
"""The modules that may know Flask."""

SDKS = {
    "minio": ("storage/",),
    "urllib3": ("storage/",),
    "smbclient": ("ingest/migrate/share.py",),
    "smbprotocol": ("ingest/migrate/share.py",),
    "rarfile": ("ingest/migrate/", "ingest/formats/rar.py"),
    "tantivy": ("search/embedded", "search/tantivy"),
    "elasticsearch": ("search/elastic",),
    "elastic_transport": ("search/elastic",),
    "celery": ("ingest/jobs/celery_queue.py",),
    "kombu": ("ingest/jobs/celery_queue.py",),
    "mongoengine": (
        "service/models/",
        "service/usecases/",
        "service/audit.py",
        "service/housekeeping.py",
        "service/ledger.py",
    ),
    "flask": HTTP,
    "flask_openapi3": HTTP,
    "werkzeug": HTTP,
    "flask_babel": HTTP,
    "cheroot": ("service/serving.py",),
    "gunicorn": ("service/serving.py",),
    "typer": ("service/cli/",),
    "rich": ("service/cli/",),
    "authlib": ("service/vouching/oidc.py",),
    "joserfc": ("service/vouching/oidc.py",),
    "ldap3": ("service/vouching/ldap.py",),
    "argon2": ("service/hashing.py",),
}
"""Third-party package → the only modules that may import it (prefixes of paths)."""

PURE = {"jsonschema", "rpds", "referencing", "phonenumbers"}
"""What `service/domain` may import beside the standard library, `service.errors` and itself."""

INNER = {
    "service/domain/": ("service.domain", "service.errors"),
    "service/models/": ("service.models", "service.domain", "service.errors"),
    "service/usecases/": (
        "service.usecases",
        "service.models",
        "service.domain",
        "service.errors",
        "service.audit",
        "service.hashing",
        "service.ledger",
        "service.scheme",
    ),
}
"""Layers inside service: folder → modules of service that it may import."""


@dataclass(frozen=True)
class Import:
    path: str
    line: int
    module: str
    in_function: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.module}"


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def imports() -> list[Import]:
    found = []
    for path, tree in sources():
        functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        inside = {id(node) for function in functions for node in ast.walk(function)}
        for node in ast.walk(tree):
            line = getattr(node, "lineno", 0)
            found += [Import(path, line, module, id(node) in inside) for module in imported(path, node)]
    return found


def imported(path: str, node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = Path(path).parts[: -node.level] if node.level else ()
        module = ".".join([*base, *([node.module] if node.module else [])])
        return [f"{module}.{alias.name}" for alias in node.names] if module in PACKAGES else [module]
    return []


IMPORTS = imports()


def within(path: str, prefixes: tuple[str, ...]) -> bool:
    return path.startswith(prefixes)


def test_packages_import_only_what_lies_below_them() -> None:
    wrong = [
        one
        for one in IMPORTS
        if (target := one.module.split(".")[0]) in PACKAGES and target not in ALLOWED[one.path.split("/")[0]]
    ]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("folder", INNER)
def test_layers_inside_service(folder: str) -> None:
    wrong = [
        one
        for one in IMPORTS
        if one.path.startswith(folder)
        and one.module.startswith("service")
        and not any(
            one.module == allowed or one.module.startswith(allowed + ".") for allowed in INNER[folder]
        )
    ]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("house", ["service/usecases/", "search/"])
def test_rooms_stand_in_no_circle(house: str) -> None:
    """docs/architecture.md, the rooms: each imports those below it."""
    below: dict[str, set[str]] = {}
    package, depth = house.replace("/", "."), house.count("/")
    for one in IMPORTS:
        if one.path.startswith(house) and one.module.startswith(package):
            room, target = one.path.split("/")[depth].removesuffix(".py"), one.module.split(".")[depth]
            below.setdefault(room, set()).update({target} - {room})
    assert below
    circles = [room for room in below if room in reached(below, room)]
    assert not circles, ", ".join(circles)


def reached(below: dict[str, set[str]], room: str) -> set[str]:
    seen: set[str] = set()
    ahead = [room]
    while ahead:
        new = below.get(ahead.pop(), set()) - seen
        seen |= new
        ahead += new
    return seen


def test_domain_is_pure() -> None:
    wrong = [
        one
        for one in IMPORTS
        if one.path.startswith("service/domain/")
        and (root := one.module.split(".")[0]) not in sys.stdlib_module_names | PURE
        and root != "service"
    ]
    assert not wrong, "\n".join(map(str, wrong))


def test_sdks_stay_inside_their_adapters() -> None:
    wrong = [
        one
        for one in IMPORTS
        if (root := one.module.split(".")[0]) in SDKS and not within(one.path, SDKS[root])
    ]
    assert not wrong, "\n".join(map(str, wrong))


LATE = {"authlib", "joserfc", "ldap3", "asn1crypto"}
"""What costs megabytes that only some deployments need: imported when it is first used."""


def test_what_few_deployments_need_is_imported_late() -> None:
    wrong = [one for one in IMPORTS if one.module.split(".")[0] in LATE and not one.in_function]
    assert not wrong, "\n".join(map(str, wrong))


def test_nothing_of_ours_is_imported_inside_a_function() -> None:
    wrong = [one for one in IMPORTS if one.in_function and one.module.split(".")[0] in PACKAGES]
    assert not wrong, "\n".join(map(str, wrong))


def test_pages_and_api_do_not_reach_past_the_use_cases() -> None:
    outer = ("service/api/", "service/web/", "service/cli/")
    wrong = [one for one in IMPORTS if one.path.startswith(outer) and one.module.startswith("service.models")]
    assert not wrong, "\n".join(map(str, wrong))


def test_only_settings_reads_the_environment() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        if path != "service/settings.py" and path not in ENVIRONMENT_OF_CHILDREN
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.ImportFrom) and reads_environment(node)
    ]
    assert not wrong, "\n".join(wrong)


def reads_environment(node: ast.Attribute | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in ("environ", "getenv") for alias in node.names)
    return node.attr in ("environ", "getenv") and isinstance(node.value, ast.Name) and node.value.id == "os"


ENVIRONMENT_OF_CHILDREN: tuple[str, ...] = (
    "ingest/jail/capabilities.py",
    "service/embedded/child.py",
    "service/embedded/workers.py",
    "service/embedded/rehearsing.py",
    "service/cli/language.py",
)
"""They pass the environment on to child processes, or ask it for the language of the terminal; no setting is read."""


EXPENSIVE = re.compile(r"\.(first|modify|count_documents|find_one_and_update|find_and_modify)\(|\.order_by\(")
SMALL_COLLECTIONS = ("service/models/reading.py", "service/models/migrations.py")
"""Where counters and the one row of the schema version are read."""


def test_growing_collections_are_read_at_cheap_operations() -> None:
    """Design §2: both databases at their cheap operations."""
    wrong = [
        f"{path}:{number}: {line.strip()}"
        for path, _ in sources()
        if path.startswith("service/") and path not in SMALL_COLLECTIONS
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1)
        if EXPENSIVE.search(line)
    ]
    assert not wrong, "\n".join(wrong)


ZONE_OF_THE_TERMINAL = "service/embedded/home.py"
"""A line for whoever sits at this machine."""


def test_days_are_those_of_the_company() -> None:
    """A machine that counts in UTC would file what is archived on New Year's morning under the old year."""
    wrong = [
        f"{path}:{number}: {line.strip()}"
        for path, _ in sources()
        if path.startswith("service/") and path != ZONE_OF_THE_TERMINAL
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1)
        if re.search(r"\.astimezone\(\)|\bdate\.today\(\)|\b(at|now|modified)\.date\(\)", line)
    ]
    assert not wrong, "\n".join(wrong)


EMPTIES_WHAT_NOBODY_USES = "service/models/snapshot.py"
"""A restore empties collections before anything else runs on them, however many rows they have."""


def test_many_rows_are_written_in_a_transaction() -> None:
    """SecantusDB stands still for good when such a write meets an open transaction, see `update_rows`."""
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        if path.startswith("service/") and path != EMPTIES_WHAT_NOBODY_USES
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and writes_many_rows_plainly(node)
    ]
    assert not wrong, "\n".join(wrong)


INSERTS = {
    "service/models/transactions.py",
    "service/usecases/attempts.py",  # two guesses at the same moment may write the same row, and each counts
}


def test_new_rows_are_written_so_that_a_lost_answer_is_no_taken_key() -> None:
    """The driver repeats an insert whose answer was lost, and a database that was killed has forgotten it, see
    `insert_row`."""
    wrong = [
        f"{path}:{node.value.lineno}"
        for path, tree in sources()
        if path.startswith("service/") and path not in INSERTS
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "force_insert"
    ]
    assert not wrong, "\n".join(wrong)


def writes_many_rows_plainly(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in ("update_many", "delete_many"):
        return "session" not in {keyword.arg for keyword in call.keywords}
    rows = call.func.value
    return (
        call.func.attr in ("update", "delete")
        and isinstance(rows, ast.Call)
        and isinstance(rows.func, ast.Attribute)
        and rows.func.attr == "objects"
    )


def test_files_and_functions_stay_readable() -> None:
    """House style §6.8: files under 400 lines, functions under 50."""
    wrong = []
    for path, tree in sources():
        length = len((ROOT / path).read_text().splitlines())
        if length > 400:
            wrong.append(f"{path}: {length} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 50:
                    wrong.append(f"{path}:{node.lineno} {node.name}: {lines} lines")
    assert not wrong, "\n".join(wrong)


VAGUE = {"utils", "helpers", "common", "base", "manager", "misc", "util", "helper"}


def test_names_say_what_is_inside() -> None:
    """House style §6.1."""
    wrong = [path for path, _ in sources() if VAGUE & set(Path(path).with_suffix("").parts)]
    assert not wrong, "\n".join(wrong)


def test_every_module_says_what_it_owns() -> None:
    """House style §6.7."""
    wrong = [path for path, tree in sources() if not ast.get_docstring(tree)]
    assert not wrong, "\n".join(wrong)
