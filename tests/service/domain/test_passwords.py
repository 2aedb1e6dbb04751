"""Passwords: each reason for refusal, folding, and passwords for the first sign-in."""

import pytest

from service.domain.passwords import check_password, folded_name, folded_password, one_time_password


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Short-1", "password_too_short"),
        ("①②③④⑤⑥", "password_too_short"),
        ("长密码0123456789" * 20, "password_too_long"),
        ("aaaaaaaaaaab", "password_too_simple"),
        ("my-wangfang-2026", "password_too_simple"),
        ("MY-WANGFANG-2026", "password_too_simple"),
        ("tab\tinside-it", "control_character"),
        ("lone-\udc80-surrogate", "control_character"),
    ],
)
def test_each_bad_password_has_its_code(password: str, code: str) -> None:
    (fault,) = check_password("new", password, name="wangfang")
    assert (fault.path, fault.code) == ("new", code)
    assert fault.message % fault.params


@pytest.mark.parametrize("password", ["correct horse battery", "山高月小水落石出清风", "x1-y2-z3-w4"])
def test_length_counts_and_not_mixtures_of_signs(password: str) -> None:
    assert check_password("new", password, name="li") == []


def test_full_width_typing_gives_the_same_password() -> None:
    assert folded_password("ｐａｓｓ－１２３") == folded_password("pass-123")


def test_full_width_and_case_give_the_same_name() -> None:
    assert folded_name(" ＷangＦang ") == folded_name("wangfang")
    assert folded_name("王芳") == "王芳"


def test_one_time_passwords_are_good_different_and_readable() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    # a name that is longer than what stands between two dashes: by chance one of four letters was in one of them
    assert all(check_password("new", password, name="wangfang") == [] for password in made)
    assert not set("".join(made)) & set("ilo01IO")
