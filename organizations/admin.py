"""The registers of organizations and people in the admin: organizations, establishments, terms, people, posts."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.ground import clock
from communities.ground.admin import ScopedModelAdmin, period_column, scope_of
from communities.ground.models import User
from communities.ground.numbers import holds_personal_number
from communities.ground.personal import FIELDS, IDENTITY_NUMBER

from . import actions, people
from .forms import PersonForm
from .models import Establishment, Organization, Person, Post, Term


class InForceFilter(admin.SimpleListFilter):
    """Rows that hold today, that have ended, that have not begun."""

    title = _("today")
    parameter_name = "today"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what may be chosen."""
        return [("holds", _("holds today")), ("ended", _("has ended")), ("comes", _("has not begun"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows chosen."""
        today = clock.today()
        wanted: dict[str | None, dict[str, Any]] = {
            "holds": {"during__contains": today},
            "ended": {"during__endswith__lte": today},
            "comes": {"during__startswith__gt": today},
        }
        return queryset.filter(**wanted.get(self.value(), {}))


class OfOrganizationAdmin(ScopedModelAdmin):
    """A row about an organization: found by the organization, its place or the place's code."""

    autocomplete_fields = ["organization"]
    list_select_related = ["organization__place"]
    search_fields = ["organization__name", "organization__place__name", "organization__place__codes__code"]
    ordering = ["organization__place__codes__code", "organization", "pk"]

    @admin.display(description=_("place"), ordering="organization__place__name")
    def place(self, row: Any) -> Model:
        """The place the organization stands in."""
        place: Model = row.organization.place
        return place


@admin.register(Organization)
class OrganizationAdmin(ScopedModelAdmin):
    """Organizations by place."""

    period = period_column("during", _("exists"))
    list_display = ["place", "kind", "name", "credit_code", "period", "source", "is_example"]
    list_display_links = ["name"]
    list_filter = [InForceFilter, "kind", "is_example"]
    list_select_related = ["place"]
    search_fields = ["name", "credit_code", "place__name", "place__codes__code"]
    ordering = ["place__codes__code", "kind", "name", "pk"]
    autocomplete_fields = ["place"]
    fields = ["place", "kind", "name", "credit_code", "during", "source"]


@admin.register(Establishment)
class EstablishmentAdmin(OfOrganizationAdmin):
    """How many posts there are to be."""

    period = period_column("during", _("in force"))
    list_display = ["place", "organization", "seats", "period", "source", "is_example"]
    list_display_links = ["organization"]
    list_filter = [InForceFilter, "organization__kind", "is_example"]
    fields = ["organization", "seats", "during", "source"]


@admin.register(Term)
class TermAdmin(OfOrganizationAdmin):
    """Terms of office and how they began."""

    period = period_column("during", _("term of office"))
    list_display = ["place", "organization", "number", "period", "elected_on", "method", "source", "is_example"]
    list_display_links = ["organization"]
    list_filter = [InForceFilter, "method", "organization__kind", "is_example"]
    fields = ["organization", "number", "during", "elected_on", "method", "source"]


@admin.register(Person)
class PersonAdmin(ScopedModelAdmin):
    """
    People who hold posts. The roster is the page that needs the full name.

    Their numbers are shown masked and seen on a page of their own; here they can only be entered. They are never
    searched by a part: who has a whole number finds its bearer on the page for that.
    """

    form = PersonForm
    list_display = ["place", "name", "sex", "born_on", "education", "political_status", "identity", "is_example"]
    list_display_links = ["name"]
    list_filter = ["sex", "education", "political_status", "is_example"]
    list_select_related = ["place", "key"]
    search_fields = ["name", "place__name", "place__codes__code"]
    ordering = ["place__codes__code", "name", "pk"]
    autocomplete_fields = ["place"]
    readonly_fields = ["numbers"]
    fields = ["place", "name", "sex", "born_on", "education", "political_status", "source"]
    number_fields = ["new_identity_number", "new_phone"]
    personal_fields = ("new_identity_number", "new_phone")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list; who types a whole number into its search, which stands in the address, is led elsewhere."""
        keeps = bool(scope_of(request).roles & people.KEEPERS)
        if keeps and holds_personal_number(request.GET.get("q", "")):
            messages.warning(request, gettext("Numbers are searched on this page, where they stand in no address."))
            return redirect("people_by_number")
        return super().changelist_view(request, {"finds_by_number": keeps, **(extra_context or {})})

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show or save the form; where another request recorded the number a moment before, nothing is saved."""
        try:
            answer: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            if getattr(error, "code", "") != "recorded":
                raise
            messages.error(request, " ".join(error.messages))
            return redirect(request.path)
        return answer

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the people within reach with their home places, which stand in the label of every choice."""
        return super().get_queryset(request).select_related("place", "key")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields; numbers only for who keeps the register: a proposal would store what it was sent."""
        first, *more = super().get_fieldsets(request, obj)
        shown = ["numbers"] if obj is not None and scope_of(request).roles & people.READERS else []
        entered = self.number_fields if self._keeps(request, obj) else []
        return [(first[0], {**first[1], "fields": [*first[1]["fields"], *shown, *entered]}), *more]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, which says for whom a number is recorded only within this account's reach."""
        form = super().get_form(request, obj, change=change, **kwargs)
        given = {"scope": scope_of(request), "enters_numbers": self._keeps(request, obj)}
        return type(form.__name__, (form,), given)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save, then the numbers that were typed; say where they and the record disagree."""
        super().save_model(request, obj, form, change)
        person = cast("Person", obj)
        if form.given:
            actions.record_numbers(person, form.given, by=cast("User", request.user))
        for told in people.disagreements_of(person):
            messages.warning(request, told)

    def _keeps(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the account writes the register itself; one that only proposes is asked for no numbers."""
        action = "change" if obj is not None else "add"
        return bool(request.user.has_perm(f"organizations.{action}_person"))

    @admin.display(description=_("identity number"))
    def identity(self, person: Person) -> str:
        """The mask."""
        return person.masked(IDENTITY_NUMBER)

    @admin.display(description=_("recorded numbers"))
    def numbers(self, person: Person) -> str:
        """The masks, and the way to the page where one is seen; or that they are gone."""
        if person.has_expired:
            on_request = person.key is not None and person.key.destroyed_by_id is not None
            return gettext("destroyed on request") if on_request else gettext("destroyed when retention ended")
        masks = [mask for field in FIELDS.values() if (mask := person.masked(field))]
        if not masks:
            return gettext("none")
        address = reverse("person_numbers", args=[person.pk])
        return format_html('{} <a href="{}">{}</a>', "、".join(masks), address, gettext("View"))


@admin.register(Post)
class PostAdmin(OfOrganizationAdmin):
    """The roster: who holds which post in which organization."""

    period = period_column("during", _("in post"))
    list_display = [
        "place",
        "organization",
        "title",
        "holder",
        "elected",
        "in_social_worker_series",
        "channel",
        "period",
        "source",
        "is_example",
    ]
    list_display_links = ["holder"]
    list_filter = [
        InForceFilter,
        "organization__kind",
        "title",
        "elected",
        "in_social_worker_series",
        "channel",
        "is_example",
    ]
    list_select_related = ["organization__place", "person"]
    search_fields = ["person__name", *OfOrganizationAdmin.search_fields]
    autocomplete_fields = ["person", "organization", "term"]
    fields = [
        "organization",
        "person",
        "title",
        "term",
        "elected",
        "in_social_worker_series",
        "channel",
        "during",
        "source",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the posts within reach with all that stands in the label of a choice."""
        return super().get_queryset(request).select_related("person", "organization__place")

    @admin.display(description=_("name of person"), ordering="person__name")
    def holder(self, post: Post) -> str:
        """The full name: this page is the roster."""
        return post.person.name
