"""
What can be done with packs: check one, load it as a version, publish the version.

Nothing is printed here and nothing half done: a pack with a problem loads nothing, a pack already loaded changes
nothing.
"""

from dataclasses import dataclass, field

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from communities.ground import clock, events
from communities.ground.models import User
from communities.ground.publishing import already
from communities.places.models import Place, PlaceCode

from . import checking, checking_formulas, checking_printed, reading, schema
from .building import Builder
from .models import Plan, PlanVersion
from .pack import PackPlan
from .problems import Problem, Problems
from .restoring import restore
from .writing import write_version


class PackError(ValueError):
    """A pack that cannot be loaded; `problems` says all that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(str(problems[0]) if problems else "")
        self.problems = problems


@dataclass(frozen=True)
class Checked:
    """What came of checking a text: the pack, or what is wrong with it. `name` is the file's."""

    name: str
    text: str
    pack: PackPlan | None
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether the pack may be loaded."""
        return self.pack is not None and not self.problems


def check(text: str, name: str = "") -> Checked:
    """Return the pack in `text`, or everything that is wrong with it, in the order of the lines."""
    tree, problems = reading.read(text)
    if tree is None:
        if not problems:
            problems.add_at(0, _("The file is empty."), _("A pack begins with “plan:”."))
        return Checked(name, text, None, list(problems))
    schema.check(tree, problems)
    broken = _leave_out_broken_targets(tree, problems)
    if broken is None:
        return Checked(name, text, None, list(problems))
    pack = Builder(problems).pack(tree)
    checking.check(pack, problems)
    checking_formulas.check(pack, problems, more_targets=broken)
    checking_printed.check(pack, problems)
    return Checked(name, text, None if problems else pack, list(problems))


def _leave_out_broken_targets(tree: reading.Tree, problems: Problems) -> frozenset[str] | None:
    """Take targets that are not well formed out of `tree` and return their names; None where more is malformed."""
    names = schema.names_of(tree, "targets")
    broken = frozenset(name for name in names if problems.touches(("targets", name)))
    for name in broken:
        del tree["targets"][name]
    rest = Problems(problems.lines)
    schema.check(tree, rest)
    return None if rest else broken


@transaction.atomic
def load(checked: Checked, *, by: User | None = None, publish: bool = True) -> tuple[PlanVersion, bool]:
    """
    Load the pack as a version of its plan and publish it; return the version and whether anything was done.

    The same canonical pack is the version it was; nothing is written then, but a version that waited is published.
    Raises PackError where the pack is not sound.
    """
    if checked.pack is None:
        raise PackError(checked.problems)
    plan, is_new = _plan_for(checked.pack)
    known = None if is_new else plan.versions.filter(sha256=checked.pack.sha256()).first()
    version = known or write_version(plan, checked.pack, source_text=checked.text, by=by)
    if known is None:
        events.record("plan.load", by=by, obj=version, prefix=plan.prefix, plan=plan.code, number=version.number)
    is_published_now = publish and not version.is_published
    if is_published_now:
        version = _publish(version, by=by)
    return version, known is None or is_published_now


def _plan_for(pack: PackPlan) -> tuple[Plan, bool]:
    """Return the plan of the pack, locked, so that two people who load it at once get two numbers."""
    found = Plan.objects.select_for_update().filter(code=pack.code).first()
    if found is not None:
        return found, False
    owner = place_of(pack.owner)
    return Plan.objects.create(**_described(pack), code=pack.code, prefix=pack.owner, owner=owner), True


def place_of(prefix: str) -> Place:
    """Return the place of the division code prefix, the one that bears the code last; raise PackError for none."""
    row = PlaceCode.objects.filter(code=checking.padded(prefix)).order_by("-during__startswith").first()
    if row is None:
        raise PackError([Problem(0, "plan.owner", _("“{code}” is not the code of a place.").format(code=prefix))])
    return row.place


def _described(pack: PackPlan) -> dict[str, object]:
    return {
        "title_zh": pack.title.zh,
        "title_en": pack.title.en,
        "document_number": pack.document_number,
        "issuers": list(pack.issuers),
        "issued_on": pack.issued_on,
    }


def publish(version: PlanVersion, *, by: User | None = None) -> PlanVersion:
    """
    Publish the version for good.

    Raises AlreadyPublishedError, which names who did it and when, for one that is; ValidationError for one that a
    later version has overtaken.
    """
    with transaction.atomic():
        locked = PlanVersion.objects.select_for_update(of=("self",)).select_related("published_by").get(pk=version.pk)
        if locked.published_at is not None:
            raise already(locked.published_at, locked.published_by)
        return _publish(locked, by=by)


def refuse_overtaken(version: PlanVersion) -> None:
    """Raise ValidationError where a later version is published: what holds is never replaced by what came before."""
    later = PlanVersion.objects.published().filter(plan=version.plan_id, number__gt=version.number)
    if newest := later.order_by("-number").first():
        message = _("Version {later} is published and holds. Version {number} came before it and cannot follow it.")
        more = _("Upload what is to hold as a new version.")
        raise ValidationError(f"{message.format(later=newest.number, number=version.number)}{more}")


def _publish(version: PlanVersion, *, by: User | None) -> PlanVersion:
    """Publish, and let the plan bear the title and owner of its newest version."""
    pack = restore(version.pack)
    plan = Plan.objects.select_for_update().get(pk=version.plan_id)
    refuse_overtaken(version)
    plan.prefix, plan.owner = pack.owner, place_of(pack.owner)
    for name, value in _described(pack).items():
        setattr(plan, name, value)
    plan.save()
    version.published_at, version.published_by = clock.now(), by
    version.save(update_fields=["published_at", "published_by"])
    events.record("plan.publish", by=by, obj=version, prefix=plan.prefix, plan=plan.code, number=version.number)
    return version


def latest_version(code: str) -> PlanVersion:
    """Return the latest published version of the plan; raise ObjectDoesNotExist in a sentence where there is none."""
    version = PlanVersion.objects.published().filter(plan__code=code).order_by("-number").first()
    if version is None:
        known = ", ".join(Plan.objects.order_by("code").values_list("code", flat=True)) or "—"
        message = _("No plan “{code}” has been published. Known plans: {known}.")
        raise ObjectDoesNotExist(message.format(code=code, known=known))
    return version
