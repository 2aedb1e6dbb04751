"""Documents as MongoDB keeps them: the truth of the archive."""

from service.models.archive import Category, File, Record, Revision, Source
from service.models.audit import AuditEvent
from service.models.dossiers import Dossier, Filing
from service.models.holdings import HeldObject, Orphan
from service.models.imports import ImportLine, ImportRun
from service.models.notices import Notices
from service.models.people import Session, SignInAttempts, Token, User
from service.models.recents import Recents
from service.models.relations import Relation
from service.models.state import Counter, Lease, SchemaVersion

DOCUMENTS = (
    AuditEvent,
    Category,
    Counter,
    Dossier,
    File,
    Filing,
    HeldObject,
    ImportLine,
    ImportRun,
    Lease,
    Notices,
    Orphan,
    Recents,
    Record,
    Relation,
    Revision,
    SchemaVersion,
    Session,
    SignInAttempts,
    Token,
    User,
)
"""Every collection; indexes are made and checked for these at start."""

__all__ = [
    "DOCUMENTS",
    "AuditEvent",
    "Category",
    "Counter",
    "Dossier",
    "File",
    "Filing",
    "HeldObject",
    "ImportLine",
    "ImportRun",
    "Lease",
    "Notices",
    "Orphan",
    "Recents",
    "Record",
    "Relation",
    "Revision",
    "SchemaVersion",
    "Session",
    "SignInAttempts",
    "Source",
    "Token",
    "User",
]
