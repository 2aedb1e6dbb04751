"""Acts of weight ask again who somebody is, some minutes after he last showed it, and go on with what was typed."""

import pyotp
import pytest
from flask import Flask

from service.api.weight import OF_WEIGHT
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.models import AuditEvent, Grant, User
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.conftest import Clock
from tests.service.web.conftest import NEAR, PASSWORD, Reader, SignIn

pytestmark = pytest.mark.requirement("R-SEC-6")


def test_every_act_of_weight_is_a_route_that_changes_something(served: Flask) -> None:
    changing = {
        rule.endpoint
        for rule in served.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert changing >= OF_WEIGHT


def prove(reader: Reader, csrf: str, secret: str) -> int:
    headers = {**NEAR, "X-CSRF-Token": csrf}
    return reader.client.post("/api/v1/session/proof", json={"secret": secret}, headers=headers).status_code


def test_a_changed_right_wants_the_password_again_and_then_the_same_form_is_taken(
    sign_in: SignIn, fonds: Fonds, administrator: Actor, clock: Clock
) -> None:
    admin = sign_in("chen", Role.SYSADMIN)
    csrf = admin.read("/me").split('name="csrf-token" content="')[1].split('"')[0]
    wang = fonds.people.add(administrator, NewUser("wang", "", [Role.STAFF], ["市场部"]))[0].id
    form = {"display_name": "王", "roles": "archivist", "clearance": "L1"}
    assert admin.post(f"/admin/users/{wang}", form | {"roles": "staff"}).status_code == 303
    clock.advance(minutes=11)
    refused = admin.post(f"/admin/users/{wang}", form, **{"HX-Request": "true"})
    assert (refused.status_code, refused.headers["X-Fonds-Proof"]) == (403, "password")
    assert User.objects(id=wang)[0].roles == ["staff"]
    assert prove(admin, csrf, "不是这个") == 422
    assert admin.post(f"/admin/users/{wang}", form).status_code == 403
    assert prove(admin, csrf, PASSWORD) == 204
    assert admin.post(f"/admin/users/{wang}", form).status_code == 303
    assert User.objects(id=wang)[0].roles == ["archivist"]
    assert sorted(event.result for event in AuditEvent.objects(act="prove")) == ["done", "refused"]


def test_by_the_api_it_is_a_problem_with_a_code_and_a_token_is_not_asked(
    sign_in: SignIn, fonds: Fonds, administrator: Actor, clock: Clock
) -> None:
    admin = sign_in("chen", Role.SYSADMIN)
    csrf = admin.read("/me").split('name="csrf-token" content="')[1].split('"')[0]
    chen = User.objects(name="chen")[0]
    actor = fonds.knowing.actors.named(chen.id)
    assert actor is not None
    enrolment = fonds.second_factor.begin(actor)
    fonds.second_factor.enrol(actor, enrolment.secret, pyotp.TOTP(enrolment.secret).at(clock()))
    bearer = {"Authorization": f"Bearer {fonds.tokens.add(actor, name='script', days=1)[0]}"}
    clock.advance(minutes=11)
    headers = {**NEAR, "X-CSRF-Token": csrf}
    said = admin.client.post("/api/v1/users", json={"name": "li", "roles": ["staff"]}, headers=headers)
    assert (said.status_code, said.json["code"], said.json["way"]) == (403, "proof_needed", "code")
    assert prove(admin, csrf, PASSWORD) == 422  # the stronger one is there, so it is wanted
    assert prove(admin, csrf, pyotp.TOTP(enrolment.secret).at(clock())) == 204
    again = admin.client.post("/api/v1/users", json={"name": "li", "roles": ["staff"]}, headers=headers)
    assert again.status_code == 201, again.text
    clock.advance(minutes=11)
    asked = {"json": {"name": "sun", "roles": ["staff"]}, "headers": bearer}
    assert admin.client.application.test_client().post("/api/v1/users", **asked).status_code == 201


def test_guessing_at_the_proof_is_stopped(sign_in: SignIn, clock: Clock) -> None:
    admin = sign_in("chen", Role.SYSADMIN)
    csrf = admin.read("/me").split('name="csrf-token" content="')[1].split('"')[0]
    assert [prove(admin, csrf, "falsch") for _ in range(6)] == [422] * 5 + [429]
    assert prove(admin, csrf, PASSWORD) == 429


def test_who_may_know_of_a_record_is_changed_after_proof_only(
    sign_in: SignIn, fonds: Fonds, archivist: Actor, clock: Clock
) -> None:
    li = sign_in("liqian", Role.ARCHIVIST)
    sign_in("wang", Role.STAFF)
    csrf = li.read("/me").split('name="csrf-token" content="')[1].split('"')[0]
    record = fonds.records.create(archivist, Description(title="底价", department="市场部")).id
    grant = {"user": "wang", "last_day": "2026-04-01", "reason": "借鉴"}
    clock.advance(minutes=11)
    for path, said in ((f"/records/{record}/grants", grant), (f"/records/{record}/circles", {"circles": ""})):
        assert li.post(path, said).status_code == 403
        headers = {**NEAR, "X-CSRF-Token": csrf}
        body = {"circles": []} if path.endswith("circles") else grant
        method = "PUT" if path.endswith("circles") else "POST"
        answer = li.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "proof_needed")
    assert Grant.objects(record_id=record).count() == 0
    assert prove(li, csrf, PASSWORD) == 204
    assert li.post(f"/records/{record}/grants", grant).status_code == 303
    assert Grant.objects(record_id=record).count() == 1
