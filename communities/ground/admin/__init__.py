"""The ground's part of the admin: what every register's admin stands on, accounts, jobs and files."""

from .accounts import AccountAdmin
from .fenced import FencedAdmin
from .jobs import JobAdmin
from .proposing import RegisterInline
from .registers import FencedFilter, ReadOnlyAdmin, ScopedModelAdmin, choice_label, period_column, scope_of

__all__ = [
    "AccountAdmin",
    "FencedAdmin",
    "FencedFilter",
    "JobAdmin",
    "ReadOnlyAdmin",
    "RegisterInline",
    "ScopedModelAdmin",
    "choice_label",
    "period_column",
    "scope_of",
]
