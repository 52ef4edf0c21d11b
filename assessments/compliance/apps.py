"""Compliance: runs, findings, what they add up to, and why."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    """The app of compliance."""

    name = "assessments.compliance"
    label = "compliance"
    verbose_name = _("Compliance")
