"""The models of the ground: accounts and their reach, facts, files, jobs, events, proposals, drafts, keys of people."""

from ..roles import Role
from .accounts import Access, PastPassword, RequestedAccess, User
from .drafts import Draft
from .events import Event, Seal
from .facts import Fact, Versioned
from .files import StoredFile
from .jobs import Job
from .personal import PersonalKey
from .proposals import Proposal
from .signins import SignIn

__all__ = [
    "Access",
    "Draft",
    "Event",
    "Fact",
    "Job",
    "PastPassword",
    "PersonalKey",
    "Proposal",
    "RequestedAccess",
    "Role",
    "Seal",
    "SignIn",
    "StoredFile",
    "User",
    "Versioned",
]
