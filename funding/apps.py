"""Funding: what was allocated, what posts were paid, what people earn on average."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FundingConfig(AppConfig):
    """The app of funding."""

    name = "funding"
    label = "funding"
    verbose_name = _("Funding")
