"""The child that draws: a form as JSON comes in, a PDF goes out."""

import json
import sys

from service.printing.drawing import draw


def main() -> int:
    """Draw one form."""
    sys.stdout.buffer.write(draw(json.load(sys.stdin.buffer)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
