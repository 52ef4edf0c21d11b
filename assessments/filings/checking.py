"""
Whether a sheet that is well formed also makes sense: its owner and plan, that its points add up, grades, vetoes.

Items are checked in `checking_items.py`. Everything wrong is noted, each with its line; nothing stops at the first.
"""

from collections import Counter
from decimal import Decimal

from django.utils.translation import gettext as _

from assessments.plans.checking import padded
from assessments.plans.models import Plan, PlanVersion
from assessments.plans.problems import Path, Problems, nearest
from communities.places.models import PlaceCode

from .pack import BASE, BONUS, DEDUCTION, SectionSpec, SheetPack

CAPS = {BONUS: "bonus_cap", DEDUCTION: "deduction_cap"}


def check(pack: SheetPack, problems: Problems) -> None:
    """Note everything in `pack` that is well formed but wrong, items apart."""
    _check_owner(pack, problems)
    _check_points(pack, problems)
    _check_caps(pack, problems)
    _check_grades(pack, problems)
    _check_ties(pack, problems)
    _check_vetoes(pack, problems)
    _check_rows(pack, problems)


def plan_version(pack: SheetPack) -> PlanVersion | None:
    """Return the published version of the plan that the sheet cites; None where there is none."""
    return PlanVersion.objects.published().filter(plan__code=pack.plan).order_by("-number").first()


def _check_rows(pack: SheetPack, problems: Problems) -> None:
    """A row of the requirements catalogue is scored once."""
    first: dict[str, str] = {}
    for section, item in pack.items():
        for row in item.catalogue:
            if row in first:
                what = _("Row {row} of the catalogue already stands in “{other}”.").format(row=row, other=first[row])
                path: Path = ("sections", section.code, "items", item.code, "catalogue")
                problems.add(path, what, _("Nothing is scored twice; keep one of them."))
            first.setdefault(row, item.code)


def check_plan(pack: SheetPack, problems: Problems) -> PlanVersion | None:
    """Return the version of the plan that the derived items cite; note where there is none, or it is of elsewhere."""
    version = plan_version(pack)
    if version is None:
        published = PlanVersion.objects.published()
        known = sorted(Plan.objects.filter(pk__in=published.values("plan")).values_list("code", flat=True))
        what = _("No plan “{code}” has been published.").format(code=pack.plan)
        why = _("Known: {known}.").format(known=", ".join(known) or "—")
        problems.add(("sheet", "plan"), what, why, nearest(pack.plan, known))
    elif not pack.owner.startswith(version.plan.prefix):
        what = _("The plan is of {prefix}; {owner} does not lie below it.")
        problems.add(("sheet", "plan"), what.format(prefix=version.plan.prefix, owner=pack.owner))
    return version


def _check_owner(pack: SheetPack, problems: Problems) -> None:
    if not PlaceCode.objects.filter(code=padded(pack.owner)).exists():
        what = _("“{code}” is not the code of a place the portal knows.").format(code=pack.owner)
        problems.add(("sheet", "owner"), what, _("Load the divisions first, or correct the code."))


def _check_points(pack: SheetPack, problems: Problems) -> None:
    """The sections of the base part add up to its full marks, the items of every section to those of the section."""
    based = [section for section in pack.sections if section.kind == BASE]
    found = sum((Decimal(section.full) for section in based), Decimal(0))
    if found != Decimal(pack.base):
        what = _("The sections of the base part add up to {found} points; its full marks are {full}.")
        why = _("Change “base” or the points of a section: {points}.").format(points=_sum(based))
        problems.add(("sheet", "base"), what.format(found=_plain(found), full=pack.base), why)
    for section in pack.sections:
        items = sum((Decimal(item.full) for item in section.items), Decimal(0))
        if items != Decimal(section.full):
            what = _("The items of “{section}” add up to {found} points; the section's full marks are {full}.")
            told = what.format(section=section.label.zh, found=_plain(items), full=section.full)
            why = _("Change the points of the section or of its items: {points}.").format(points=_sum(section.items))
            problems.add(("sections", section.code, "full"), told, why)
    _check_names(pack, problems)


def _sum(parts: "tuple[object, ...] | list[SectionSpec]") -> str:
    return " + ".join(str(getattr(part, "full", "")) for part in parts)


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _check_names(pack: SheetPack, problems: Problems) -> None:
    """An item is found by its name alone, whichever section it stands in."""
    counted = Counter(item.code for _section, item in pack.items())
    seen: set[str] = set()
    for section, item in pack.items():
        if counted[item.code] > 1 and item.code in seen:
            what = _("“{name}” is also the name of an item in another section.").format(name=item.code)
            problems.add(("sections", section.code, "items", item.code), what, _("Choose another name."))
        seen.add(item.code)


def _check_caps(pack: SheetPack, problems: Problems) -> None:
    for kind, name in CAPS.items():
        parts = [section for section in pack.sections if section.kind == kind]
        cap: Decimal = Decimal(getattr(pack, name))
        path: Path = ("sheet", name)
        if parts and not cap:
            what = _("There is a section of this kind, but “{name}” does not say how many points it counts at most.")
            problems.add(
                path, what.format(name=name), _("Add it; the sections come to {points}.").format(points=_sum(parts))
            )
        elif cap and not parts:
            problems.add(path, _("“{name}” caps nothing: there is no section of this kind.").format(name=name))
        elif parts and cap > sum((Decimal(one.full) for one in parts), Decimal(0)):
            what = _("“{name}” is {cap}, but the sections come to {points} only.")
            problems.add(path, what.format(name=name, cap=_plain(cap), points=_sum(parts)))


def _check_grades(pack: SheetPack, problems: Problems) -> None:
    bounds = [Decimal(grade.at_least) for grade in pack.grades]
    path: Path = ("sheet", "grades")
    if bounds != sorted(set(bounds), reverse=True):
        problems.add(path, _("The grades must stand from the highest to the lowest, each from another total on."))
    if bounds and bounds[-1] != 0:
        what = _("The lowest grade begins at {bound}: a total below it would have no grade.")
        problems.add(
            (*path, len(bounds) - 1, "from"), what.format(bound=pack.grades[-1].at_least), _("Let it begin at 0.")
        )
    if len({grade.code for grade in pack.grades}) < len(pack.grades):
        problems.add(path, _("Two grades have the same code."))
    for number, grade in enumerate(pack.grades):
        if grade.quota and not Decimal(grade.quota):
            what = _("A quota of 0 lets nobody have the grade.")
            problems.add((*path, number, "quota"), what, _("Leave “quota” out where there is none."))


def _check_ties(pack: SheetPack, problems: Problems) -> None:
    known = {BASE, BONUS, DEDUCTION, *(section.code for section in pack.sections)}
    for number, name in enumerate(pack.ties.order):
        if name not in known:
            what = _("“{name}” is no section of this sheet.").format(name=name)
            why = _("Known: {known}.").format(known=", ".join(sorted(known)))
            problems.add(("sheet", "ties", "order", number), what, why, nearest(name, known))


def _check_vetoes(pack: SheetPack, problems: Problems) -> None:
    grades = {grade.code for grade in pack.grades}
    for number, veto in enumerate(pack.vetoes):
        if veto.grade not in grades:
            what = _("“{name}” is no grade of this sheet.").format(name=veto.grade)
            near = nearest(veto.grade, grades)
            problems.add(("sheet", "vetoes", number, "grade"), what, nearest=near)


def warnings(pack: SheetPack) -> list[str]:
    """Return what must be said wherever the sheet is shown, though it may be used."""
    told = _(
        "This sheet has a veto on communities: “{veto}” (legal basis as typed in: {basis}). Vetoes on communities were "
        "abolished in 2015 (民发〔2015〕136号). Check the basis before it is used."
    )
    return [told.format(veto=veto.label.zh, basis=veto.basis) for veto in pack.vetoes]
