"""The admin site of Linli: Django's own, entered only through allauth, in the officials' words and order."""

from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from communities.ground.access import roles
from communities.ground.roles import BUSINESS, REGISTERS, Role, lets, proposes

# Who fills in forms of the registers, and so chooses places and rows in them.
FILL_IN = frozenset(
    role
    for role in BUSINESS
    if any(lets([role], f"{app}.add_") or proposes([role], f"{app}.add_") for app in REGISTERS)
)

# The officials' order: where, who, with what, for whom, at what cost; then the rules, their results, the system.
ORDER = (
    "places",
    "organizations",
    "facilities",
    "services",
    "funding",
    "plans",
    "compliance",
    "filings",
    "reports",
    "ground",
)


class Choices(AutocompleteJsonView):
    """What an autocomplete field offers, by the label that tells one row from the next."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        """Return key and label of one row."""
        from communities.ground.admin import choice_label  # admins are loaded after the site

        return {**super().serialize_result(obj, to_field_name), "text": choice_label(obj)}


class LinliAdminSite(admin.AdminSite):
    """Django's admin under the portal's name; apps in the officials' order, models as their app registers them."""

    site_header = "邻里"
    site_title = "邻里"
    index_title = _("Registers")
    enable_nav_sidebar = False  # the portal's own navigation holds the apps
    site_url = "/"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """
        Register the models of our own apps only.

        What other packages would add is nothing an official keeps: groups, mail addresses, and the secrets of
        second factors, which nobody is to read.
        """
        models: list[type[Model]] = (
            [cast("type[Model]", model_or_iterable)]
            if isinstance(model_or_iterable, ModelBase)
            else list(model_or_iterable)
        )
        if ours := [model for model in models if model._meta.app_label in ORDER]:
            super().register(ours, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Ask whether an access is in force: each page asks for the role, and no flag of the account opens any."""
        return bool(request.user.is_active and request.user.reach.roles)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the portal's own sign-in, the only one."""
        return cast("HttpResponse", secure_admin_login(super().login)(request, extra_context))

    @roles(*Role)
    def catch_all_view(self, request: HttpRequest, url: str) -> HttpResponse:
        """Say that nothing is here, to those who have an access."""
        return super().catch_all_view(request, url)

    @roles(*FILL_IN)
    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:  # type: ignore[override]
        """Answer an autocomplete field; Django asks besides whether the account sees the rows it offers."""
        return Choices.as_view(admin_site=self)(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return Django's list with apps in the officials' order and models in the order of their `admin.py`."""
        apps = super().get_app_list(request, app_label)
        registered = list(self._registry)
        for app in apps:
            app["models"].sort(key=lambda entry: registered.index(entry["model"]))
        return sorted(apps, key=lambda app: ORDER.index(app["app_label"]))
