"""
The keys of people and the secrets of second factors are bound to their row: put on another, they open nothing.

What cannot be read now, because its DATA_KEY is not set, stays as it is: `manage.py change_data_key` binds such keys of
people later, and such a second factor is set up again. Destroyed keys have nothing to bind.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import django.contrib.postgres.functions
from django.db import migrations, models

from communities.ground import keys

WRAPPING, FACTOR, SECRETS = "key of a person", "second factor", ("secret", "seed")


def bind(apps: Any, schema_editor: Any) -> None:
    rewrite(apps, lambda purpose, stored, of: keys.encrypt(purpose, keys.decrypt(purpose, stored), of=of))


def unbind(apps: Any, schema_editor: Any) -> None:
    rewrite(apps, lambda purpose, stored, of: keys.encrypt(purpose, keys.decrypt(purpose, stored, of=of)))


def rewrite(apps: Any, rewritten: Callable[[str, str, str], str]) -> None:
    for key in apps.get_model("ground", "PersonalKey").objects.exclude(wrapped=None).iterator():
        with suppress(keys.UnreadableError):
            key.wrapped = rewritten(WRAPPING, key.wrapped, str(key.identity))
            key.save(update_fields=["wrapped"])
    for factor in apps.get_model("mfa", "Authenticator").objects.iterator():
        for name in SECRETS:
            if name in factor.data:
                with suppress(keys.UnreadableError):
                    factor.data[name] = rewritten(FACTOR, factor.data[name], str(factor.user_id))
        factor.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("ground", "0017_the_last_five_passwords"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.AddField(
            model_name="personalkey",
            name="identity",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                default=uuid.uuid4,
                editable=False,
                help_text="What the wrapped key, and all that it encrypts, is bound to: another row's does not open here.",  # noqa: E501
                unique=True,
                verbose_name="identity",
            ),
        ),
        migrations.RunPython(bind, unbind),
    ]
