"""Premises and facilities: how large, since when, used for what."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FacilitiesConfig(AppConfig):
    """Premises and facilities."""

    name = "facilities"
    label = "facilities"
    verbose_name = _("Facilities")
