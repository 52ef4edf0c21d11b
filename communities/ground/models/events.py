"""
Events: who did what to what, and when. Rows are added, never changed; a trigger sees to it.

Every minute the events that came since are sealed: each seal holds the keyed hash of its event and of the seal
before, so that an event that is changed, removed or put in another place breaks the chain there (`sealing`).
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..scope import PrefixedQuerySet


def _never_emptied(name: str) -> pgtrigger.Trigger:
    """Refuse TRUNCATE, of which a trigger for rows hears nothing."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    )


@pgtrigger.register(
    pgtrigger.Protect(name="events_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    _never_emptied("events_are_never_emptied"),
)
class Event(models.Model):
    """One thing somebody did: signed in, published, exported, was refused. Names its object, holds no key to it."""

    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,  # events_of_an_account begins with it
        related_name="events",
        verbose_name=_("actor"),
    )
    action = models.CharField(_("action"), max_length=60)
    object_type = models.CharField(_("kind of object"), max_length=60, blank=True)
    object_key = models.CharField(_("object"), max_length=120, blank=True)
    prefix = models.CharField(_("division code prefix"), max_length=12, blank=True, db_collation="C")
    detail = models.JSONField(_("detail"), default=dict)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    objects = PrefixedQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [  # what an auditor searches by, each in the order in which the pages show events
            models.Index(fields=["at", "id"], name="events_by_time"),
            models.Index(fields=["actor", "at", "id"], name="events_of_an_account"),
            models.Index(fields=["action", "at", "id"], name="events_of_an_action"),
            models.Index(fields=["object_type", "object_key", "at", "id"], name="events_about_an_object"),
            models.Index(fields=["prefix", "at", "id"], name="events_of_an_area"),
            models.Index(fields=["request_id"], opclasses=["varchar_pattern_ops"], name="events_of_a_request"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_type} {self.object_key}"


@pgtrigger.register(
    pgtrigger.Protect(name="seals_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
    _never_emptied("seals_are_never_emptied"),
)
class Seal(models.Model):
    """The place of one event in the chain. Positions run from 1 without a gap."""

    position = models.BigIntegerField(_("position"), primary_key=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="seal", verbose_name=_("event"))
    digest = models.CharField(
        _("digest"), max_length=160, help_text=_("Algorithm, key and hash over the seal before and the event.")
    )
    sealed_at = models.DateTimeField(_("sealed at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [
            models.CheckConstraint(condition=models.Q(position__gte=1), name="seals_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.digest[-8:]}"
