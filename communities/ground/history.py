"""
History: nothing forgets.

A tracked model leaves the OLD row behind at every UPDATE and DELETE, by a database trigger, so that bulk
updates do not escape. An INSERT leaves nothing: the row itself is the record, and a first load costs no history.
"""

from typing import TypeVar

import pghistory
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


def tracked(model: M) -> M:
    """Keep the superseded rows of `model` in its `…Event` table."""
    decorate = pghistory.track(
        pghistory.UpdateEvent("changed", row=pghistory.Old),
        pghistory.DeleteEvent("removed", row=pghistory.Old),
    )
    done: M = decorate(model)
    return done
