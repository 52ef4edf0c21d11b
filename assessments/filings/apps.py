"""Filings: the sheets of the yearly evaluation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilingsConfig(AppConfig):
    """The app of the yearly evaluation."""

    name = "assessments.filings"
    label = "filings"
    verbose_name = _("Annual evaluation")
