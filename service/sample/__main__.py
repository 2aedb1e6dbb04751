"""The program that loads the sample into a server that has just started; its order comes through stdin."""

import json
import sys
from pathlib import Path

from service.cli.client import Api
from service.embedded.home import ServerAddress
from service.sample.loading import load_sample


def main() -> None:
    """Load what is missing."""
    order = json.load(sys.stdin)
    address = ServerAddress(**order["address"])
    api = Api(lambda: address)
    try:
        load_sample(api, Path(order["marker"]))
    finally:
        api.close()


if __name__ == "__main__":
    main()
