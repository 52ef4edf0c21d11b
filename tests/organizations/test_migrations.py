"""People recorded before they could have numbers keep all they had, there and back again."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("organizations", "0002_history_found_by_moment")]
AFTER = [("organizations", "0003_people_have_numbers")]


def migrated(to):
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


def test_people_of_before_have_no_numbers_and_lose_nothing():
    try:
        old = migrated(BEFORE)
        place = old.get_model("places", "Place").objects.create(
            level="community", name="解放桥社区", short_name="解放桥"
        )
        person = old.get_model("organizations", "Person").objects.create(place=place, name="李小明", sex="1")
        found = migrated(AFTER).get_model("organizations", "Person").objects.get(pk=person.pk)
        assert (found.name, found.sex, found.version) == ("李小明", "1", 1)
        assert (found.key, found.identity_number, found.phone) == (None, None, None)
        assert migrated(BEFORE).get_model("organizations", "Person").objects.get(pk=person.pk).name == "李小明"
    finally:
        migrated(MigrationExecutor(connection).loader.graph.leaf_nodes())
