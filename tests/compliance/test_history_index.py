"""What has changed since a moment is looked up in every history by an index, and no register can be without."""

import pytest
from django.db import connection
from django.db.models import Model

from communities.ground import history


@pytest.mark.django_db
@pytest.mark.parametrize("model", history.TRACKED, ids=lambda model: model._meta.label)
def test_every_history_is_found_by_when_its_rows_were_left_behind(model: type[Model]) -> None:
    table = history.superseded(model).model._meta.db_table
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    assert ["pgh_created_at"] in [one["columns"] for one in found.values() if one["index"]]
