import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ground', '0012_sign_ins_are_seen'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='personalkey',
            name='destroyed_by',
            field=models.ForeignKey(blank=True, editable=False, help_text='Who carried out a destruction that another had asked for; empty where retention had ended.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='destroyed by'),
        ),
        migrations.AddField(
            model_name='personalkey',
            name='destruction_asked_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='destruction asked for at'),
        ),
        migrations.AddField(
            model_name='personalkey',
            name='destruction_asked_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='destruction asked for by'),
        ),
        migrations.AddField(
            model_name='personalkey',
            name='destruction_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='reason of the destruction'),
        ),
        migrations.AddField(
            model_name='personalkey',
            name='identity_digest',
            field=models.CharField(db_collation='C', editable=False, help_text='Suite, key and keyed hash; by it alone a second record of the number is noticed.', max_length=120, null=True, verbose_name='hash of the identity number'),
        ),
        migrations.AddField(
            model_name='personalkey',
            name='phone_digest',
            field=models.CharField(db_collation='C', db_index=True, editable=False, max_length=120, null=True, verbose_name='hash of the mobile number'),
        ),
        migrations.AddConstraint(
            model_name='personalkey',
            constraint=models.CheckConstraint(condition=models.Q(('destroyed_at__isnull', True), models.Q(('identity_digest__isnull', True), ('phone_digest__isnull', True)), _connector='OR'), name='hashes_are_destroyed_with_the_key'),
        ),
        migrations.AddConstraint(
            model_name='personalkey',
            constraint=models.UniqueConstraint(fields=('identity_digest',), name='an_identity_number_is_recorded_once', violation_error_message='This identity number is recorded for somebody already.'),
        ),
        migrations.AddConstraint(
            model_name='personalkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('destruction_asked_at__isnull', True), ('destruction_asked_by__isnull', True), ('destruction_reason', '')), models.Q(('destruction_asked_at__isnull', False), ('destruction_asked_by__isnull', False), models.Q(('destruction_reason', ''), _negated=True)), _connector='OR'), name='asked_destruction_says_who_when_why'),
        ),
        migrations.AddConstraint(
            model_name='personalkey',
            constraint=models.CheckConstraint(condition=models.Q(('destroyed_by__isnull', True), models.Q(('destruction_asked_by__isnull', False), models.Q(('destroyed_by', models.F('destruction_asked_by')), _negated=True)), _connector='OR'), name='who_asks_does_not_destroy', violation_error_message='Who asked for the destruction does not carry it out; another officer does.'),
        ),
    ]
