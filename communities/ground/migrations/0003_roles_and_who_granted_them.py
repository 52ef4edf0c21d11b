import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0002_history_found_by_moment"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='access',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='access',
            name='removed_delete',
        ),
        migrations.AddField(
            model_name='access',
            name='granted_by',
            field=models.ForeignKey(blank=True, editable=False, help_text="Empty where the operator's command gave it.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='granted by'),
        ),
        migrations.AddField(
            model_name='access',
            name='may_reveal',
            field=models.BooleanField(default=False, help_text='One value at a time, with a reason; needs a second factor.', verbose_name='may reveal personal data'),
        ),
        migrations.AddField(
            model_name='access',
            name='took_over',
            field=models.ForeignKey(blank=True, editable=False, help_text='The access of the predecessor, whose open work this account goes on with.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='ground.access', verbose_name='took over from'),
        ),
        migrations.AddField(
            model_name='accessevent',
            name='granted_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text="Empty where the operator's command gave it.", null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='granted by'),
        ),
        migrations.AddField(
            model_name='accessevent',
            name='may_reveal',
            field=models.BooleanField(default=False, help_text='One value at a time, with a reason; needs a second factor.', verbose_name='may reveal personal data'),
        ),
        migrations.AddField(
            model_name='accessevent',
            name='took_over',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text='The access of the predecessor, whose open work this account goes on with.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ground.access', verbose_name='took over from'),
        ),
        migrations.AlterField(
            model_name='access',
            name='role',
            field=models.CharField(choices=[('officer', 'bureau officer'), ('clerk', 'street clerk'), ('worker', 'community worker'), ('reviewer', 'reviewer'), ('leader', 'leader'), ('system', 'system administrator'), ('security', 'security administrator'), ('auditor', 'audit administrator')], max_length=20, verbose_name='role'),
        ),
        migrations.AlterField(
            model_name='accessevent',
            name='role',
            field=models.CharField(choices=[('officer', 'bureau officer'), ('clerk', 'street clerk'), ('worker', 'community worker'), ('reviewer', 'reviewer'), ('leader', 'leader'), ('system', 'system administrator'), ('security', 'security administrator'), ('auditor', 'audit administrator')], max_length=20, verbose_name='role'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='access',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "ground_accessevent" ("during", "granted_by_id", "id", "may_reveal", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "role", "took_over_id", "user_id") VALUES (OLD."during", OLD."granted_by_id", OLD."id", OLD."may_reveal", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."prefix", OLD."role", OLD."took_over_id", OLD."user_id"); RETURN NULL;', hash='f743d8ebe0f94b5fb5d45e1d9881dbf8489a0f1d', operation='UPDATE', pgid='pgtrigger_changed_update_f4cf0', table='ground_access', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='access',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "ground_accessevent" ("during", "granted_by_id", "id", "may_reveal", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "role", "took_over_id", "user_id") VALUES (OLD."during", OLD."granted_by_id", OLD."id", OLD."may_reveal", _pgh_attach_context(), NOW(), \'removed\', OLD."id", OLD."prefix", OLD."role", OLD."took_over_id", OLD."user_id"); RETURN NULL;', hash='6f3ed173616bf704c88c6cd0d393232384b2b10e', operation='DELETE', pgid='pgtrigger_removed_delete_9d617', table='ground_access', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='access',
            constraint=models.CheckConstraint(condition=models.Q(('granted_by__isnull', True), models.Q(('granted_by', models.F('user')), _negated=True), _connector='OR'), name='nobody_grants_to_himself', violation_error_message='Nobody gives an access to himself; another security administrator does.'),
        ),
        migrations.AddConstraint(
            model_name='access',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role__in', ['system', 'security', 'auditor']), _negated=True), ('may_reveal', False), _connector='OR'), name='an_administrator_reveals_nobody', violation_error_message='An administrator has no business with personal data.'),
        ),
    ]
