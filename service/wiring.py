"""The composition root: settings and addresses in, a wired program out. Nothing after it knows which adapter it has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.jobs.sweep import Sweeper
from ingest.port import Dispatcher
from search.opening import open_engine
from search.port import SearchEngine
from service.archival import Archival
from service.asking import indexing_chores, of_asking, on_the_way
from service.audit import Audit
from service.clock import now
from service.encryption import Locks, links_of
from service.gathering import Gathering
from service.hashing import PasswordHashes
from service.housekeeping import Chore, Housekeeping
from service.incoming import Hosting, Imports, Migrations, bringing_in, chores_of
from service.jobs import NoDispatcher, of_jobs
from service.journal import LOT, Journal
from service.knowing import Around, Knowing, people_and_rights
from service.ledger import MongoLedger
from service.many import Bulk, BulkDownload, Conversions, of_many
from service.models.changes import Changes
from service.models.connection import connect as connect_database
from service.models.connection import disconnect
from service.safekeeping import Safekeeping
from service.scanning import scanner_facts, scanner_probes
from service.scheming import of_scheme
from service.settings import Settings
from service.standing import standing
from service.unlocking import unlocking
from service.usecases.archival.printing import Printing
from service.usecases.contents.announcing import Announcing, Bounds
from service.usecases.contents.arriving import Leavings
from service.usecases.contents.files import Files
from service.usecases.contents.intake import Desk
from service.usecases.contents.processing import Processing
from service.usecases.contents.proving import Arriving, Proving
from service.usecases.contents.reprocessing import ReprocessingHoldings
from service.usecases.contents.unlocking import Unlocking
from service.usecases.contents.uploading import Uploads, coming_keys
from service.usecases.describing.drafting import Drafting
from service.usecases.describing.records import Records
from service.usecases.describing.relations import Relations
from service.usecases.describing.suggesting import Suggesting
from service.usecases.desk.daily import DailyCounts
from service.usecases.desk.favourites import Favourites
from service.usecases.desk.looking_up import LookingUp
from service.usecases.desk.notices import NoticeBoard
from service.usecases.desk.overview import Overview
from service.usecases.desk.recents import RecentRecords
from service.usecases.desk.saved_searches import SavedSearches
from service.usecases.desk.search_habits import SearchHabits
from service.usecases.desk.unsaved import UnsavedInput
from service.usecases.dossiers.dossiers import Dossiers
from service.usecases.dossiers.filing import FilingRecords
from service.usecases.ground import Ground
from service.usecases.knowing.acting import Actors
from service.usecases.people.departments import Departments
from service.usecases.people.second_factor import SecondFactor
from service.usecases.people.sessions import Sessions
from service.usecases.people.sign_in import SignIn
from service.usecases.people.tokens import Tokens
from service.usecases.people.users import People
from service.usecases.safekeeping.auditing import Auditing
from service.usecases.safekeeping.checking import Checking
from service.usecases.safekeeping.upkeep import Probe, Upkeep, probes
from service.usecases.scheme.categories import Categories
from service.usecases.scheme.scheme_texts import SchemeTexts
from service.usecases.scheme.scheming import Scheming
from service.usecases.searching.exporting import Exporting
from service.usecases.searching.finding import FindingRecords
from service.usecases.searching.hit_rows import HitRows
from service.usecases.searching.indexing import Indexing
from storage.disk import DiskStore
from storage.encrypted import EncryptedStore
from storage.opening import LinkSigning, open_store
from storage.port import ObjectStore

if TYPE_CHECKING:
    from storage.bucket import BucketStore

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts are, embedded ones included; `base_url` is asked when a link to ourselves is made."""

    mongo_url: str
    objects_url: str
    search_url: str
    secret: str
    base_url: Callable[[], str]
    objects_public_url: str = ""
    reserve_bytes: int | None = None
    database: str = ""

    @property
    def direct(self) -> bool:
        """Whether browsers reach the store themselves."""
        return bool(self.objects_public_url)

    @classmethod
    def of(
        cls, settings: Settings, *, mongo_url: str, secret: str, base_url: Callable[[], str]
    ) -> "Addresses":
        """The settings' addresses, and the home's for every part that none is given for."""
        return cls(
            mongo_url=settings.mongo_url or mongo_url,
            objects_url=settings.objects_url or _folder(settings.home, "objects", "file"),
            search_url=settings.search_url or _folder(settings.home, "index", "tantivy"),
            secret=settings.secret or secret,
            base_url=(lambda: settings.public_url) if settings.public_url else base_url,
            objects_public_url=settings.objects_public_url,
            reserve_bytes=settings.reserve_bytes,
        )


@dataclass(frozen=True, slots=True)
class Outside:
    """What surrounds a wired program: who wakes workers, further parts to ask for readiness, facts for the status."""

    dispatcher: Dispatcher = field(default_factory=NoDispatcher)
    probes: Mapping[str, Probe] = field(default_factory=dict)
    facts: Callable[[], Mapping[str, Any]] = dict
    clock: Clock = now
    alone: bool = False
    """No other process keeps house for this archive."""
    journal: Path | None = None
    """A folder of this machine that nobody else uses, where acts are kept until the database has them."""
    changes: Changes | None = None
    """Hears every write to the database, where no other process serves people from it."""
    hashes: PasswordHashes = field(default_factory=PasswordHashes)


@dataclass(frozen=True, slots=True)
class Fonds:
    """The program: its use cases, and the parts that pages and commands stream from."""

    settings: Settings
    secret: str
    clock: Callable[[], datetime]
    store: EncryptedStore
    engine: SearchEngine
    dispatcher: Dispatcher
    audit: Audit
    auditing: Auditing
    categories: Categories
    people: People
    departments: Departments
    knowing: Knowing
    sign_in: SignIn
    sessions: Sessions
    second_factor: SecondFactor
    tokens: Tokens
    processing: Processing
    reprocessing: ReprocessingHoldings
    favourites: Favourites
    scheming: Scheming
    scheme_texts: SchemeTexts
    overview: Overview
    records: Records
    files: Files
    dossiers: Dossiers
    filing: FilingRecords
    gathering: Gathering
    bulk: Bulk
    relations: Relations
    notices: NoticeBoard
    recents: RecentRecords
    bulk_download: BulkDownload
    conversions: Conversions
    looking_up: LookingUp
    archival: Archival
    printing: Printing
    uploads: Uploads
    daily: DailyCounts
    unsaved: UnsavedInput
    imports: Imports
    migrations: Migrations
    hosting: Hosting
    finding: FindingRecords
    saved_searches: SavedSearches
    search_habits: SearchHabits
    exporting: Exporting
    suggesting: Suggesting
    indexing: Indexing
    upkeep: Upkeep
    safekeeping: Safekeeping
    ledger: MongoLedger
    unlocking: Unlocking
    housekeeping: Housekeeping

    def close(self) -> None:
        """Let go of the parts."""
        self.unlocking.close()
        self.archival.entry.entering.close()
        self.uploads.close()
        self.audit.close()
        self.engine.close()
        disconnect()


def connect(settings: Settings, addresses: Addresses, outside: Outside | None = None) -> Fonds:
    """Connect to the database and wire a server. Raises what opening the parts raises; nothing then stays open."""
    outside = outside or Outside()
    connect_database(addresses.mongo_url, database=addresses.database, changes=outside.changes)
    try:
        return wire(settings, addresses, outside)
    except BaseException:
        disconnect()
        raise


def wire(settings: Settings, addresses: Addresses, outside: Outside) -> Fonds:
    """Wire a server over the database that is connected already."""
    clock, notices = outside.clock, NoticeBoard()
    locks, inside = Locks.of(settings.master_key), open_objects(addresses, clock)
    store = locks.around(inside, links_of(addresses.secret, addresses.base_url, clock))
    engine, nudges = open_engine(addresses.search_url, analysts=settings.analysts), list[Callable[[], None]]()
    audit = Audit(clock, notices.hear, Journal(outside.journal) if outside.journal else None)
    categories = Categories(clock, outside.changes).seeded()
    ground = Ground(categories, audit, clock, lambda: _call(nudges), settings.code)
    safekeeping = Safekeeping.of(settings, store, locks, ground, notices.tell)
    desk = safekeeping.desk(store, outside.dispatcher, clock)
    records = Records(categories, Drafting(categories), audit, clock, lambda: _call(nudges))
    finding = FindingRecords(engine, categories, audit, clock, HitRows(outside.changes))
    files = Files(desk, store, outside.dispatcher, safekeeping.findings, direct=addresses.direct)
    uploads = _uploads(safekeeping.bounds, store, desk, records, ground)
    jobs = of_jobs(outside.dispatcher, audit, clock, lambda: _call(nudges))
    indexing = Indexing(engine, store, categories, safekeeping.ending.is_set)
    asking = of_asking(finding, audit, clock, settings) | {"indexing": indexing}
    people = _of_people(audit, outside, settings, (engine, categories), lambda: _call(nudges))
    incoming = bringing_in(desk, records, (categories, people["knowing"].actors), audit, (settings, clock))
    held = _of_records(records, files, finding, ground, (store, people["knowing"].actors))
    own = (*indexing_chores(indexing, clock), *chores_of(incoming), *safekeeping.chores())
    chores = (*own, *_waiting(audit, uploads, asking | jobs | people | held), *_rounds(store, jobs, outside))
    housekeeping = Housekeeping(chores, clock, alone=outside.alone, hurry=safekeeping.ending.set)
    nudges.append(housekeeping.nudge)
    asked = probes(store, engine, outside.probes, locks.probes(), scanner_probes(settings.clamd_url))
    facts = _facts(outside, engine, settings, housekeeping, asking["auditing"])
    checking = Checking(store, engine, clock, lambda: indexing.settle(clock()), safekeeping.patrol.hear)
    return Fonds(
        settings=settings,
        secret=addresses.secret,
        clock=clock,
        store=store,
        engine=engine,
        dispatcher=outside.dispatcher,
        audit=audit,
        categories=categories,
        **people,
        notices=notices,
        **held,
        uploads=uploads,
        **on_the_way(engine, finding, records, audit, clock),
        **incoming,
        **asking,
        safekeeping=safekeeping,
        upkeep=Upkeep(asked, checking, indexing, audit, facts),
        **jobs,
        unlocking=unlocking(jobs["ledger"], store, audit, clock),
        housekeeping=housekeeping,
    )


def _of_records(
    records: Records, files: Files, finding: FindingRecords, on: Ground, around: tuple[ObjectStore, Actors]
) -> dict[str, Any]:
    """The use cases about records and about many of them together, by their names in `Fonds`."""
    store, actors = around
    archival = Archival.of(records, on, store, files)
    dossiers = Dossiers(on, archival.numbering)
    filing = FilingRecords(dossiers, records, on.audit, on.clock, on.nudge)
    return {
        "records": records,
        "suggesting": Suggesting(store, on.categories, on.clock),
        "archival": archival,
        "printing": Printing(on, records, dossiers, filing),
        "files": files,
        "dossiers": dossiers,
        "filing": filing,
        "gathering": Gathering.of(on, records, dossiers, finding, actors),
        **of_many(on, (records, files, filing), finding, actors),
    }


def _of_people(
    audit: Audit,
    outside: Outside,
    settings: Settings,
    scheme: tuple[SearchEngine, Categories],
    nudge: Callable[[], None],
) -> dict[str, Any]:
    """The use cases about those who use and run the archive, by their names in `Fonds`."""
    clock, around = outside.clock, Around(outside.clock, outside.changes, outside.hashes)
    engine, categories = scheme
    return {
        **(people := people_and_rights(audit, around, nudge, settings=settings)),
        "processing": Processing(outside.dispatcher, audit, nudge),
        "favourites": Favourites(clock),
        **of_scheme(categories, audit, clock, people["knowing"].actors),
        "overview": Overview(engine, clock),
    }


def _waiting(audit: Audit, uploads: Uploads, asking: Mapping[str, Any]) -> tuple[Chore, ...]:
    return (
        Chore("outbox", audit.drain, 1.0),
        Chore("journal", audit.drain_journal, 1.0, lot=LOT),
        Chore("audit", audit.link, 1.0, lot=LOT),
        Chore("audit check", asking["auditing"].look_round, 60.0),
        Chore("uploads", uploads.tend, 30.0, lot=100),
        Chore("reprocess", asking["reprocessing"].go_on, 2.0),
        Chore("learning", asking["suggesting"].learning.tend, 600.0),
        Chore("scheme", asking["scheming"].tend, 600.0),
        Chore("duties", asking["gathering"].reminders.look_round, 3600.0),
        Chore("conversions", asking["conversions"].converting.go_on, 2.0),
        Chore("saved searches", lambda: _quiet(asking["saved_searches"].look_round), 30.0),
    )


def _uploads(bounds: Bounds, store: EncryptedStore, desk: Desk, records: Records, on: Ground) -> Uploads:
    arriving = Arriving(records, on.categories, on.audit)
    proving = Proving(desk, store, store.parts, arriving, on.clock)
    announcing = Announcing(Drafting(on.categories), records, on.categories, bounds)
    return Uploads(desk, store.parts, proving, announcing, on.clock)


def open_objects(addresses: Addresses, clock: Callable[[], datetime] = now) -> "DiskStore | BucketStore":
    """The object store of these addresses."""
    signing = LinkSigning(addresses.secret.encode(), addresses.base_url, clock)
    return open_store(
        addresses.objects_url,
        signing,
        public_url=addresses.objects_public_url,
        reserve_bytes=addresses.reserve_bytes,
    )


def _call(nudges: Sequence[Callable[[], None]]) -> None:
    for nudge in nudges:
        nudge()


def _facts(
    outside: Outside, engine: SearchEngine, settings: Settings, housekeeping: Housekeeping, auditing: Auditing
) -> Callable[[], Mapping[str, Any]]:
    house = partial(standing, settings.home, engine, housekeeping)
    scanner = partial(scanner_facts, settings.clamd_url)
    return lambda: {**house(), "audit": auditing.standing(), **scanner(), **outside.facts()}


def _rounds(store: EncryptedStore, jobs: Mapping[str, Any], outside: Outside) -> tuple[Chore, ...]:
    """What is looked after now and then; what was half written is swept but for the uploads that go on."""
    sweeper = Sweeper(jobs["ledger"], outside.dispatcher)
    half = partial(_quiet, lambda: store.inside.sweep(timedelta(hours=24), coming_keys()))
    leavings = Leavings(store, outside.clock, coming_keys, alone=outside.alone)
    return (
        Chore("sweep", lambda: _quiet(sweeper.sweep), 10.0),
        Chore("spool", half, 3600.0),
        Chore("leavings", leavings.collect, 600.0),
    )


def _folder(home: Path, name: str, scheme: str) -> str:
    return (home / name).absolute().as_uri().replace("file:", f"{scheme}:", 1)


def _quiet(sweep: Callable[[], object]) -> int:
    """A sweep rests after each round, however much it found: what it woke needs time to be taken."""
    sweep()
    return 0
