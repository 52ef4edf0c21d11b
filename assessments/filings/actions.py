"""
What can be done with sheets: check one, load it as a version, work on a draft, publish it, attach an item.

Nothing is printed here and nothing half done: a sheet with a problem changes nothing, one already loaded neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.plans import reading
from assessments.plans.actions import PackError, place_of
from assessments.plans.checking_formulas import vocabulary_of
from assessments.plans.models import PlanVersion
from assessments.plans.problems import Problem
from assessments.plans.restoring import restore as restore_plan
from communities.ground import clock, events
from communities.ground.models import User
from communities.ground.publishing import already

from . import checking, checking_items, schema, writing
from .building import build
from .models import Sheet, SheetVersion
from .pack import ItemSpec, SheetPack, plain, restore


@dataclass(frozen=True)
class Checked:
    """What came of checking a text: the sheet and the plan version it cites, or what is wrong. `name` is the file's."""

    name: str
    text: str
    pack: SheetPack | None
    plan_version: PlanVersion | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether the sheet may be loaded."""
        return self.pack is not None and not self.problems

    @property
    def warnings(self) -> list[str]:
        """What must be said though the sheet may be loaded."""
        return checking.warnings(self.pack) if self.pack else []


def check(text: str, name: str = "") -> Checked:
    """Return the sheet in `text`, or everything that is wrong with it, in the order of the lines."""
    tree, problems = reading.read(text)
    if tree is None:
        if not problems:
            problems.add_at(0, _("The file is empty."), _("A sheet begins with “sheet:”."))
        return Checked(name, text, None, problems=list(problems))
    schema.check(tree, problems)
    if problems:
        return Checked(name, text, None, problems=list(problems))
    pack = build(tree, problems)
    checking.check(pack, problems)
    version = checking.check_plan(pack, problems)
    if version is not None:
        plan = restore_plan(version.pack)
        checking_items.check(pack, plan, vocabulary_of(plan), problems)
    return Checked(name, text, None if problems else pack, version, list(problems))


@transaction.atomic
def load(checked: Checked, *, by: User | None = None, publish: bool = True) -> tuple[SheetVersion, bool]:
    """
    Load the sheet as a version and publish it; return the version and whether anything was done.

    The same canonical sheet is the version it was; nothing is written then, but a draft of it that waited is
    published. Raises PackError where the sheet is not sound.
    """
    pack, plan_version = _sound(checked)
    sheet, is_new = _sheet_for(pack, plan_version)
    known = None if is_new else sheet.versions.filter(sha256=pack.sha256()).order_by("published_at", "number").first()
    if known is None:
        version = writing.write_version(sheet, pack, source_text=checked.text, plan_version=plan_version, by=by)
        _record("sheet.load", version, by)
    else:
        version = known
    is_published_now = publish and not version.is_published
    if is_published_now:
        _publish(version, by=by)
    return version, known is None or is_published_now


def _sound(checked: Checked) -> tuple[SheetPack, PlanVersion]:
    if checked.pack is None or checked.plan_version is None or checked.problems:
        raise PackError(checked.problems)
    return checked.pack, checked.plan_version


def _sheet_for(pack: SheetPack, plan_version: PlanVersion) -> tuple[Sheet, bool]:
    """Return the sheet of that code, locked, so that two people who load it at once get two numbers."""
    found = Sheet.objects.select_for_update().filter(code=pack.code).first()
    if found is not None:
        return found, False
    described = _described(pack, plan_version)
    return Sheet.objects.create(code=pack.code, **described), True


def _described(pack: SheetPack, plan_version: PlanVersion) -> dict[str, object]:
    return {
        "title_zh": pack.title.zh,
        "title_en": pack.title.en,
        "plan": plan_version.plan,
        "prefix": pack.owner,
        "owner": place_of(pack.owner),
    }


def _record(action: str, version: SheetVersion, by: User | None, **detail: object) -> None:
    sheet = version.sheet
    events.record(action, by=by, obj=version, prefix=sheet.prefix, sheet=sheet.code, number=version.number, **detail)


@transaction.atomic
def draft_from(version: SheetVersion, *, by: User | None = None) -> SheetVersion:
    """Return a new draft that says what `version` says, to be worked on."""
    sheet = Sheet.objects.select_for_update().get(pk=version.sheet_id)
    pack = restore(version.pack)
    source = version.source_text
    draft = writing.write_version(sheet, pack, source_text=source, plan_version=version.plan_version, by=by)
    _record("sheet.load", draft, by)
    return draft


@transaction.atomic
def revise(draft: SheetVersion, checked: Checked, *, by: User | None = None) -> SheetVersion:
    """
    Let the draft say what `checked` says; return it as it now is.

    Raises PackError where the sheet is not sound, AlreadyPublishedError where the draft was published meanwhile,
    ValidationError where the text is that of another sheet.
    """
    pack, plan_version = _sound(checked)
    locked = _locked(draft)
    if pack.code != locked.sheet.code:
        message = _("This is the sheet “{other}”, not “{code}”.").format(other=pack.code, code=locked.sheet.code)
        raise ValidationError(message)
    writing.rewrite_version(locked, pack, source_text=checked.text, plan_version=plan_version)
    _record("sheet.revise", locked, by)
    return locked


def _locked(version: SheetVersion) -> SheetVersion:
    """Return the version, locked; raise AlreadyPublishedError for one that is published."""
    rows = SheetVersion.objects.select_for_update(of=("self",)).select_related("published_by", "sheet")
    locked = rows.get(pk=version.pk)
    if locked.published_at is not None:
        raise already(locked.published_at, locked.published_by)
    return locked


@transaction.atomic
def attach_item(
    version: SheetVersion,
    *,
    department: str,
    section: str,
    item: ItemSpec,
    points: Mapping[str, str],
    by: User | None = None,
) -> SheetVersion:
    """
    Attach an item of a department to the one sheet: return a new draft with it, at the end of the section.

    `points` says the full marks of the sections and items that make room for it, by their codes. Nothing is
    rebalanced that is not stated there: raises PackError, with both sums, where the points do not add up, and for
    a section or a code that is not there.
    """
    tree = writing.tree(restore(version.pack))
    _make_room(tree, points)
    if section not in tree["sections"]:
        raise PackError([_unknown(section, tree["sections"])])
    items = tree["sections"][section]["items"]
    if item.code in items:
        message = _("“{name}” is also the name of an item in another section.").format(name=item.code)
        raise PackError([Problem(0, f"sections.{section}.items.{item.code}", message)])
    items[item.code] = {**writing.item_tree(item), "department": department}
    checked = check(writing.numbered(tree))
    pack, plan_version = _sound(checked)
    sheet = Sheet.objects.select_for_update().get(pk=version.sheet_id)
    draft = writing.write_version(sheet, pack, source_text=checked.text, plan_version=plan_version, by=by)
    _record("sheet.attach", draft, by, item=item.code)
    return draft


def _make_room(tree: writing.Tree, points: Mapping[str, str]) -> None:
    parts = dict(tree["sections"])
    for section in tree["sections"].values():
        parts |= section["items"]
    for code, full in points.items():
        if code not in parts:
            raise PackError([_unknown(code, parts)])
        parts[code]["full"] = plain(full)


def _unknown(name: str, known: Mapping[str, object]) -> Problem:
    what = _("The sheet has no section or item “{name}”.").format(name=name)
    return Problem(0, "sections", what, _("Known: {known}.").format(known=", ".join(sorted(known))))


def publish(version: SheetVersion, *, by: User | None = None) -> SheetVersion:
    """
    Publish the draft for good.

    Raises AlreadyPublishedError, which names who did it and when, for one that is; ValidationError for one that a
    later version has overtaken, or that says what a published version says.
    """
    with transaction.atomic():
        return _publish(_locked(version), by=by)


def refuse_overtaken(version: SheetVersion) -> None:
    """Raise ValidationError where a later version is published, or one that says the same."""
    published = SheetVersion.objects.published().filter(sheet=version.sheet_id)
    if newest := published.filter(number__gt=version.number).order_by("-number").first():
        message = _("Version {later} is published and holds. Version {number} came before it and cannot follow it.")
        raise ValidationError(message.format(later=newest.number, number=version.number))
    if same := published.filter(sha256=version.sha256).first():
        message = _("This draft says what version {number} says; there is nothing to publish.")
        raise ValidationError(message.format(number=same.number))


def _publish(version: SheetVersion, *, by: User | None) -> SheetVersion:
    """Publish, and let the sheet bear the title and owner of its newest version."""
    pack = restore(version.pack)
    sheet = Sheet.objects.select_for_update().get(pk=version.sheet_id)
    refuse_overtaken(version)
    for name, value in _described(pack, version.plan_version).items():
        setattr(sheet, name, value)
    sheet.save()
    version.published_at, version.published_by = clock.now(), by
    version.save(update_fields=["published_at", "published_by"])
    _record("sheet.publish", version, by)
    return version


def latest_version(code: str) -> SheetVersion:
    """Return the latest published version of the sheet; raise ObjectDoesNotExist in a sentence where there is none."""
    rows = SheetVersion.objects.published().filter(sheet__code=code).select_related("sheet")
    version = rows.order_by("-number").first()
    if version is None:
        known = ", ".join(Sheet.objects.order_by("code").values_list("code", flat=True)) or "—"
        message = _("No sheet “{code}” has been published. Known sheets: {known}.")
        raise ObjectDoesNotExist(message.format(code=code, known=known))
    return version
