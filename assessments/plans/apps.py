"""Plans: packs, their versions, and the values that offices report."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    """The app of plans."""

    name = "assessments.plans"
    label = "plans"
    verbose_name = _("Plans")
