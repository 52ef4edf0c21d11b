"""The admin site of Linli: Django's own, entered only through allauth."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin


class LinliAdminSite(admin.AdminSite):
    """Django's admin under the portal's name."""

    site_header = site_title = "邻里 Linli"


LinliAdminSite.login = secure_admin_login(LinliAdminSite.login)  # type: ignore[method-assign]
