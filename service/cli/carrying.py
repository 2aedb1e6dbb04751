"""The process that carries out a run of a hosted migration; it is started by the server and ends with it."""

import logging
import sys
from contextlib import closing

from ingest.migrate.opening import open_origin
from ingest.migrate.port import OriginUnusable
from service import logs
from service.cli.client import Api
from service.cli.moving import Mover
from service.cli.terminal import Failure, Terminal
from service.embedded.home import Home
from service.errors import InvalidInput
from service.settings import Settings
from service.usecases.moving_in.hosting import Allowed

log = logging.getLogger(__name__)


def main(run_id: str) -> int:
    """Carry it out; the exit code."""
    settings = Settings.from_env()
    logs.setup(settings.log_format)
    home = Home(settings.home)
    if home.published() is None:
        log.error("no server runs on %s", settings.home)
        return 1
    api = Api(home.published)
    try:
        return _carried(api, settings, run_id)
    except Failure as fault:
        log.warning("migration %s: %s", run_id, fault.english)
        return fault.code
    finally:
        api.close()


def _carried(api: Api, settings: Settings, run_id: str) -> int:
    run = api.get(f"/imports/{run_id}")
    if run["state"] != "open" or not run["migration_id"]:
        return 0
    try:
        address = Allowed(settings.migrate_roots, settings.migrate_hosts).with_password(run["source"])
        with closing(open_origin(address)) as origin:
            moved = Mover(api, Terminal(), origin, run, wait=False).move()
    except OriginUnusable as fault:
        return _told(api, run_id, fault.chinese, fault.english)
    except InvalidInput as fault:
        return _told(api, run_id, fault.faults[0].message)
    except Failure as fault:
        if isinstance(fault.__cause__, OriginUnusable):
            return _told(api, run_id, fault.chinese, fault.english)
        raise
    log.info("migration %s: %s", run_id, moved.as_json())
    return 0


def _told(api: Api, run_id: str, why: str, english: str = "") -> int:
    api.post(f"/imports/{run_id}/pulse", {"fault": why[:500], "fault_english": english[:500]})
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
