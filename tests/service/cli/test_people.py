"""fonds user list, disable, enable, reset-password: what the administrator does when nobody lets him in."""

import re

import httpx

from tests.service.cli.conftest import Serving


def test_users_are_listed_shut_out_let_in_and_given_a_password(sampled: Serving) -> None:
    archive = sampled.archive
    assert archive.run("user", "add", "zhaolei", "--role", "staff").returncode == 0
    listed = {user["name"]: user for user in archive.json("user", "list")}
    assert listed["zhaolei"]["roles"] == ["staff"]
    assert "已停用" in archive.run("user", "disable", "ZhaoLei").stdout
    assert {user["name"]: user["disabled"] for user in archive.json("user", "list")}["zhaolei"]
    assert "已启用" in archive.run("user", "enable", "zhaolei").stdout
    done = archive.run("user", "reset-password", "zhaolei")
    once = re.search(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", done.stdout)
    assert once
    address = archive.home.published()
    assert address is not None
    entered = httpx.post(f"{address.url}/api/v1/session", json={"name": "zhaolei", "password": once[0]})
    assert entered.json()["user"]["must_change_password"]


def test_a_user_who_is_not_there_and_the_last_administrator_are_told(sampled: Serving) -> None:
    done = sampled.archive.run("user", "disable", "nobody")
    assert (done.returncode, "没有用户 nobody" in done.stderr) == (2, True)
    last = sampled.archive.run("user", "disable", "admin")
    assert last.returncode == 1
    assert "最后一位系统管理员" in last.stderr
