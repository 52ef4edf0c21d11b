"""The registers: the running tables (台账) an office keeps, each of which can be stated complete."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Register(TextChoices):
    """A running table that is stated complete place by place; until then nothing recorded means unknown."""

    ORGANIZATIONS = "organizations", _("register of organizations")
    POSTS = "posts", _("roster of members and workers")
    FACILITIES = "facilities", _("register of premises and facilities")
    STATIONS = "stations", _("register of service stations and centres")
    ALLOCATIONS = "allocations", _("register of funding allocations")
    ALLOWANCES = "allowances", _("register of living allowances")
