"""Reports: what leaders read, on the screen and on paper."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """The app of reports."""

    name = "assessments.reports"
    label = "reports"
    verbose_name = _("Reports")
