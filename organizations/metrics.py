"""
What the portal knows of organizations and people: who is in post, how many there should be, when terms end.

Persons are counted once, however many posts they hold. Only posts of the day count: a post that has ended is a
vacancy. Organizations and posts can also be ranged over by a formula, each with its own attributes.
"""

from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import (
    Count,
    DateField,
    Exists,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from communities.ground.metrics import (
    Metric,
    Option,
    Population,
    Source,
    Take,
    Window,
    YesNo,
    column,
    counted,
    latest,
    summed,
)
from communities.ground.registers import Register

from .choices import Channel, Education, ElectionMethod, OrganizationKind, PoliticalStatus, Sex, Title
from .models import Establishment, Organization, Post, Term

KEPT_AT = ("community", "street", "district")
ORGANIZATION_LEVEL = ("organization",)
POST_LEVEL = ("post",)


def last_day(period: str) -> Combinable:
    """Return the last day, inclusive, of the period column; NULL where it is open."""
    return Func(
        F(f"{period}__endswith"), Value(1), template="(%(expressions)s)", arg_joiner=" - ", output_field=DateField()
    )


def posts_held(window: Window) -> QuerySet[Post]:
    """Return the posts held on the day."""
    return Post.objects.filter(during__contains=window.day)


def _with_seats(window: Window) -> QuerySet[Organization]:
    """The organizations of the day, each joined to its establishment in force (NULL where there is none)."""
    return Organization.objects.filter(during__contains=window.day).annotate(
        establishment=FilteredRelation("establishments", condition=Q(establishments__during__contains=window.day))
    )


def _in_the_party_too(window: Window) -> QuerySet[Post]:
    """The posts of the residents' committee, each with what its holder is in the Party organization."""
    beside = posts_held(window).filter(
        person=OuterRef("person"),
        organization__place=OuterRef("organization__place"),
        organization__kind=OrganizationKind.PARTY_ORGANIZATION,
    )
    return (
        posts_held(window)
        .filter(organization__kind=OrganizationKind.RESIDENTS_COMMITTEE)
        .annotate(in_party=Exists(beside), is_secretary=Exists(beside.filter(title=Title.SECRETARY)))
    )


def _terms_begun(window: Window) -> QuerySet[Term]:
    """The terms begun by the day. Terms do not overlap, so the one that ends last is the current or latest."""
    return Term.objects.filter(during__startswith__lte=window.day).annotate(ends_on=last_day("during"))


def _current_terms(window: Window) -> QuerySet[Term]:
    """The terms residents' committees serve on the day, one at most a community, with their first day."""
    return Term.objects.filter(
        during__contains=window.day,
        organization__kind=OrganizationKind.RESIDENTS_COMMITTEE,
        organization__during__contains=window.day,
    ).annotate(began_on=F("during__startswith"))


def _organizations_alone(window: Window) -> QuerySet[Organization]:
    """The organizations of the day, one row each, with what a formula may ask of one."""
    day = window.day
    of_it = {"organization": OuterRef("pk")}
    seats = Establishment.objects.filter(**of_it, during__contains=day).values("seats")
    people = posts_held(window).filter(**of_it).values("organization").annotate(n=Count("person", distinct=True))
    terms = Term.objects.filter(**of_it, during__startswith__lte=day).order_by("-during__startswith")
    return Organization.objects.filter(during__contains=day).annotate(
        began_on=F("during__startswith"),
        seats=Subquery(seats[:1]),
        people=Coalesce(Subquery(people.values("n")), 0),
        term_ends=Subquery(terms.annotate(ends_on=last_day("during")).values("ends_on")[:1]),
        election=Subquery(terms.values("method")[:1]),
    )


def _posts_alone(window: Window) -> QuerySet[Post]:
    """The posts of the day, one row each, with what a formula may ask of one."""
    return posts_held(window).annotate(
        began_on=F("during__startswith"),
        organization_kind=F("organization__kind"),
    )


def _any(column_name: str) -> Take:
    return Take("pk", lambda chosen, _unknown: Coalesce(BoolOr(column_name, filter=chosen), Value(False)))


POSTS = Source(
    code="posts",
    label=_("roster of members and workers"),
    register=Register.POSTS,
    rows=posts_held,
    place="organization__place",
)
BOTH_BODIES = Source(
    code="both_bodies",
    label=_("posts in the committee and the Party organization"),
    register=Register.POSTS,
    rows=_in_the_party_too,
    place="organization__place",
)
ORGANIZATIONS = Source(
    code="organizations",
    label=_("register of organizations"),
    register=Register.ORGANIZATIONS,
    rows=lambda w: Organization.objects.filter(during__contains=w.day),
)
ESTABLISHMENTS = Source(
    code="establishments",
    label=_("establishments of posts"),
    register=Register.ORGANIZATIONS,
    rows=_with_seats,
)
TERMS = Source(
    code="terms",
    label=_("terms of office"),
    rows=_terms_begun,
    place="organization__place",
)
CURRENT_TERMS = Source(
    code="current_terms",
    label=_("terms of office"),
    rows=_current_terms,
    place="organization__place",
    one_row=True,
)
EACH_ORGANIZATION = Source(
    code="each_organization",
    label=_("register of organizations"),
    rows=_organizations_alone,
    place="pk",
    one_row=True,
)
EACH_POST = Source(
    code="each_post",
    label=_("roster of members and workers"),
    rows=_posts_alone,
    place="pk",
    one_row=True,
)

COMMITTEE_TERM_BEGAN = Metric(
    code="committee_term_began",
    label=_("first day of the committee's term"),
    type="date",
    source=CURRENT_TERMS,
    value=column("began_on"),
    levels=("community",),
)

METRICS = [
    COMMITTEE_TERM_BEGAN,
    Metric(
        code="posts",
        label=_("persons in post"),
        unit="person",
        source=POSTS,
        value=counted("person"),
        options={
            "organization": Option("organization__kind", OrganizationKind),
            "title": Option("title", Title),
            "elected": Option("elected", YesNo),
            "channel": Option("channel", Channel),
        },
        levels=KEPT_AT,
    ),
    Metric(
        code="members_of_both",
        label=_("committee members who also sit in the Party organization"),
        unit="person",
        source=BOTH_BODIES,
        value=counted("person"),
        where=Q(in_party=True),
        levels=("community",),
    ),
    Metric(
        code="one_shoulder",
        label=_("secretary and director are one person"),
        type="boolean",
        source=BOTH_BODIES,
        value=_any("is_secretary"),
        where=Q(title=Title.DIRECTOR),
        levels=("community",),
    ),
    Metric(
        code="organizations",
        label=_("organizations"),
        unit="organization",
        source=ORGANIZATIONS,
        value=counted(),
        options={"kind": Option("kind", OrganizationKind)},
        levels=KEPT_AT,
    ),
    Metric(
        code="established_posts",
        label=_("established posts"),
        unit="person",
        source=ESTABLISHMENTS,
        value=summed("establishment__seats"),
        options={"organization": Option("kind", OrganizationKind)},
        levels=KEPT_AT,
    ),
    Metric(
        code="term_ends",
        label=_("last day of the term"),
        type="date",
        source=TERMS,
        value=latest("ends_on"),
        options={"organization": Option("organization__kind", OrganizationKind)},
        levels=("community",),
    ),
]


def _of_organization(code: str, label: Any, path: str, **more: Any) -> Metric:
    return Metric(
        code=code, label=label, source=EACH_ORGANIZATION, value=column(path), levels=ORGANIZATION_LEVEL, **more
    )


def _of_post(code: str, label: Any, path: str, **more: Any) -> Metric:
    return Metric(code=code, label=label, source=EACH_POST, value=column(path), levels=POST_LEVEL, **more)


METRICS += [
    _of_organization("organization_kind", _("kind of organization"), "kind", type="choice", choices=OrganizationKind),
    _of_organization("began_on", _("first day"), "began_on", type="date"),
    _of_organization("seats", _("established posts"), "seats", unit="person"),
    _of_organization("people_in_post", _("persons in post"), "people", unit="person"),
    _of_organization("term_ends", _("last day of the term"), "term_ends", type="date"),
    _of_organization("election", _("method of election"), "election", type="choice", choices=ElectionMethod),
    _of_post(
        "organization_kind", _("kind of organization"), "organization_kind", type="choice", choices=OrganizationKind
    ),
    _of_post("title", _("post"), "title", type="choice", choices=Title),
    _of_post("elected", _("elected"), "elected", type="boolean"),
    _of_post("in_social_worker_series", _("in the social-worker series"), "in_social_worker_series", type="boolean"),
    _of_post("channel", _("channel of recruitment"), "channel", type="choice", choices=Channel),
    _of_post("began_on", _("first day"), "began_on", type="date"),
    _of_post("sex", _("sex"), "person__sex", type="choice", choices=Sex),
    _of_post("born_on", _("born on"), "person__born_on", type="date"),
    _of_post("education", _("education"), "person__education", type="choice", choices=Education),
    _of_post(
        "political_status", _("political status"), "person__political_status", type="choice", choices=PoliticalStatus
    ),
]

POPULATIONS = [
    Population(level="organization", label=_("organizations"), source=ORGANIZATIONS, name="name"),
    Population(level="post", label=_("posts held"), source=POSTS, name="person__name", names_persons=True),
]
