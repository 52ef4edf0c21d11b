"""
Organizations, their terms, the people in them and the posts these hold.

An organization stands in a place for a period; how many posts it is to have is an establishment (职数), who holds
them are posts. A person holds several posts at once (交叉任职), and secretary and director may be one person
(一肩挑): posts are dated rows between a person and an organization, never a column of either. Nothing is deleted
to end it: its period ends.
"""

from typing import TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground import periods, personal
from communities.ground.history import tracked
from communities.ground.keys import UnreadableError
from communities.ground.models import Fact, PersonalKey
from communities.ground.numbers import masked_name
from communities.ground.scope import ScopedQuerySet
from communities.places.models import Place

from .choices import SOLE_KINDS, Channel, Education, ElectionMethod, OrganizationKind, PoliticalStatus, Sex, Title
from .codes import validate_credit_code

M = TypeVar("M", bound=models.Model)

SEALED = 200
ENCRYPTED = r"^[a-z]+\.[0-9a-f]{16}\.[0-9a-f]+$"


class OfOrganizationQuerySet(ScopedQuerySet[M]):
    """Rows about an organization, fenced by the place it stands in."""

    place_path = "organization__place"


def _one_at_a_time(kind: OrganizationKind) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=f"one_{kind.value}_at_a_time",
        expressions=[(periods.only("place"), RangeOperators.OVERLAPS), ("during", RangeOperators.OVERLAPS)],
        condition=Q(kind=kind.value),
        violation_error_message=_("This place already has an organization of that kind in that period; end it first."),
    )


@tracked
class Organization(Fact):
    """A body that stands in a place: Party organization, committee, station, association. Dissolved, never deleted."""

    Kind = OrganizationKind

    place = models.ForeignKey(Place, models.PROTECT, related_name="organizations", verbose_name=_("place"))
    kind = models.CharField(_("kind of organization"), max_length=40, choices=OrganizationKind)
    name = models.CharField(_("name of organization"), max_length=120)
    credit_code = models.CharField(
        _("unified social credit code"),
        max_length=18,
        null=True,
        blank=True,
        db_collation="C",
        validators=[validate_credit_code],
        help_text=_("18 characters, as on the certificate; empty where not known."),
    )
    during = periods.PeriodField(
        _("exists"), help_text=_("First and last day of the organization; the last is empty while it exists.")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            periods.lasting("organization_lasts"),
            models.CheckConstraint(
                name="credit_code_has_18_characters",
                condition=Q(credit_code__isnull=True) | Q(credit_code__regex=r"^[0-9A-HJ-NP-RTUW-Y]{18}$"),
                violation_error_message=_("A credit code has 18 digits and capitals without I, O, S, V and Z."),
            ),
            ExclusionConstraint(
                name="an_organization_is_recorded_once",
                expressions=[
                    (periods.only("place"), RangeOperators.OVERLAPS),
                    (periods.OnlyText("name"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This place already has an organization of that name in that period."),
            ),
            ExclusionConstraint(
                name="a_credit_code_is_borne_by_one_organization",
                expressions=[
                    (periods.OnlyText("credit_code"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(credit_code__isnull=False),
                violation_error_message=_("Another organization bears this credit code in that period."),
            ),
            *(_one_at_a_time(kind) for kind in SOLE_KINDS),
        ]

    def __str__(self) -> str:
        return self.name


@tracked
class Establishment(Fact):
    """How many posts an organization is to have in a period (职数). No row: nobody knows, not none."""

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="establishments", verbose_name=_("organization")
    )
    seats = models.PositiveSmallIntegerField(
        _("established posts"), help_text=_("Persons the organization is to have.")
    )
    during = periods.PeriodField(_("in force"))

    objects = OfOrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("establishment of posts")
        verbose_name_plural = _("establishments of posts")
        constraints = [
            periods.lasting("establishment_lasts"),
            ExclusionConstraint(
                name="establishments_do_not_overlap",
                expressions=[
                    (periods.only("organization"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "This organization already has an establishment in that period; end it first."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.seats}"


@tracked
class Term(Fact):
    """One term of office (届) of an organization, from its first to its last day; both are always known."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="terms", verbose_name=_("organization"))
    number = models.PositiveSmallIntegerField(_("number of the term"), help_text=_("8 for the eighth term (第八届)."))
    during = periods.PeriodField(_("term of office"), help_text=_("First and last day in office."))
    elected_on = models.DateField(_("elected on"), null=True, blank=True)
    method = models.CharField(_("method of election"), max_length=20, choices=ElectionMethod, null=True, blank=True)

    objects = OfOrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        constraints = [
            periods.lasting("term_lasts"),
            periods.dated_sanely("elected_on", "term_elected_in_known_years"),
            models.CheckConstraint(
                name="a_term_begins_and_ends",
                condition=Q(during__lower_inf=False, during__upper_inf=False),
                violation_error_message=_("A term of office has a first and a last day."),
            ),
            models.UniqueConstraint(
                fields=["organization", "number"],
                name="one_term_of_a_number",
                violation_error_message=_("This organization already has a term of that number."),
            ),
            ExclusionConstraint(
                name="terms_do_not_overlap",
                expressions=[
                    (periods.only("organization"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This organization already has a term of office in that period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.number}"


@tracked
class Person(Fact):
    """
    Somebody who holds or held a post. Carries no more of a person than the plans and the law ask for.

    The two numbers are encrypted with the person's own key and shown masked. Once the key is destroyed they stand
    here as nobody can read them; who returns to a post gets another key.
    """

    place = models.ForeignKey(
        Place,
        models.PROTECT,
        related_name="people",
        verbose_name=_("home place"),
        help_text=_("The place that keeps this record and may see it."),
    )
    name = models.CharField(_("name of person"), max_length=60)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex, default=Sex.UNKNOWN)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    education = models.CharField(_("education"), max_length=2, choices=Education, null=True, blank=True)
    political_status = models.CharField(
        _("political status"), max_length=2, choices=PoliticalStatus, null=True, blank=True
    )
    key = models.OneToOneField(
        PersonalKey,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="person",
        verbose_name=_("key of a person"),
    )
    identity_number = models.CharField(
        _("identity number"),
        max_length=SEALED,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Citizen identity number (公民身份号码), encrypted; empty where not known."),
    )
    phone = models.CharField(
        _("mobile number"),
        max_length=SEALED,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Mobile number, encrypted; empty where not known."),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            periods.dated_sanely("born_on", "person_born_in_known_years"),
            models.CheckConstraint(
                name="numbers_of_a_person_are_encrypted",
                condition=(Q(identity_number__isnull=True) | Q(identity_number__regex=ENCRYPTED))
                & (Q(phone__isnull=True) | Q(phone__regex=ENCRYPTED)),
                violation_error_message=_("Numbers of people are kept encrypted only."),
            ),
            models.CheckConstraint(
                name="numbers_of_a_person_have_a_key",
                condition=Q(key__isnull=False) | Q(identity_number__isnull=True, phone__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return masked_name(self.name)

    @property
    def has_expired(self) -> bool:
        """Whether the key was destroyed and with it what was recorded of the numbers."""
        return self.key is not None and self.key.is_destroyed

    def masked(self, field: personal.Field) -> str:
        """Return the person's number as pages show it; "" where there is none."""
        return personal.masked(self.key, field, getattr(self, field.name))

    def in_clear(self, field: personal.Field) -> str:
        """Return the number, "" where there is none: to compare, hash anew or export; pages go by `reveal`."""
        sealed = getattr(self, field.name)
        if not sealed or self.key is None or self.key.is_destroyed:
            return ""
        return personal.unsealed(self.key, field, sealed)

    @property
    def identity_mask(self) -> str:
        """The identity number as an export shows it."""
        return self.masked(personal.IDENTITY_NUMBER)

    @property
    def identity_in_clear(self) -> str:
        """The identity number, for an export in clear; in words where it is unreadable."""
        return self._in_clear_or_words(personal.IDENTITY_NUMBER)

    @property
    def phone_mask(self) -> str:
        """The mobile number as an export shows it."""
        return self.masked(personal.PHONE)

    @property
    def phone_in_clear(self) -> str:
        """The mobile number, for an export in clear; in words where it is unreadable."""
        return self._in_clear_or_words(personal.PHONE)

    def _in_clear_or_words(self, field: personal.Field) -> str:
        try:
            return self.in_clear(field)
        except UnreadableError:
            return self.masked(field)

    @property
    def choice_label(self) -> str:
        """Full name, year of birth and home place: who records a post must tell two people of one name apart."""
        said = {"name": self.name, "place": self.place.short_name}
        if self.born_on is None:
            return gettext("%(name)s (%(place)s)") % said
        return gettext("%(name)s (born %(year)s, %(place)s)") % {**said, "year": self.born_on.year}


@tracked
class Post(Fact):
    """A person's post in an organization, from a day until a day. One person may hold several at once."""

    Title = Title

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"))
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="posts", verbose_name=_("organization"))
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("term"))
    title = models.CharField(_("post"), max_length=20, choices=Title)
    elected = models.BooleanField(_("elected"), default=False, help_text=_("Holds the post by a lawful election."))
    in_social_worker_series = models.BooleanField(
        _("in the social-worker series"),
        default=False,
        help_text=_("Managed in the social workers' career series (社会工作者职业序列)."),
    )
    channel = models.CharField(_("channel of recruitment"), max_length=20, choices=Channel, null=True, blank=True)
    during = periods.PeriodField(_("in post"), help_text=_("First and last day; the last is empty while in post."))

    objects = OfOrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("post held")
        verbose_name_plural = _("posts held")
        constraints = [
            periods.lasting("post_lasts"),
            ExclusionConstraint(
                name="a_post_is_held_once_by_a_person",
                expressions=[
                    (periods.only("person"), RangeOperators.OVERLAPS),
                    (periods.only("organization"), RangeOperators.OVERLAPS),
                    (periods.OnlyText("title"), RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This person already holds that post in that period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.get_title_display()} {self.person}"

    @property
    def choice_label(self) -> str:
        """Who, as what, where, from when: what tells one post from the next where one is chosen, names in full."""
        said = {
            "name": self.person.name,
            "title": self.get_title_display(),
            "organization": self.organization.name,
            "place": self.organization.place.short_name,
            "period": periods.shown(self.during),
        }
        return gettext("%(name)s, %(title)s, %(organization)s (%(place)s), %(period)s") % said
