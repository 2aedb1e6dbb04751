"""Documents as MongoDB keeps them: the truth of the archive."""

from service.models.access import Grant, SecrecyAct
from service.models.archive import Category, CategoryVersion, File, Record, Revision, Source
from service.models.audit import AuditEvent, ChainCheck, ChainHead, ChainStamp, EventWaiting
from service.models.bulk import BulkLine, BulkRun
from service.models.checks import CheckFinding, CheckRound, CheckRun
from service.models.conversions import Conversion, ConversionLine
from service.models.daily import DayCount
from service.models.dossiers import Dossier, Filing
from service.models.duties import Duty
from service.models.entry import EntryLine, EntrySheet
from service.models.holdings import (
    BlockDigests,
    FixityFinding,
    HeldObject,
    Orphan,
    PatrolState,
    RecognisedPages,
)
from service.models.imports import ImportLine, ImportRun
from service.models.keys import DataKeyRow, MasterKeyRow
from service.models.making import Making
from service.models.migrating import Migration, NearGroup
from service.models.notices import Notices
from service.models.numbering import DepartmentCode, GivenCode
from service.models.people import (
    Circle,
    Department,
    Deputy,
    RoleSheet,
    Session,
    Shelf,
    SignInAttempts,
    SignInStep,
    Token,
    User,
)
from service.models.recents import Recents
from service.models.relations import Relation
from service.models.searches import MissedQuestion, SavedSearch, SearchHabit, Synonyms
from service.models.sketches import Learning, NearSketch
from service.models.state import BackupState, Counter, KeepingRun, Lease, Reprocessing, SchemaVersion
from service.models.unsaved import Unsaved
from service.models.uploads import Upload, Usage
from service.models.weeding import WeedingList

DOCUMENTS = (
    AuditEvent,
    BulkLine,
    BulkRun,
    BackupState,
    BlockDigests,
    Category,
    CategoryVersion,
    Circle,
    ChainCheck,
    ChainHead,
    ChainStamp,
    Conversion,
    ConversionLine,
    Counter,
    DataKeyRow,
    DayCount,
    Dossier,
    Department,
    Deputy,
    EntryLine,
    EntrySheet,
    EventWaiting,
    File,
    Filing,
    FixityFinding,
    Grant,
    DepartmentCode,
    GivenCode,
    HeldObject,
    ImportLine,
    ImportRun,
    KeepingRun,
    Learning,
    Lease,
    MasterKeyRow,
    Migration,
    Making,
    MissedQuestion,
    NearGroup,
    NearSketch,
    Notices,
    Orphan,
    Recents,
    RecognisedPages,
    PatrolState,
    Record,
    Relation,
    Revision,
    RoleSheet,
    SavedSearch,
    Reprocessing,
    SchemaVersion,
    SearchHabit,
    SecrecyAct,
    Synonyms,
    Session,
    Shelf,
    SignInAttempts,
    Token,
    Upload,
    Usage,
    Unsaved,
    User,
    WeedingList,
    Duty,
)
"""Every collection; indexes are made and checked for these at start."""

__all__ = [
    "DOCUMENTS",
    "AuditEvent",
    "BackupState",
    "BlockDigests",
    "BulkLine",
    "BulkRun",
    "Category",
    "CategoryVersion",
    "ChainCheck",
    "ChainHead",
    "ChainStamp",
    "CheckFinding",
    "CheckRound",
    "CheckRun",
    "Circle",
    "Conversion",
    "ConversionLine",
    "Counter",
    "DataKeyRow",
    "DayCount",
    "Department",
    "DepartmentCode",
    "Deputy",
    "Dossier",
    "Duty",
    "EntryLine",
    "EntrySheet",
    "EventWaiting",
    "File",
    "Filing",
    "FixityFinding",
    "GivenCode",
    "Grant",
    "HeldObject",
    "ImportLine",
    "ImportRun",
    "KeepingRun",
    "Learning",
    "Lease",
    "Making",
    "MasterKeyRow",
    "Migration",
    "MissedQuestion",
    "NearGroup",
    "NearSketch",
    "Notices",
    "Orphan",
    "PatrolState",
    "Recents",
    "RecognisedPages",
    "Record",
    "Relation",
    "Reprocessing",
    "Revision",
    "RoleSheet",
    "SavedSearch",
    "SchemaVersion",
    "SearchHabit",
    "SecrecyAct",
    "Session",
    "Shelf",
    "SignInAttempts",
    "SignInStep",
    "Source",
    "Synonyms",
    "Token",
    "Unsaved",
    "Upload",
    "Usage",
    "User",
    "WeedingList",
]
