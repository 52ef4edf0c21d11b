"""Services: the stations and centres where residents are served."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicesConfig(AppConfig):
    """Service stations and centres."""

    name = "services"
    label = "services"
    verbose_name = _("Services")
