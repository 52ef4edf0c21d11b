import communities.ground.periods
import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ground", "0010_events_are_sealed"),
    ]

    operations = [
        migrations.CreateModel(
            name="RequestedAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("officer", "bureau officer"),
                            ("clerk", "street clerk"),
                            ("worker", "community worker"),
                            ("reviewer", "reviewer"),
                            ("leader", "leader"),
                            ("system", "system administrator"),
                            ("security", "security administrator"),
                            ("auditor", "audit administrator"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                (
                    "prefix",
                    models.CharField(
                        db_collation="C",
                        help_text="3701 a city, 370102 a district, 370102001 a street, 12 digits a community.",
                        max_length=12,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^(\\d{2}|\\d{4}|\\d{6}|\\d{9}|\\d{12})?$", "A code prefix has 2, 4, 6, 9 or 12 digits."
                            )
                        ],
                        verbose_name="division code prefix",
                    ),
                ),
                (
                    "during",
                    communities.ground.periods.PeriodField(
                        help_text="First and last day; the last is empty while it holds.", verbose_name="in force"
                    ),
                ),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="asked for at",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting for the security administrator"),
                            ("granted", "granted"),
                            ("refused", "refused"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                ("decision", models.CharField(blank=True, max_length=500, verbose_name="reason of the decision")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "requested access",
                "verbose_name_plural": "requested accesses",
                "indexes": [
                    models.Index(models.F("prefix"), condition=models.Q(("status", "waiting")), name="accesses_waiting")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("during__isempty", False),
                            models.Q(
                                ("during__lower_inf", True),
                                ("during__startswith__gte", datetime.date(1900, 1, 1)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("during__upper_inf", True),
                                ("during__endswith__lte", datetime.date(2200, 1, 1)),
                                _connector="OR",
                            ),
                        ),
                        name="requested_access_lasts",
                        violation_error_message="The period is empty or lies outside the years 1900 to 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("prefix__regex", "^(\\d{2}|\\d{4}|\\d{6}|\\d{9}|\\d{12})?$"),
                            models.Q(("prefix", ""), _negated=True),
                        ),
                        name="requested_prefix_is_a_code",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("status", "waiting")),
                            models.Q(
                                models.Q(("status", "waiting"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_decided_request_says_by_whom_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                models.Q(("decided_by", models.F("user")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="who_asks_does_not_grant",
                        violation_error_message="Who asked for an access, or is to have it, does not decide on it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "refused"), _negated=True),
                            models.Q(("decision", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_refused_request_says_why",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "waiting")),
                        fields=("user",),
                        name="one_request_waits_for_an_account",
                        violation_error_message="An access is already asked for this account.",
                    ),
                ],
            },
        ),
    ]
