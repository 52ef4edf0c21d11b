"""
The conditions that `flow` names, each answered in words: nothing where it holds, else what is in the way.

Those of the whole evaluation (every filing checked, the notice over) are asked for one filing as for all.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communities.ground import clock

from . import marks
from .flow import Action, State
from .models import Cycle, Filing, SheetItem, Stage

Guard = Callable[[Filing], list[str]]
MOST_NAMED = 6


def nothing_open(filing: Filing) -> list[str]:
    """Every item that the community answers is answered."""
    from . import filling

    return [one.sentence for one in filling.open_items(filing) if one.is_blocking]


def in_time(filing: Filing) -> list[str]:
    """The day until which the stage works has not passed, or somebody extended it."""
    from . import deadlines

    until = deadlines.deadline(filing)
    if until is None or clock.today() <= until:
        return []
    told = _("The time for this ended on {day}. Ask {office} to extend it for this community, with the reason.")
    return [told.format(day=until, office=filing.cycle.place)]


def review_not_begun(filing: Filing) -> list[str]:
    """The street has neither reviewed nor returned anything since it was filed."""
    begun = any(marks.standing(of_item, Stage.STREET) for of_item in marks.columns(filing).values())
    if not begun and not marks.open_returns(filing):
        return []
    return [_("The street has begun to review. Ask it to return what is to be changed.")]


def never_returned(filing: Filing) -> list[str]:
    """It was filed for the first time: what was returned is filed for good."""
    if not filing.returns.exists():
        return []
    return [_("It had been returned and was filed again. Ask the street to return once more what is to be changed.")]


def something_returned(filing: Filing) -> list[str]:
    """An item is marked as returned."""
    if marks.open_returns(filing):
        return []
    return [_("No item is marked to be returned. Say at an item what is to be mended, then return the filing.")]


def nothing_returned(filing: Filing) -> list[str]:
    """No item waits to be given back."""
    returned = [one.item for one in marks.open_returns(filing)]
    return _listed(returned, _("Items to be returned: {items}. Return the filing, or take the return back."))


def every_item_reviewed(filing: Filing) -> list[str]:
    """The street has given every item its points."""
    return _listed(marks.waiting(filing, Stage.STREET), _("Not reviewed yet: {items}."))


def every_item_checked(filing: Filing) -> list[str]:
    """The district has given points to what it scores, and to every item where the filing is checked whole."""
    return _listed(marks.waiting(filing, Stage.DISTRICT), _("Not checked yet: {items}."))


def _listed(items: list[SheetItem], told: str) -> list[str]:
    if not items:
        return []
    named = _(", ").join(item.label for item in items[:MOST_NAMED])
    more = len(items) - MOST_NAMED
    if more > 0:
        named += ngettext(" and {n} more", " and {n} more", more).format(n=more)
    return [told.format(items=named)]


def every_filing_checked(filing: Filing) -> list[str]:
    """All filings of the evaluation have come through the check, or are set aside."""
    return not_all_checked(filing.cycle)


def not_all_checked(cycle: Cycle) -> list[str]:
    """Return which communities are not so far; nothing where all are."""
    rows = cycle.filings.exclude(state__in=[State.CHECKED, State.SET_ASIDE]).select_related("place")
    places = [str(filing.place) for filing in rows.order_by("pk")[: MOST_NAMED + 1]]
    if not places:
        return []
    named = _(", ").join(places[:MOST_NAMED]) + ("…" if len(places) > MOST_NAMED else "")
    return [_("Not checked by their district yet: {places}. All are graded together.").format(places=named)]


def ties_decided(filing: Filing) -> list[str]:
    """Where totals are equal at the edge of a quota and the sheet leaves it to a person, that person has decided."""
    from . import grading

    return grading.what_is_undecided(filing.cycle)


def certified(filing: Filing) -> list[str]:
    """Somebody answers for the result with his name."""
    if filing.cycle.certified_by:
        return []
    return [_("Say who certifies the result: the person who answers for it.")]


def notice_runs(filing: Filing) -> list[str]:
    """The days of public notice are not over."""
    until = filing.cycle.notice_until
    if until is not None and clock.today() <= until:
        return []
    return [_("An appeal is made while the public notice runs; it ended on {day}.").format(day=until or "—")]


def notice_over(filing: Filing) -> list[str]:
    """The days of public notice are over."""
    until = filing.cycle.notice_until
    if until is not None and until < clock.today():
        return []
    return [_("The public notice runs until the end of {day}; conclude after it.").format(day=until or "—")]


def no_appeal_decided(filing: Filing) -> list[str]:
    """No appeal was decided yet: a decision is final."""
    if not filing.appeals.filter(decided_at__isnull=False).exists():
        return []
    return [_("An appeal of this community was decided already; the decision is final.")]


def no_appeal_open(filing: Filing) -> list[str]:
    """Nobody of the evaluation waits for a decision."""
    rows = filing.cycle.filings.filter(state=State.APPEALED).select_related("place")
    places = [str(one.place) for one in rows]
    if not places:
        return []
    return [_("Appeals still to be decided: {places}.").format(places=_(", ").join(places))]


def no_objection_open(filing: Filing) -> list[str]:
    """Every objection heard during the notice was answered."""
    rows = filing.cycle.filings.filter(objections__answered_at__isnull=True, objections__isnull=False)
    places = [str(one.place) for one in rows.select_related("place").distinct()]
    if not places:
        return []
    return [_("Objections still to be answered: {places}.").format(places=_(", ").join(places))]


def not_graded_yet(filing: Filing) -> list[str]:
    """The grades have not been given without it."""
    if not filing.cycle.filings.filter(steps__action=Action.GRADE).exclude(state=State.CHECKED).exists():
        return []
    return [_("The grades of this evaluation have been given already. Take them back first.")]


GUARDS: dict[str, Guard] = {
    one.__name__: one
    for one in (
        nothing_open,
        in_time,
        review_not_begun,
        never_returned,
        something_returned,
        nothing_returned,
        every_item_reviewed,
        every_item_checked,
        every_filing_checked,
        ties_decided,
        certified,
        notice_runs,
        notice_over,
        no_appeal_decided,
        no_appeal_open,
        no_objection_open,
        not_graded_yet,
    )
}
