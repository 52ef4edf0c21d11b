from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ground', '0013_keys_are_found_and_destroyed'),
    ]

    operations = [
        migrations.AddField(
            model_name='storedfile',
            name='is_encrypted',
            field=models.BooleanField(default=False, editable=False, help_text='It may hold personal numbers.', verbose_name='encrypted'),
        ),
        migrations.AddField(
            model_name='storedfile',
            name='remove_after',
            field=models.DateTimeField(blank=True, help_text='When its bytes are removed; empty where they are kept.', null=True, verbose_name='removed after'),
        ),
        migrations.AddField(
            model_name='storedfile',
            name='removed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='removed at'),
        ),
        migrations.AddIndex(
            model_name='storedfile',
            index=models.Index(models.F('remove_after'), condition=models.Q(('remove_after__isnull', False), ('removed_at', None)), name='files_to_remove'),
        ),
    ]
