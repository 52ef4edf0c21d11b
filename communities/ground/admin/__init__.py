"""The ground's part of the admin: what every register's admin stands on, accounts, jobs and files, events."""

from .accounts import AccountAdmin
from .events import EventAdmin
from .jobs import JobAdmin, StoredFileAdmin
from .registers import FencedFilter, ReadOnlyAdmin, ScopedModelAdmin, choice_label, period_column, scope_of

__all__ = [
    "AccountAdmin",
    "EventAdmin",
    "FencedFilter",
    "JobAdmin",
    "ReadOnlyAdmin",
    "ScopedModelAdmin",
    "StoredFileAdmin",
    "choice_label",
    "period_column",
    "scope_of",
]
