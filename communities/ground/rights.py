"""The table of `roles` as people read it: each register, and what every role may do with it."""

from django.apps import apps
from django.utils.translation import gettext as _

from .roles import ACCOUNTS, REGISTERS, RESULTS, Role, manner

Row = tuple[str, list[str]]


def table() -> list[tuple[str, list[Row]]]:
    """Return heading, and below it each register with what every role may do with it, in the order of `Role`."""
    groups = ((_("Registers"), REGISTERS), (_("Plans and results"), RESULTS), (_("Accounts and events"), ACCOUNTS))
    return [
        (heading, [(_name(thing), [str(manner(role, thing).label) for role in Role]) for thing in things])
        for heading, things in groups
    ]


def _name(thing: str) -> str:
    app, _dot, model = thing.partition(".")
    found = apps.get_app_config(app)
    return str(found.get_model(model)._meta.verbose_name_plural if model else found.verbose_name)
