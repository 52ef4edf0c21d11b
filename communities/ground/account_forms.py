"""The forms by which administrators deal with accounts; what they may do is decided by the actions (`accounts`)."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import lazystr
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import clock, periods
from .accounts import Wanted
from .ledgers.files import LedgerError
from .ledgers.uploads import Upload, received
from .models import User
from .models.accounts import PREFIX
from .pages import PageRequest
from .roles import Role

MEGABYTE = 1024 * 1024
CODE_HELP = _("3701 a city, 370102 a district, 370102001 a street, 12 digits a community.")


def _day(label: Any, **options: Any) -> forms.DateField:
    picker = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "1900-01-01", "max": "2199-12-31"})
    return forms.DateField(label=label, widget=picker, **options)


def _code(label: Any, **options: Any) -> forms.RegexField:
    return forms.RegexField(
        PREFIX,
        label=label,
        max_length=12,
        error_messages={"invalid": _("A code prefix has 2, 4, 6, 9 or 12 digits.")},
        **{"help_text": CODE_HELP, **options},
    )


class WantedForm(forms.Form):
    """A role, a code prefix, a first and a last day."""

    role = forms.ChoiceField(label=_("Role"), choices=Role)
    reaches = _code(_("Code of what it reaches"))
    first = _day(_("First day"), help_text=_("Today at the earliest."))
    last = _day(_("Last day"), required=False, help_text=_("Empty: until it is ended."))

    def wanted(self) -> Wanted:
        """Return what was asked for."""
        data = self.cleaned_data
        return Wanted(data["role"], data["reaches"], data["first"], data["last"])


class GrantForm(WantedForm):
    """The same, with the right to reveal personal data."""

    may_reveal = forms.BooleanField(
        label=_("May reveal personal data"),
        required=False,
        help_text=_("One value at a time, with a reason; needs a second factor. Not for administrators."),
    )


class OpenForm(forms.Form):
    """Who the account is for, where he belongs, and what is asked for him, if it is known yet."""

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        help_text=_("What is typed to sign in: letters, digits, “-” and “_”. No identity or mobile number."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    full_name = forms.CharField(
        label=_("Full name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    area = _code(_("Belongs to the area"))
    role = forms.ChoiceField(
        label=_("Role asked for"),
        required=False,
        help_text=_("The security administrator grants it. Empty: the access is asked for later."),
    )
    reaches = _code(_("Code of what it reaches"), required=False, help_text=_("Empty: the area it belongs to."))
    first = _day(_("First day"), required=False, help_text=_("Empty: today."))
    last = _day(_("Last day"), required=False, help_text=_("Empty: until it is ended."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choice: Any = self.fields["role"]
        choice.choices = [("", _("none yet")), *Role.choices]

    def wanted(self) -> Wanted | None:
        """Return the access that is asked for, None where none is."""
        data = self.cleaned_data
        if not data["role"]:
            return None
        return Wanted(data["role"], data["reaches"] or data["area"], data["first"] or clock.today(), data["last"])


class ChangeForm(forms.Form):
    """The name that pages show, and the area."""

    full_name = forms.CharField(label=_("Full name"), max_length=60, required=False)
    area = _code(_("Belongs to the area"))


class WhyForm(forms.Form):
    """Why it is done."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Kept with the event; no identity or mobile number.")
    )


class EndForm(forms.Form):
    """The last day of an access."""

    last = _day(
        _("Last day"), help_text=_("Yesterday ends it at once, with the open sessions; the past cannot be changed.")
    )


class HandOverForm(forms.Form):
    """Who goes on with the work, and from when."""

    to = forms.CharField(
        label=_("User name of the successor"),
        max_length=150,
        help_text=_("The account must be open, belong to this area and have no access of its own in that time."),
    )
    first = _day(_("First day of the successor"), help_text=_("The predecessor's access ends the day before."))

    def __init__(self, *args: Any, request: PageRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self._within = request.scope

    def clean_to(self) -> User:
        """Return the account within reach; what lies outside is not there."""
        found = User.objects.within(self._within).filter(username__iexact=self.cleaned_data["to"].strip()).first()
        if found is None:
            raise forms.ValidationError(gettext("There is no account of this name within your area."))
        return found


class RosterForm(forms.Form):
    """The roster of accounts to be opened."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": _("Choose a file: a workbook (.xlsx) or a CSV file.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        told = gettext("A workbook (.xlsx) or a CSV file, at most {size} MB.").format(size=_limit())
        self.fields["file"].help_text = lazystr(told)

    def clean_file(self) -> Upload:
        """Return what the file really is; refuse what is too large or no ledger."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                gettext("The file is larger than {size} MB. Split it, and send one part after the other.").format(
                    size=_limit()
                )
            )
        try:
            return received(file.read(), file.name or "")
        except LedgerError as error:
            raise forms.ValidationError(str(error)) from error


def _limit() -> int:
    return int(settings.UPLOAD_LIMIT // MEGABYTE)


def today_or_its_last_day(period: Any) -> Any:
    """Return the day a form for ending a period begins with: today, or its own last day where that is earlier."""
    last = periods.last(period)
    return min(last, clock.today()) if last else clock.today()
