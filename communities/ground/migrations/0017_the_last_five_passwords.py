import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ground', '0016_proposals_name_their_place'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='codes_kept_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When its owner said that the recovery codes of the second factor are kept.', null=True, verbose_name='recovery codes kept at'),
        ),
        migrations.RunSQL(
            "INSERT INTO ground_pastpassword (user_id, hashed) SELECT u.id, u.password FROM ground_user u WHERE "
            "u.password NOT LIKE '!%' AND NOT EXISTS (SELECT FROM ground_pastpassword p WHERE p.user_id = u.id)",
            migrations.RunSQL.noop,
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='passwords_are_remembered', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF NEW.password LIKE '!%' OR (TG_OP = 'UPDATE' AND NEW.password IS NOT DISTINCT FROM OLD.password) THEN\n                RETURN NULL;\n            END IF;\n            INSERT INTO ground_pastpassword (user_id, hashed) VALUES (NEW.id, NEW.password);\n            DELETE FROM ground_pastpassword WHERE user_id = NEW.id AND id NOT IN (\n                SELECT id FROM ground_pastpassword WHERE user_id = NEW.id ORDER BY id DESC LIMIT 5\n            );\n            RETURN NULL;\n        ", hash='5cd3acb2bf5f1f5b10fc2d64409493f576e1f519', operation='INSERT OR UPDATE OF "password"', pgid='pgtrigger_passwords_are_remembered_9ecab', table='ground_user', when='AFTER')),
        ),
    ]
