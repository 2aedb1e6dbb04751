"""Signing in at a provider of the house: there and back at a real one, and whatever may not be believed."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.audit import Audit
from service.clock import now
from service.domain.permissions import Actor, Role
from service.hashing import PasswordHashes
from service.knowing import Around, people_and_rights
from service.models import AuditEvent, User
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.service.oidc_server import CLIENT, SECRET
from tests.service.web.conftest import NEAR, PASSWORD, visible

pytestmark = [pytest.mark.requirement("R-SEC-6")]
ROOT = Path(__file__).parents[3]
ZHAO = {"sub": "u-1", "preferred_username": "zhaolei", "name": "赵磊", "groups": [], "department": []}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.service.oidc_server"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


class Somebody:
    """A browser between the archive and the provider."""

    def __init__(self, client: FlaskClient, provider: str) -> None:
        self.client, self.provider = client, provider

    def is_(self, claims: dict[str, object], **more: object) -> None:
        body = json.dumps({"claims": claims, **more}).encode()
        asked = urllib.request.Request(f"{self.provider}/person", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(asked).close()

    def back(self, next_path: str = "") -> str:
        """Where the provider sends him, with a code."""
        sent = self.client.get("/sign-in/outside" + (f"?next={next_path}" if next_path else ""))
        assert sent.status_code == 303, sent.text
        asked = urllib.request.Request(sent.headers["Location"])
        opener = urllib.request.build_opener(_Stay)
        answer = opener.open(asked)
        return str(answer.headers["Location"])

    def come(self, claims: dict[str, object], next_path: str = "", **more: object) -> TestResponse:
        self.is_(claims, **more)
        return self.client.get(self.back(next_path))


class _Stay(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, req, fp, code, msg, headers):  # type: ignore[no-untyped-def]
        return fp


House = Callable[..., Somebody]


@pytest.fixture
def house(fonds: Fonds, provider: str) -> House:
    """Build the application with this provider; its clock is the real one, as the provider's is."""

    def built(**said: object) -> Somebody:
        known = {"oidc_issuer": provider, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        settings = replace(fonds.settings, **{**known, **said})  # type: ignore[arg-type]
        people = people_and_rights(
            Audit(now), Around(now, None, PasswordHashes()), lambda: None, settings=settings
        )
        wired = replace(fonds, settings=settings, clock=now, **people)
        return Somebody(create_app(wired).test_client(), provider)

    return built


@pytest.fixture
def zhao(fonds: Fonds, administrator: Actor) -> str:
    """A known user, who never used his one-time password; his id."""
    return fonds.people.add(administrator, NewUser("zhaolei", "", [Role.STAFF], ["市场部"]))[0].id


def test_a_known_person_signs_in_by_a_button_and_goes_where_he_wanted(house: House, zhao: str) -> None:
    somebody = house(oidc_label="集团账号")
    page = somebody.client.get("/sign-in?next=/browse").text
    assert 'href="/sign-in/outside?next=/browse"' in page
    assert "集团账号" in visible(page)
    answer = somebody.come(ZHAO, "/browse")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/browse")
    assert somebody.client.get("/browse").status_code == 200
    row = User.objects(id=zhao)[0]
    assert row.outside.endswith(" u-1")
    assert not row.must_change_password
    assert {e.act for e in AuditEvent.objects(object_id=zhao)} >= {"link_identity", "sign_in"}


def test_only_one_and_the_same_browser_comes_back_and_only_once(house: House, zhao: str) -> None:
    somebody = house()
    somebody.is_(ZHAO)
    back = somebody.back()
    stranger = somebody.client.application.test_client()
    assert stranger.get(back).status_code == 401
    assert somebody.client.get(back).status_code == 303
    assert somebody.client.get(back).status_code == 401
    forged = somebody.back().replace("state=", "state=x")
    assert somebody.client.get(forged).status_code == 401


@pytest.mark.parametrize("fault", ["nonce", "audience", "expired", "signature", "unsigned"])
def test_what_is_wrong_with_an_id_token_lets_nobody_in(house: House, zhao: str, fault: str) -> None:
    answer = house().come(ZHAO, fault=fault)
    assert answer.status_code == 401
    assert "没有确认您的身份" in visible(answer.text)
    assert "session" not in str(answer.headers.getlist("Set-Cookie"))
    assert User.objects(id=zhao)[0].outside is None


def test_a_provider_that_changed_its_keys_is_believed_and_one_that_calls_itself_otherwise_is_not(
    house: House, zhao: str
) -> None:
    somebody = house()
    assert somebody.come(ZHAO).status_code == 303
    assert somebody.come(ZHAO, fault="new_keys").status_code == 303
    for fault in ("issuer", "elsewhere"):
        other = house()
        other.is_(ZHAO, fault=fault)
        sent = other.client.get("/sign-in/outside")
        if fault == "elsewhere":  # it names a place in our own network that no setting names
            location = sent.headers["Location"]
            state = parse_qs(urlsplit(location).query)["state"][0]
            sent = other.client.get(f"/sign-in/outside/back?state={state}&code=x")
        assert sent.status_code == 503
        assert "没有应答" in visible(sent.text)


def test_nobody_unknown_gets_an_account_unless_his_groups_are_allowed(house: House) -> None:
    assert house().come(ZHAO).status_code == 401
    assert not User.objects(name="zhaolei")
    rules = {"outside_allow": "营销", "outside_roles": "营销:staff;档案室:archivist"}
    assert house(**rules).come(ZHAO | {"groups": ["别处"]}).status_code == 401
    somebody = house(**rules)
    assert somebody.come(ZHAO | {"groups": ["营销", "档案室"]}).status_code == 303
    row = User.objects(name="zhaolei")[0]
    assert (sorted(row.roles), row.display_name, row.clearance) == (["archivist", "staff"], "赵磊", "L0")


def test_roles_and_departments_follow_the_provider_and_what_was_given_here_stays(
    house: House, zhao: str, fonds: Fonds, administrator: Actor
) -> None:
    fonds.departments.add(administrator, "销售部")
    somebody = house(outside_roles="档案室:archivist;机房:sysadmin")
    told = {key: ZHAO[key] for key in ("sub", "preferred_username")}
    there = {"sub": "u-1", "groups": ["档案室"], "department": ["销售部", "没有这个部门"]}
    somebody.come(told, userinfo=there)
    row = User.objects(id=zhao)[0]
    assert (sorted(row.roles), sorted(row.departments)) == (["archivist", "staff"], ["市场部", "销售部"])
    both = somebody.come(told, userinfo=there | {"groups": ["档案室", "机房"]})
    assert "三员分立" in visible(both.text)
    somebody.come(told, userinfo=there | {"groups": [], "department": []})
    row = User.objects(id=zhao)[0]
    assert (row.roles, row.departments) == (["staff"], ["市场部"])
    another = somebody.come(told, userinfo=there | {"sub": "u-2", "groups": ["档案室"]})
    assert another.status_code == 303  # what is told of somebody else is not believed
    assert User.objects(id=zhao)[0].roles == ["staff"]


def test_a_name_that_went_to_somebody_else_opens_nothing(
    house: House, zhao: str, fonds: Fonds, administrator: Actor
) -> None:
    somebody = house()
    somebody.come(ZHAO)
    stranger = house().come(ZHAO | {"sub": "u-2"})
    assert (stranger.status_code, "属于另一个人" in visible(stranger.text)) == (401, True)
    fonds.people.disable(administrator, zhao)
    assert "已停用" in visible(somebody.come(ZHAO).text)


def test_a_second_factor_is_asked_for_unless_one_was_shown_there(house: House, zhao: str) -> None:
    User.objects(id=zhao).update_one(set__totp_secret="A" * 32)
    assert 'name="ticket"' in house(oidc_acr="mfa").come(ZHAO | {"acr": "pwd"}).text
    assert house(oidc_acr="mfa,otp").come(ZHAO | {"amr": ["pwd", "otp"]}).status_code == 303


def test_names_and_passwords_of_the_archive_stay(house: House, fonds: Fonds, administrator: Actor) -> None:
    fonds.people.add(administrator, NewUser("liqian", "", [Role.STAFF], ["市场部"], PASSWORD))
    client = house().client
    answer = client.post("/sign-in", data={"name": "liqian", "password": PASSWORD}, headers=NEAR)
    assert answer.status_code == 303
