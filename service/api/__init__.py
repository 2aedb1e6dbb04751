"""The HTTP API: one module per noun, and what they share: inputs, bodies, cursors, delivery, headers."""

from service.api.audit import audit
from service.api.bulk import bulk
from service.api.categories import categories
from service.api.conversions import conversions
from service.api.dossiers import dossiers
from service.api.entry import entry
from service.api.files import files
from service.api.gathering import gathering
from service.api.imports import imports
from service.api.knowing import knowing
from service.api.lifecycle import lifecycle
from service.api.migrations import migrations
from service.api.notices import notices
from service.api.people import people
from service.api.records import records
from service.api.relations import relations
from service.api.resource import Resource
from service.api.saved_searches import saved_searches
from service.api.search import search
from service.api.secrecy import secrecy
from service.api.sessions import sessions
from service.api.suggestions import suggestions
from service.api.system import system
from service.api.tokens import tokens
from service.api.uploading import uploads
from service.api.verifying import verifying
from service.api.weeding import weeding

RESOURCES: tuple[Resource, ...] = (
    sessions,
    people,
    knowing,
    secrecy,
    tokens,
    categories,
    conversions,
    records,
    lifecycle,
    entry,
    verifying,
    weeding,
    gathering,
    dossiers,
    bulk,
    files,
    relations,
    notices,
    suggestions,
    uploads,
    imports,
    migrations,
    search,
    saved_searches,
    system,
    audit,
)
