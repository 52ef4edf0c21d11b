import django.core.validators
from django.db import migrations, models


def take_the_area_of_the_access(apps, schema_editor):
    """An account that was given out before belongs where its last access reaches."""
    access = apps.get_model("ground", "Access")
    for user in apps.get_model("ground", "User").objects.all():
        last = access.objects.filter(user=user).order_by("during").last()
        if last is not None:
            user.prefix = last.prefix
            user.save(update_fields=["prefix"])


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0003_roles_and_who_granted_them"),
    ]

    operations = [
        migrations.AlterModelManagers(
            name='user',
            managers=[
            ],
        ),
        migrations.AddField(
            model_name='user',
            name='prefix',
            field=models.CharField(blank=True, db_collation='C', default='', help_text='3701 a city, 370102 a district, 370102001 a street, 12 digits a community.', max_length=12, validators=[django.core.validators.RegexValidator('^(\\d{2}|\\d{4}|\\d{6}|\\d{9}|\\d{12})?$', 'A code prefix has 2, 4, 6, 9 or 12 digits.')], verbose_name='belongs to the area'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('prefix__regex', '^(\\d{2}|\\d{4}|\\d{6}|\\d{9}|\\d{12})?$')), name='account_area_is_a_code'),
        ),
        migrations.RunPython(take_the_area_of_the_access, migrations.RunPython.noop),
    ]
