"""The models of the ground: accounts and their reach, facts, files, jobs, events."""

from .accounts import Access, Role, User
from .events import Event
from .facts import Fact, Versioned
from .files import StoredFile
from .jobs import Job

__all__ = ["Access", "Event", "Fact", "Job", "Role", "StoredFile", "User", "Versioned"]
