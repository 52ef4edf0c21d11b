"""Facilities."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FacilitiesConfig(AppConfig):
    """The app of facilities."""

    name = "facilities"
    label = "facilities"
    verbose_name = _("Facilities")
