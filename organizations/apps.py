"""Organizations and people: bodies, their terms, who holds which post."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationsConfig(AppConfig):
    """The app of organizations."""

    name = "organizations"
    label = "organizations"
    verbose_name = _("Organizations and people")
