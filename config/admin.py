"""Puts our admin site (`config.site`) in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class LinliAdminConfig(AdminConfig):
    """Named in INSTALLED_APPS instead of django.contrib.admin."""

    default_site = "config.site.LinliAdminSite"
