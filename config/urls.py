"""Where every address begins. Each app brings its own `urls.py`; here is only their order."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from communities.ground import health
from communities.ground.access import public

APPS = [
    "communities.ground",
    "communities.places",
    "organizations",
    "facilities",
    "services",
    "funding",
    "assessments.plans",
    "assessments.compliance",
    "assessments.filings",
    "assessments.reports",
]

# Accounts are given out and a password is set anew by the administrator, as the log-in page says: none of allauth's
# pages that work by e-mail is open. They lead there rather than to a 404, as allauth itself reverses their names.
BY_EMAIL = ("password/reset", "email", "confirm-email", "login/code")
closed_page = public(RedirectView.as_view(pattern_name="account_login"))

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("admin/", admin.site.urls),
    *(re_path(f"^accounts/{page}/", closed_page) for page in BY_EMAIL),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("api/v1/", include("config.api")),
    path("", include("config.preferences")),
    *(path("", include(f"{app}.urls")) for app in APPS if find_spec(f"{app}.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("style/", include("config.style")))

handler400 = "config.errors.bad_request"
handler403 = "config.errors.denied"
handler404 = "config.errors.not_found"
handler429 = "config.accounts.too_many"
handler500 = "config.errors.broken"
