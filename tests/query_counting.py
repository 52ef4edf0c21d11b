"""
How many queries a page needs: kept in `tests/query_counts.json`, under version control.

A page that needs more, or fewer, than is written there fails its test; `UPDATE_QUERY_COUNTS=1` writes what is true
now, and the change is read like any other.
"""

import json
import os
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

KEPT = Path(__file__).with_name("query_counts.json")


def assert_query_count(name: str, client: Any, address: str) -> Any:
    """Get `address` twice, count the queries of the second time, and hold them against what is kept for `name`."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code == 200, response.status_code
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        kept[name] = len(queries)
        KEPT.write_text(json.dumps(dict(sorted(kept.items())), indent=2) + "\n", encoding="utf-8")
    told = "\n".join(query["sql"][:160] for query in queries.captured_queries)
    assert len(queries) == kept.get(name), f"{name}: {len(queries)} queries, {kept.get(name)} are kept.\n{told}"
    return response
