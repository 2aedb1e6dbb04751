"""What a question needs is known before the first one."""

import json
import subprocess
import sys

WARMED = """
import json, sys
from search.words import cutting
from search.words import folding
from search.words import pinyin
from search.embedded.engine import EmbeddedEngine
from search.warming import warm
tables = cutting._jieba, folding._converters, pinyin._words
before = [each.cache_info().currsize for each in tables]
engine = EmbeddedEngine(None)
warm(engine)
engine.close()
print(json.dumps([before, [each.cache_info().currsize for each in tables]]))
"""


def test_the_dictionaries_are_read() -> None:
    said = subprocess.run([sys.executable, "-P", "-c", WARMED], capture_output=True, text=True, check=True)
    before, after = json.loads(said.stdout)
    assert before[0] == before[2] == 0
    assert after == [1, 1, 1]
