"""The ground every app stands on: accounts, scope, jobs, events, files, periods, the metric type."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GroundConfig(AppConfig):
    name = "communities.ground"
    label = "ground"
    verbose_name = _("system")

    def ready(self) -> None:
        from . import (
            checks,  # noqa: F401  registers the system checks
            sessions,  # noqa: F401  begins and ends a row with every sign-in
        )
