import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('ground', '0018_encrypted_values_are_bound_to_their_row'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='event',
            trigger=pgtrigger.compiler.Trigger(name='events_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='8259daa943c33e03f058dd367f4ab54a908d1989', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_events_are_never_emptied_e3433', table='ground_event', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='seal',
            trigger=pgtrigger.compiler.Trigger(name='seals_are_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='84e8f484294c8cb8525daf03cc5882d69df53b8a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_seals_are_never_emptied_8ccdc', table='ground_seal', when='BEFORE')),
        ),
    ]
