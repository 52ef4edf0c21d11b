"""Publishing as people do it: the page of confirmation first, then its button."""

from typing import Any


def publish(client: Any, address: str) -> Any:
    """Open the page of confirmation and press its button; return the last answer."""
    page = client.get(address)
    if page.status_code != 200:
        return page
    return client.post(address, {"against": page.context["against"]})
