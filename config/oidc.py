"""
The city's own sign-in service (OpenID Connect), where `OIDC_SERVER` names one.

It says who somebody is and nothing else: an account of that user name must be open here already, what it may reach
and whether it needs a second factor is decided here, and nothing the service tells about the person is kept.
"""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from communities.ground import events, signins
from communities.ground.models import User
from communities.ground.sessions import BY_SERVICE, WEAK


class ExistingAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Lets in whom the service names, if there is such an account; connects nothing and signs nobody up."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Go on as after a right password: closed accounts, ended accesses and second factors are looked at there."""
        told = sociallogin.account.extra_data
        claim = settings.OIDC_USERNAME_CLAIM
        name = str(told.get("userinfo", {}).get(claim) or told.get("id_token", {}).get(claim) or "")
        user = User.objects.filter(username=name).first() if name else None
        if user is None:
            events.record("signin.fail", address=signins.address_of(request), known=False, service=True)
            messages.error(
                request,
                _(
                    "The sign-in service knows you, but no account of the portal has your user name. Ask the system "
                    "administrator of your office to open one."
                ),
            )
            raise ImmediateHttpResponse(self._door())
        request.session.pop(WEAK, None)
        request.session[BY_SERVICE] = True
        record_authentication(request, user, "socialaccount", provider=sociallogin.account.provider)
        raise ImmediateHttpResponse(perform_login(request, user, redirect_url=sociallogin.get_redirect_url(request)))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **more: Any) -> None:
        """Lead back to the sign-in page, whatever went wrong; the password still opens the account."""
        messages.error(
            request,
            _("The sign-in service did not answer as it should, or you cancelled. Try again, or use your password."),
        )
        raise ImmediateHttpResponse(self._door())

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False

    def _door(self) -> HttpResponse:
        return redirect("account_login")


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page: what the sign-in page calls the service, empty where there is none."""
    return {"sign_in_service": settings.OIDC_NAME if settings.SOCIALACCOUNT_PROVIDERS else ""}
