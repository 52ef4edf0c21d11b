"""Places: divisions and communities, their codes, how many households they count, what became of them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlacesConfig(AppConfig):
    name = "communities.places"
    label = "places"
    verbose_name = _("divisions and communities")
