"""What `compose.yaml` hands to the portal: every variable can be set, and a proxy is known to stand in front."""

from typing import Any

import pytest
import yaml
from django.conf import settings

from config.variables import VARIABLES

OURS = ["web", "worker", "beat", "migrate"]
FROM = "settings.env"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (settings.BASE_DIR / "compose.yaml").read_text()
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


@pytest.mark.parametrize("name", OURS)
def test_every_variable_can_be_set_in_the_file_of_settings(name: str, services: dict[str, Any]) -> None:
    assert {"path": FROM, "required": False} in services[name]["env_file"]
    fixed = {key for key, value in services[name]["environment"].items() if "${" not in str(value)}
    assert fixed & set(VARIABLES) <= {"REDIS_URL", "VAR_DIR"}  # what the composition itself decides


@pytest.mark.parametrize("name", OURS)
def test_the_proxy_in_front_is_counted_so_that_the_callers_address_is_right(
    name: str, services: dict[str, Any]
) -> None:
    assert services[name]["environment"]["PROXIES"] == "${PROXIES:-1}"
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]


def test_the_file_of_settings_gets_neither_into_the_image_nor_into_the_repository() -> None:
    for name in (".dockerignore", ".gitignore"):
        assert FROM in (settings.BASE_DIR / name).read_text().split(), name
    assert "var/data_key" in (settings.BASE_DIR / "Dockerfile").read_text()
