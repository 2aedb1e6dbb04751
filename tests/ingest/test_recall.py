"""What office files say is read: 99.5 in a hundred of their characters, heads, text boxes and notes included."""

from collections.abc import Callable

import pytest

from ingest import texts
from ingest.tasks.extract import Finding
from tests.ingest import offices


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", offices.KINDS)
def test_next_to_nothing_that_an_office_file_says_is_missed(
    read: Callable[..., Finding], kind: str, seed: int
) -> None:
    said = offices.Said(seed)
    data = offices.KINDS[kind](said)
    text = "".join(passage.text for passage in texts.load([read(data, f"台账.{kind}").text]))
    missed = [one for one in said.sentences if one not in text.replace("\n", "").replace(" ", "")]
    assert offices.recall(said, text) >= 0.995, missed
