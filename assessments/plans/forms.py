"""The form by which an official brings in a plan pack: a file, or the text itself."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 2 * 1024 * 1024


class PackForm(forms.Form):
    """A pack as a file or as text. After an error the text stands in the second field, whichever way it came."""

    file = forms.FileField(
        label=_("File of the pack"),
        required=False,
        help_text=_("A YAML file of at most 2 MB; the format is described in the reference of plan packs."),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/yaml"}),
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "code"}),
    )

    def clean(self) -> dict[str, Any]:
        """Put the text of either way into `text`; `name` is the file's."""
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        cleaned["name"] = file.name if file else str(_("pasted text"))
        if file:
            cleaned["text"] = self._read(file)
        elif not cleaned.get("text", "").strip():
            self.add_error("file", _("Choose a file, or paste the text of a pack."))
        return cleaned

    def _read(self, file: Any) -> str:
        if file.size > MOST_BYTES:
            self.add_error("file", _("The file is larger than 2 MB. A pack is a text of some hundred lines."))
            return ""
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            self.add_error("file", _("The file is not a text in UTF-8. Save it as UTF-8 and choose it again."))
            return ""
