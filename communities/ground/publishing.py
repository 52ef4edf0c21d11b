"""What publishing a run and a plan version have in common: done once; who comes later is told who did it, and when."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from .models import User


class AlreadyPublishedError(ValidationError):
    """Somebody has published it before: who and when."""


def already(at: datetime, by: User | None) -> AlreadyPublishedError:
    """Return the error that tells who published it when; without an account it was a command of the operator."""
    when = f"{localtime(at):%Y-%m-%d %H:%M}"
    if by is None:
        return AlreadyPublishedError(
            _("It was published already at {when}, by a command; nothing was changed.").format(when=when)
        )
    told = _("It was published already at {when} by {who}; nothing was changed.")
    return AlreadyPublishedError(told.format(when=when, who=by))
