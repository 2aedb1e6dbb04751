"""Keys: what is one, and that nothing else passes."""

import pytest

from storage.keys import checked, is_key, new_key
from storage.port import KeyRefused

NAME = "0a" + "1b" * 15


@pytest.mark.parametrize("kind", ["content", "text", "preview", "probe"])
def test_a_new_key_is_a_key_in_the_folder_of_its_first_byte(kind):
    key = new_key(kind)
    assert is_key(key)
    assert checked(key) == key
    head, folder, name = key.split("/")
    assert (head, folder) == (kind, name[:2])


def test_keys_never_repeat():
    assert len({new_key("content") for _ in range(1000)}) == 1000


@pytest.mark.requirement("B23")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "content",
        f"content/0a/{NAME}\n",
        f"content/0a/{NAME}/",
        f"content/0a/../{NAME}",
        f"../content/0a/{NAME}",
        f"/content/0a/{NAME}",
        f"content\\0a\\{NAME}",
        f"content/0a/{NAME}\0",
        f"content/0a/{NAME.upper()}",
        f"content/0a/{NAME[:-1]}",
        f"other/0a/{NAME}",
        f"tmp/0a/{NAME}",
        f"content/0a/{NAME[:-1]}１",
        "合同/0a/合同",
    ],
)
def test_nothing_else_is_a_key(text):
    assert not is_key(text)
    with pytest.raises(KeyRefused):
        checked(text)
