"""The form by which an official brings in a scoring sheet: that of plan packs, in the words of sheets."""

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.plans.forms import PackForm


class SheetForm(PackForm):
    """A sheet as a file or as text."""

    file = forms.FileField(
        label=_("File of the sheet"),
        required=False,
        help_text=_("A YAML file of at most 2 MB; the format is described in the reference of scoring sheets."),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/yaml"}),
    )
