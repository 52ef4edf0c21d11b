"""
Opening a yearly evaluation: who is evaluated, by what, until when; and everything that is known already is filled in.

Every community of the sheet's kinds that stands on the day gets a filing. One that is evaluated already that year is
refused: once a year is a maximum as well (B-2.5-d). A second time needs a reason, which stays with the evaluation.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from assessments.compliance.actions import Steps
from assessments.plans.models import PlanVersion
from communities.ground import clock, events, jobs
from communities.ground.models import Job, User
from communities.ground.scope import prefix_of
from communities.places.models import Classification, CommitteeKind, Kind, Level, Place, Succession

from . import permitting, taking
from .answered import pack_of
from .models import Cycle, Filing, ObjectKind, SheetVersion
from .pack import RURAL, URBAN, SheetPack

KIND = "filings.open"
MOST_NAMED = 6


@dataclass(frozen=True)
class NewCycle:
    """What is to be opened. `organiser` is a city or district; the facts are those of the day `as_of`."""

    sheet_version: SheetVersion
    plan_version: PlanVersion
    organiser: Place
    year: int
    as_of: date
    self_until: date
    street_until: date
    district_until: date
    contact: str
    notice_days: int = 5
    answer_days: int = 10
    second_reason: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as the arguments of a job."""
        keys = {name: getattr(self, name).pk for name in ("sheet_version", "plan_version", "organiser")}
        plain = {name: value for name, value in self.__dict__.items() if name not in keys}
        return keys | {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}


def told_to(arguments: dict[str, Any]) -> NewCycle:
    """Return what the arguments of a job say."""
    days = {
        name: date.fromisoformat(arguments[name]) for name in ("as_of", "self_until", "street_until", "district_until")
    }
    return NewCycle(
        **{
            **{name: arguments[name] for name in ("year", "contact", "notice_days", "answer_days", "second_reason")},
            **days,
            "sheet_version": SheetVersion.objects.select_related("sheet").get(pk=arguments["sheet_version"]),
            "plan_version": PlanVersion.objects.select_related("plan").get(pk=arguments["plan_version"]),
            "organiser": Place.objects.get(pk=arguments["organiser"]),
        }
    )


@dataclass(frozen=True)
class Foreseen:
    """What opening would do: who gets a filing, who is evaluated already that year, and how much is asked of each."""

    communities: tuple[Place, ...]
    evaluated: tuple[Place, ...]
    items: int
    fields: int


def would_open(wanted: NewCycle) -> Foreseen:
    """Return what opening would do; writes nothing. Raises ValidationError as opening does."""
    cycle = _described(wanted)
    _refuse_unsound(wanted, cycle)
    places, evaluated = _communities(cycle)
    pack = pack_of(cycle)
    asked = sum(1 for _section, item in pack.items() for ask in item.asks if not ask.known)
    return Foreseen(tuple(places), tuple(evaluated), sum(1 for _one in pack.items()), asked)


def order_opening(wanted: NewCycle, by: User) -> Job:
    """Have the evaluation opened by a worker. Raises what opening would raise at once."""
    cycle = _described(wanted)
    permitting.refuse_organising(cycle, by)
    _refuse_unsound(wanted, cycle)
    _refuse_evaluated(cycle)
    return jobs.submit(KIND, by=by, prefix=cycle.prefix, **wanted.told())


@transaction.atomic
def open_cycle(*, wanted: NewCycle, by: User, steps: Steps | None = None, job: Job | None = None) -> Cycle:
    """
    Open the evaluation, with a filing for every community and every answer that the registers or last year give.

    The same number of statements whatever the number of communities. Raises PermissionDenied for anybody but an
    officer of the organiser, and ValidationError for an unpublished sheet or plan, days out of order, no community,
    or one that is evaluated already and no reason why a second time.
    """
    cycle = _described(wanted)
    permitting.refuse_organising(cycle, by)
    _refuse_unsound(wanted, cycle)
    _lock(wanted.year)
    places, evaluated = _refuse_evaluated(cycle)
    if not places:
        raise ValidationError(
            _("No community of this kind stands in {place} on {day}.").format(place=wanted.organiser, day=wanted.as_of)
        )
    cycle.opened_by, cycle.opened_at = by, clock.now()
    cycle.full_clean()
    cycle.save()
    twice = {place.pk for place in evaluated}
    Filing.objects.bulk_create(
        [Filing(cycle=cycle, place=place, year=cycle.year, is_second=place.pk in twice) for place in places]
    )
    run = taking.judge(cycle, by=by, steps=steps, job=job)
    if steps is not None:
        steps.stage(_("Filling in what is known"))
    taking.take(cycle, run, cycle.prefix)
    offer_last_year(cycle)
    cycle.run = run
    cycle.save(update_fields=["run"])
    detail = {"year": cycle.year, "filings": len(places), "second": len(twice), "job": job.pk if job else None}
    events.record("cycle.open", by=by, obj=cycle, prefix=cycle.prefix, **detail)
    return cycle


def _described(wanted: NewCycle) -> Cycle:
    """Return the evaluation as it would be, not saved."""
    return Cycle(
        sheet_version=wanted.sheet_version,
        plan_version=wanted.plan_version,
        place=wanted.organiser,
        prefix=prefix_of(permitting.code_of(wanted.organiser)),
        year=wanted.year,
        as_of=wanted.as_of,
        self_until=wanted.self_until,
        street_until=wanted.street_until,
        district_until=wanted.district_until,
        notice_days=wanted.notice_days,
        answer_days=wanted.answer_days,
        contact=wanted.contact.strip(),
        second_reason=wanted.second_reason.strip(),
    )


def _refuse_unsound(wanted: NewCycle, cycle: Cycle) -> None:
    sheet, plan = wanted.sheet_version, wanted.plan_version
    if not sheet.is_published:
        raise ValidationError(_("This version of the sheet is a draft. Publish it, then open the evaluation."))
    if not plan.is_published or plan.plan_id != sheet.sheet.plan_id:
        raise ValidationError(_("Choose a published version of the plan whose targets the sheet cites."))
    if not cycle.prefix.startswith(sheet.sheet.prefix):
        raise ValidationError(_("The sheet is not for communities of {place}.").format(place=wanted.organiser))
    taking.refuse_ahead(wanted.as_of)
    if wanted.self_until < clock.today():
        raise ValidationError(_("The day until which is filed, {day}, has passed.").format(day=wanted.self_until))


def _lock(year: int) -> None:
    """Let two who open evaluations of one year wait for each other, so that no community gets two."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('filings.open'), %s)", [year])


def _refuse_evaluated(cycle: Cycle) -> tuple[list[Place], list[Place]]:
    """Return the communities and those evaluated already; raise ValidationError where that needs a reason."""
    places, evaluated = _communities(cycle)
    if evaluated and not cycle.second_reason.strip():
        told = _(
            "{n} communities are evaluated for {year} already, among them {places}. Once a year is also the most; "
            "where it has to be a second time, say why."
        )
        named = _(", ").join(str(place) for place in evaluated[:MOST_NAMED])
        raise ValidationError(told.format(n=len(evaluated), year=cycle.year, places=named))
    return places, evaluated


def _communities(cycle: Cycle) -> tuple[list[Place], list[Place]]:
    """Return the communities that are evaluated, by their code, and those among them that are so already that year."""
    rows = Place.objects.filter(
        level=Level.COMMUNITY, exists__contains=cycle.as_of, community__committee=CommitteeKind.RESIDENTS
    )
    places = list(rows.within(cycle.prefix, on=cycle.as_of).distinct().in_code_order(cycle.as_of))
    pack = pack_of(cycle)
    kinds = _kinds(cycle, pack)
    holds = taking.applies(cycle, pack)
    found = [
        place
        for place in places
        if kinds.get(place.pk, URBAN) in pack.objects.kinds and (holds is None or place.pk in holds)
    ]
    before = Filing.objects.filter(year=cycle.year, is_second=False, place__in=found)
    known = set(before.values_list("place", flat=True))
    return found, [place for place in found if place.pk in known]


def _kinds(cycle: Cycle, pack: SheetPack) -> dict[int, str]:
    """Return of which kind each community is on the day: converted from a village, rural, else urban."""
    if set(pack.objects.kinds) == set(ObjectKind.values):
        return {}
    day = cycle.as_of
    rural = Classification.objects.filter(kind=Kind.RURAL, during__contains=day).values_list("place", flat=True)
    converted = Succession.objects.filter(kind=Succession.Kind.CONVERSION, on__lte=day)
    return dict.fromkeys(rural, RURAL) | dict.fromkeys(converted.values_list("successor", flat=True), "converted")


def offer_last_year(cycle: Cycle) -> None:
    """Point the answers that may be carried over to what the same community said to the same item at last."""
    with connection.cursor() as cursor:
        cursor.execute(OFFER, {"cycle": cycle.pk, "sheet": cycle.sheet_version.sheet_id, "year": cycle.year})


OFFER = """
UPDATE filings_answer a SET carried_from_id = before.id
FROM filings_filing l, filings_sheetitem i, LATERAL (
    SELECT b.id FROM filings_answer b JOIN filings_filing m ON m.id = b.filing_id AND m.state = 'final'
    JOIN filings_cycle c ON c.id = m.cycle_id JOIN filings_sheetversion v ON v.id = c.sheet_version_id
    JOIN filings_sheetitem j ON j.id = b.item_id
    WHERE m.place_id = l.place_id AND m.id <> l.id AND m.year <= %(year)s AND v.sheet_id = %(sheet)s
        AND j.code = i.code AND j.kind = i.kind AND b.is_settled
    ORDER BY m.year DESC, m.id DESC LIMIT 1
) before
WHERE l.cycle_id = %(cycle)s AND a.filing_id = l.id AND i.id = a.item_id AND i.carry_over
"""
