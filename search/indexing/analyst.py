"""The life of one analyst: lots of documents come in, analysed ones go out, until nothing comes any more."""

import pickle
import sys
import threading
from queue import SimpleQueue

from search.indexing.analysts import analysed
from search.port import IndexDocument
from search.words.lexicon import Lexicon

Asked = tuple[list[IndexDocument], list[str]]
"""A lot, and the organisation's own words that this analyst has not been told of."""


def work() -> None:
    """Ends with the process that started this one: nothing more comes from it then."""
    lots: SimpleQueue[Asked | None] = SimpleQueue()
    threading.Thread(target=_take_in, args=(lots,), daemon=True).start()
    lexicon = Lexicon()
    while asked := lots.get():
        documents, words = asked
        lexicon.learn(words)
        sys.stdout.buffer.write(pickle.dumps(analysed(documents, lexicon), pickle.HIGHEST_PROTOCOL))
        sys.stdout.buffer.flush()


def _take_in(lots: SimpleQueue[Asked | None]) -> None:
    """Read ahead: whoever gives a lot never waits for the one before to be analysed."""
    try:
        while True:
            lots.put(pickle.load(sys.stdin.buffer))  # noqa: S301 - of the process that started this one
    except (EOFError, pickle.UnpicklingError, OSError):
        lots.put(None)


if __name__ == "__main__":
    work()
