"""Accounts are given out by an administrator: nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAccounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Closes allauth's sign-up; everything else stays as it is."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
