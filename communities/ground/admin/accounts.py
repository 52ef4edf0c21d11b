"""
Accounts in the admin: their list, what each may reach, who signed in.

Lists to look through and to find in. What is done to an account is done on its own page (`views_staff`), by the
actions in `accounts`, which know whose duty it is.
"""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from .. import accounts, clock, periods
from ..models import Access, RequestedAccess, SignIn, User
from ..models.accounts import Asked
from ..roles import Role
from ..scope import prefix_of
from .registers import ReadOnlyAdmin, period_column, scope_of


def _in_force() -> QuerySet[Access]:
    return Access.objects.filter(during__contains=clock.today())


class _Choice(admin.SimpleListFilter):
    """A filter with its own few choices."""

    choices_of: tuple[tuple[str, Any], ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the choices."""
        return self.choices_of


class RoleFilter(_Choice):
    """By the role in force today."""

    title, parameter_name = _("role in force"), "role"
    choices_of = tuple(Role.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Keep the accounts with this role today."""
        if self.value() not in Role.values:
            return queryset
        return queryset.filter(pk__in=_in_force().filter(role=self.value()).values("user"))


class StateFilter(_Choice):
    """By what the account may reach."""

    title, parameter_name = _("access"), "state"
    choices_of = (
        ("now", _("now in force")),
        ("none", _("open, but without one")),
        ("asked", _("waiting to be granted")),
        ("reveals", _("may reveal personal data")),
    )

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Keep the accounts in this state."""
        waiting = RequestedAccess.objects.filter(status=Asked.WAITING)
        kept = {
            "now": Q(pk__in=_in_force().values("user")),
            "none": Q(is_active=True) & ~Q(pk__in=_in_force().values("user")),
            "asked": Q(is_active=True, pk__in=waiting.values("user")),
            "reveals": Q(pk__in=_in_force().filter(may_reveal=True).values("user")),
        }
        return queryset.filter(kept.get(self.value() or "", Q()))


class UseFilter(_Choice):
    """By when somebody last signed in, to find what nobody needs any more."""

    title, parameter_name = _("last used"), "used"
    choices_of = (
        ("never", _("never signed in")),
        ("stale", _("unused for 90 days")),
        ("one_time", _("one-time password not used")),
        ("over", _("one-time password over")),
    )

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Keep the open accounts used so."""
        now = clock.now()
        kept = {
            "never": Q(last_login=None),
            "stale": Q(last_login__lt=now - timedelta(days=accounts.UNUSED_DAYS)),
            "one_time": Q(one_time_until__gte=now),
            "over": Q(one_time_until__lt=now),
        }
        chosen = kept.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen, is_active=True)


class AreaFilter(admin.SimpleListFilter):
    """By the area an account belongs to: those that have accounts, within reach."""

    title, parameter_name = _("area"), "area"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the areas."""
        within = model_admin.model.objects.within(scope_of(request))
        return [(prefix, prefix) for prefix in within.order_by("prefix").values_list("prefix", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Keep what belongs to the area or below it."""
        return queryset.filter(prefix__startswith=prefix_of(self.value() or "")) if self.value() else queryset


@admin.register(User)
class AccountAdmin(ReadOnlyAdmin):
    """Accounts within the administrator's area: a list whose rows lead to the page of each."""

    closed = frozenset({"change", "delete"})
    list_display = ["username", "full_name", "prefix", "reaches", "state", "last_login"]
    list_filter = ["is_active", RoleFilter, StateFilter, UseFilter, AreaFilter]
    search_fields = ["username", "full_name"]
    search_help_text = _("User name or full name")
    ordering = ["username"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the accounts within reach, each with what it may reach today."""
        today = Prefetch("accesses", queryset=_in_force(), to_attr="in_force_today")
        return super().get_queryset(request).prefetch_related(today)

    @admin.display(description=_("reaches today"))
    def reaches(self, user: User) -> str:
        """Return role and code of the access in force, a dash where there is none."""
        held = cast("list[Access]", user.in_force_today)  # type: ignore[attr-defined]
        return ", ".join(f"{access.get_role_display()} {access.prefix}" for access in held) or "—"

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, user: User) -> str:
        """Return whether it is open, and whether its owner has chosen a password yet."""
        if not user.is_active:
            return str(_("closed"))
        if user.one_time_until is None:
            return str(_("open"))
        return str(_("one-time password over") if user.one_time_until < clock.now() else _("one-time password"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The system administrator opens accounts, on a page of its own."""
        return Role.SYSTEM in scope_of(request).roles

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Lead to the page where an account is opened."""
        return redirect("staff_open")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the account's own page; what lies outside the reach is not there."""
        found = self.get_object(request, object_id)
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return redirect("staff_account", key=found.pk)


class HoldsFilter(_Choice):
    """By when an access holds."""

    title, parameter_name = _("in force"), "state"
    choices_of = (
        ("now", _("now in force")),
        ("ending", _("ending within 30 days")),
        ("later", _("to come")),
        ("over", _("over")),
    )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Access]) -> QuerySet[Access]:
        """Keep the accesses that hold then; one of a closed account counts as over."""
        today = clock.today()
        kept = {
            "now": Q(during__contains=today),
            "ending": Q(during__contains=today, during__endswith__lte=today + accounts.ENDING_WITHIN + periods.ONE_DAY),
            "later": Q(during__startswith__gt=today),
            "over": Q(during__endswith__lte=today),
        }
        return queryset.filter(kept.get(self.value() or "", Q()))


@admin.register(Access)
class AccessAdmin(ReadOnlyAdmin):
    """Accesses within reach, with their days; granted and ended on the account's page."""

    in_force = period_column("during", _("in force"))
    list_display = ["user", "role", "prefix", "in_force", "may_reveal", "granted_by", "took_over"]
    list_filter = ["role", HoldsFilter, "may_reveal"]
    list_select_related = ["user", "granted_by", "took_over__user"]
    search_fields = ["user__username", "user__full_name", "prefix"]
    ordering = ["-during"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the account's own page, which has all of its accesses."""
        found = self.get_object(request, object_id)
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return redirect("staff_account", key=found.user_id)


class OpenFilter(_Choice):
    """By whether the session still holds."""

    title, parameter_name = _("session"), "session"
    choices_of = (("open", _("open")), ("ended", _("ended")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[SignIn]) -> QuerySet[SignIn]:
        """Keep the open or the ended."""
        return queryset.filter(ended_at__isnull=self.value() == "open") if self.value() else queryset


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    """Who signed in, from where, until when: of the accounts within reach."""

    list_display = ["began_at", "user", "address", "second_factor", "ended_at", "why_ended"]
    list_filter = [OpenFilter, "why_ended", "second_factor"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__full_name"]
    date_hierarchy = "began_at"
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the sign-ins of the accounts within reach: a sign-in has no area of its own."""
        return SignIn.objects.filter(scope_of(request).condition("user__prefix")).order_by(*self.ordering)
