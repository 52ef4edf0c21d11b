"""Make up example data from a story. Marked 示例数据 wherever it appears."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from assessments.compliance import example
from communities.places import story


class Command(BaseCommand):
    help = "Make up the example data of a story: data/examples/<story>.yaml."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--story", required=True, help="its name, such as jinan-2007")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = example.make(story.read(options["story"]))
        except story.UnknownStoryError as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        told = _("Example data for {number} communities.").format(number=made)
        self.stdout.write(told if made else _("Example data stands already."))
