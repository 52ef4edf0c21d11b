"""The models of the ground: accounts and their reach, facts, files, jobs, events."""

from ..roles import Role
from .accounts import Access, User
from .events import Event
from .facts import Fact, Versioned
from .files import StoredFile
from .jobs import Job

__all__ = ["Access", "Event", "Fact", "Job", "Role", "StoredFile", "User", "Versioned"]
