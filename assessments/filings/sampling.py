"""
The sample for the check: some filings are looked at whole, drawn by lot, so that nobody picks them.

With the seed, the share and the filings it was drawn from anybody draws the same again; all three are kept.
"""

import random
import secrets
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import clock, events
from communities.ground.models import User

from . import permitting
from .flow import WORK, State, Work
from .models import Cycle, Draw, Filing

LARGEST_SEED = 2**31


def drawn(among: Sequence[int], share: Decimal, seed: int) -> list[int]:
    """Return the keys that are drawn from `among`, in order; at least one, rounded up."""
    count = int((share * len(among)).to_integral_value(rounding=ROUND_CEILING))
    lots = random.Random(seed)  # noqa: S311 - to be drawn again by anybody, not to be secret
    return sorted(lots.sample(sorted(among), min(max(count, 1), len(among))))


@transaction.atomic
def draw(cycle: Cycle, *, prefix: str, share: Decimal, seed: int | None = None, by: User) -> Draw:
    """
    Draw the filings of a district that are checked whole, among those that were never drawn from.

    Raises PermissionDenied for who does not check there, ValidationError for a share outside 0 to 1, and where no
    filing has come through its review.
    """
    who = permitting.who(WORK[Work.MARK_DISTRICT], cycle, prefix, by.reach)
    if who:
        raise PermissionDenied(who)
    if not 0 < share <= 1:
        raise ValidationError(_("The share drawn lies above 0 and is 1 at most: 0.3 for three in ten."))
    before = {key for one in cycle.draws.all() for key in one.among}
    rows = Filing.objects.select_for_update(of=("self",)).within(prefix).filter(cycle=cycle, state=State.REVIEWED)
    among = [key for key in rows.order_by("pk").values_list("pk", flat=True) if key not in before]
    if not among:
        raise ValidationError(_("No filing that has come through the review waits to be drawn from."))
    own = secrets.randbelow(LARGEST_SEED) if seed is None else seed
    chosen = drawn(among, share, own)
    made = Draw.objects.create(
        cycle=cycle, prefix=prefix, seed=own, share=share, among=among, drawn=chosen, by=by, at=clock.now()
    )
    Filing.objects.filter(pk__in=chosen).update(is_sampled=True)
    events.record("cycle.draw", by=by, obj=made, prefix=prefix, share=str(share), seed=own, drawn=len(chosen))
    return made
