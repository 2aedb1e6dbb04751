"""Password hashes: what fits, what does not, and that the costs in force are strict enough."""

import pytest

from service.hashing import MEMORY_KIB, TIME_COST, PasswordHashes
from service.wiring import Outside

CHEAP = PasswordHashes(time_cost=1, memory_kib=8)
KEPT = CHEAP.hash("山高月小-水落石出-清风")


def test_a_password_fits_its_own_hash_only() -> None:
    assert CHEAP.fits(KEPT, "山高月小-水落石出-清风")
    assert not CHEAP.fits(KEPT, "山高月小-水落石出-明月")


def test_full_width_typing_fits() -> None:
    assert CHEAP.fits(CHEAP.hash("pass-1234567"), "ｐａｓｓ－１２３４５６７")


@pytest.mark.parametrize(
    "kept",
    ["", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$AAAA", pytest.param(KEPT[:-4], id="cut")],
)
def test_nothing_fits_nobodys_and_damaged_hashes(kept: str) -> None:
    assert not CHEAP.fits(kept, "")
    assert not CHEAP.fits(kept, "山高月小-水落石出-清风")


def test_the_longest_password_differs_from_a_longer_one() -> None:
    longest = "长" * 256
    kept = CHEAP.hash(longest)
    assert CHEAP.fits(kept, longest)
    assert not CHEAP.fits(kept, longest + "长")
    assert not CHEAP.fits(kept, longest * 1000)


def test_hashes_of_other_costs_are_outdated() -> None:
    assert not CHEAP.outdated(KEPT)
    assert PasswordHashes(time_cost=2, memory_kib=8).outdated(KEPT)


@pytest.mark.requirement("R-SEC-6")
def test_the_costs_in_force_are_at_least_what_owasp_asks_for() -> None:
    for hashes in (PasswordHashes(), Outside().hashes):
        assert hashes.hash("x").startswith(f"$argon2id$v=19$m={MEMORY_KIB},t={TIME_COST},p=1$")
    assert MEMORY_KIB >= 19 * 1024
    assert TIME_COST >= 2
