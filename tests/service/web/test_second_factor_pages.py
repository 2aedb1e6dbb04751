"""The second factor on pages: from the picture to the codes, the code at sign-in, and its reset."""

import re

import pyotp
import pytest

from service.domain.permissions import Role
from service.models import User
from service.wiring import Fonds
from tests.service.web.conftest import NEAR, PASSWORD, Reader, SignIn, visible

pytestmark = pytest.mark.requirement("R-SEC-6")


def test_from_setting_up_to_signing_in_and_reset(sign_in: SignIn, nobody: Reader, fonds: Fonds) -> None:
    wang = sign_in("wangfang", Role.STAFF)
    page = wang.read("/me/second-factor")
    drawn = re.search(r'<svg[^>]*class="qr"[^>]*>', page)
    assert drawn
    assert "viewBox" in drawn[0]  # else the styles cut it where they make it smaller
    assert " style=" not in page.split(drawn[0])[1].split("</svg>")[0]
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)
    assert secret
    wrong = wang.post("/me/second-factor", {"secret": secret[1], "code": "000000"})
    assert (wrong.status_code, secret[1] in wrong.text) == (422, True)
    code = pyotp.TOTP(secret[1]).at(fonds.clock())
    done = visible(wang.post("/me/second-factor", {"secret": secret[1], "code": code}).text)
    assert len(set(re.findall(r"\b\w{4}-\w{4}-\w{4}\b", done))) == 10
    asked = nobody.client.post(
        "/sign-in", data={"name": "wangfang", "password": PASSWORD, "next": "/me"}, headers=NEAR
    )
    assert "fonds_session" not in str(asked.headers)
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked.text)
    assert ticket
    form = {"ticket": ticket[1], "next": "/me", "code": code}
    again = nobody.client.post("/sign-in/code", data=form, headers=NEAR)
    assert (again.status_code, "验证码不对或已用过" in again.text) == (401, True)
    recovery = re.findall(r"\b\w{4}-\w{4}-\w{4}\b", done)[0]
    entered = nobody.client.post("/sign-in/code", data=form | {"code": recovery}, headers=NEAR)
    assert (entered.status_code, entered.headers["Location"]) == (303, "/me")
    refused = nobody.client.post(
        "/api/v1/session", json={"name": "wangfang", "password": PASSWORD}, headers=NEAR
    )
    assert (refused.status_code, refused.json["code"]) == (401, "second_factor_needed")
    admin = sign_in("chen", Role.SYSADMIN)
    user = User.objects(name="wangfang")[0]
    assert "重置第二因素" in visible(admin.read(f"/admin/users/{user.id}"))
    admin.post(f"/admin/users/{user.id}/second-factor", {})
    assert User.objects(id=user.id)[0].totp_secret is None
