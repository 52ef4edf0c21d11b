"""
Every variable of the environment that Linli reads, declared once: its type, its default and what it means.

`config/settings.py` reads them with `read("NAME")`; `python -m config.variables` prints them as the page of the
manual (docs/reference/settings.md). A value that cannot be understood raises `BadSetting`, whose text is the one
sentence an operator needs; `manage.py`, the web server and the workers print it and stop.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()


class BadSetting(SystemExit):
    """A variable is missing or wrong. Ends the process with one sentence instead of a traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"linli: {sentence}")


@dataclass(frozen=True)
class Variable:
    """One variable: how it is parsed, what it is when unset, and what it does."""

    name: str
    kind: str  # text | switch | whole number | list | path | JSON
    default: Any
    help: str
    example: str = ""
    choices: tuple[str, ...] = ()
    check: Callable[[Any], str | None] = lambda value: None  # the complaint, or None


def _database(value: str) -> str | None:
    if value and urlsplit(value).scheme not in {"postgres", "postgresql"}:
        return "it must begin with postgres:// because Linli runs on PostgreSQL only"
    if value and not urlsplit(value).path.strip("/"):
        return "it must end with the name of a database, as in postgres://linli@127.0.0.1:5432/linli"
    return None


def _redis(value: str) -> str | None:
    if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        return "it must begin with redis://, rediss:// or unix://"
    return None


def _secret(value: str) -> str | None:
    return "it must have at least 32 characters" if value and len(value) < 32 else None


def _origins(value: list[str]) -> str | None:
    wrong = [origin for origin in value if urlsplit(origin).scheme not in {"http", "https"}]
    return f'"{wrong[0]}" must begin with https:// (or http://)' if wrong else None


def _service(value: str) -> str | None:
    parts = urlsplit(value)
    if (
        not value
        or parts.scheme == "https"
        or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost"))
    ):
        return None
    return "it must begin with https://, as the service's word is believed because of it"


def _above(least: int) -> Callable[[Any], str | None]:
    return lambda value: f"it must be {least} or more" if value < least else None


VARIABLES = {
    variable.name: variable
    for variable in [
        Variable(
            "DATABASE_URL",
            "text",
            "",
            "The PostgreSQL server and database (15 or later). Unset: an embedded PostgreSQL 18 under `var/postgres`.",
            "postgres://linli:secret@db.example:5432/linli",
            check=_database,
        ),
        Variable(
            "REDIS_URL",
            "text",
            "",
            "The Redis that carries the queue and the shared cache. "
            "Unset: a queue of files under `var/queue` and one worker beside the web process.",
            "redis://redis.example:6379/0",
            check=_redis,
        ),
        Variable(
            "SECRET_KEY",
            "text",
            "",
            "Signs sessions and links; the same on every machine. Required once `ALLOWED_HOSTS` names another machine; "
            "until then one is made and kept in `var/secret_key`.",
            check=_secret,
        ),
        Variable(
            "DATA_KEY",
            "text",
            "",
            "Wraps the keys of personal data and seals the events; the same on every machine, and kept apart from the "
            "backups of the database. Without it neither can be read again. Required once `ALLOWED_HOSTS` names "
            "another machine; until then one is made and kept in `var/data_key`.",
            check=_secret,
        ),
        Variable(
            "DATA_KEYS_BEFORE",
            "list",
            [],
            "Values that `DATA_KEY` had before, separated by commas: they still open what was made with them.",
        ),
        Variable(
            "CIPHER_SUITE",
            "text",
            "aes",
            "What new values are encrypted and hashed with: AES-256-GCM and SHA-256, or SM4-GCM and SM3 (国密).",
            choices=("aes", "sm"),
        ),
        Variable(
            "PERSONAL_DATA_YEARS",
            "whole number",
            3,
            "Years for which identity and mobile numbers are kept after somebody's last post has ended; then the key "
            "they are encrypted with is destroyed.",
            check=_above(0),
        ),
        Variable(
            "PERSONAL_REVEALS_AN_HOUR",
            "whole number",
            20,
            "How many personal numbers one account may see in clear within an hour.",
            check=_above(1),
        ),
        Variable(
            "PERSONAL_FILE_HOURS",
            "whole number",
            24,
            "Hours after which the files that may hold personal numbers are removed: uploaded ledgers, and exports "
            "with numbers in clear. The record of them stays.",
            check=_above(1),
        ),
        Variable(
            "ALLOWED_HOSTS",
            "list",
            ["127.0.0.1", "localhost", "[::1]"],
            "The host names under which people open the portal, separated by commas.",
            "linli.example.gov.cn",
        ),
        Variable(
            "CSRF_TRUSTED_ORIGINS",
            "list",
            [],
            "Addresses from which forms may be sent, where a proxy changes the host name.",
            "https://linli.example.gov.cn",
            check=_origins,
        ),
        Variable(
            "HTTPS",
            "switch",
            None,
            "Cookies over HTTPS only, redirection and HSTS. Unset: on once `ALLOWED_HOSTS` names another machine.",
        ),
        Variable("DEBUG", "switch", False, "Django's debug pages. Never on a server that others can reach."),
        Variable(
            "LOG_FORMAT",
            "text",
            "console",
            "Log lines for people (`console`) or for a log collector (`json`).",
            choices=("console", "json"),
        ),
        Variable(
            "LOG_LEVEL",
            "text",
            "INFO",
            "The least important log line that is written.",
            choices=("DEBUG", "INFO", "WARNING", "ERROR"),
        ),
        Variable(
            "VAR_DIR",
            "path",
            BASE_DIR / "var",
            "The folder for everything that Linli writes itself: database, queue, files, reports.",
        ),
        Variable(
            "FILES_BACKEND",
            "text",
            "django.core.files.storage.FileSystemStorage",
            "The Django storage class for uploads and reports; one for an S3-compatible store where several machines "
            "share them.",
        ),
        Variable(
            "FILES_OPTIONS",
            "JSON",
            {},
            "The options of that storage class. Empty: the folder `files` in `VAR_DIR`.",
            '{"bucket_name": "linli"}',
        ),
        Variable(
            "JOB_TIME_LIMIT",
            "whole number",
            3600,
            "Seconds after which a job in the background is stopped.",
            check=_above(60),
        ),
        Variable(
            "JOB_LEASE",
            "whole number",
            60,
            "Seconds without a sign of life after which a job counts as abandoned and starts again.",
            check=_above(2),
        ),
        Variable(
            "UPLOAD_LIMIT",
            "whole number",
            20,
            "The largest ledger that may be uploaded, in MB; a proxy in front must let as much through.",
            check=_above(1),
        ),
        Variable(
            "SESSION_IDLE",
            "whole number",
            1800,
            "Seconds without a page after which a person is logged out.",
            check=_above(60),
        ),
        Variable(
            "SESSIONS_PER_ACCOUNT",
            "whole number",
            1,
            "How many sessions an account may have open at once; who signs in again ends the oldest.",
            check=_above(1),
        ),
        Variable(
            "LOGIN_ATTEMPTS",
            "whole number",
            5,
            "Wrong passwords within a quarter of an hour after which an account is locked for a quarter of an hour.",
            check=_above(1),
        ),
        Variable(
            "PASSWORD_DAYS",
            "whole number",
            90,
            "Days after which another password must be chosen.",
            check=_above(1),
        ),
        Variable(
            "SECOND_FACTOR",
            "text",
            "required",
            "Who must have a second factor: administrators and accounts that may reveal personal data (`required`), "
            "or `everyone`. Others may have one.",
            choices=("required", "everyone"),
        ),
        Variable(
            "OIDC_SERVER",
            "text",
            "",
            "The city's own sign-in service (OpenID Connect): the address under which "
            "`/.well-known/openid-configuration` lies. It lets in accounts that are open here under the same user "
            "name. Unset: passwords only.",
            "https://id.example.gov.cn/realms/staff",
            check=_service,
        ),
        Variable("OIDC_CLIENT_ID", "text", "", "What the portal is called at that service.", "linli"),
        Variable("OIDC_CLIENT_SECRET", "text", "", "The secret by which the portal proves itself there."),
        Variable(
            "OIDC_USERNAME_CLAIM",
            "text",
            "preferred_username",
            "Under which name the service tells the user name.",
        ),
        Variable("OIDC_NAME", "text", "统一身份认证", "What the button on the sign-in page calls that service."),
        Variable(
            "PROXIES",
            "whole number",
            0,
            "How many proxies stand in front and add the caller's address to `X-Forwarded-For`; without them that "
            "header is not believed.",
            check=_above(0),
        ),
    ]
}

SECRETS = {
    "SECRET_KEY",
    "DATA_KEY",
    "DATA_KEYS_BEFORE",
    "DATABASE_URL",
    "REDIS_URL",
    "OIDC_CLIENT_SECRET",
}  # never repeated in a message

_PARSERS: dict[str, Callable[[str, Any], Any]] = {
    "text": lambda name, default: env.str(name, default),
    "switch": lambda name, default: env.bool(name, default),
    "whole number": lambda name, default: env.int(name, default),
    "list": lambda name, default: env.list(name, default=default),
    "path": lambda name, default: Path(env.str(name, str(default))).expanduser().resolve(),
    "JSON": lambda name, default: env.json(name, default),
}


def read(name: str) -> Any:
    """The value of a declared variable, parsed. Raises BadSetting with what is wrong and what is expected."""
    variable = VARIABLES[name]
    try:
        value = _parse(variable)
    except (ValueError, TypeError) as error:
        raise BadSetting(_refusal(variable, f"it is not a {variable.kind}")) from error
    complaint = variable.check(value)
    if variable.choices and value not in variable.choices:
        complaint = f"it must be one of {', '.join(variable.choices)}"
    if complaint:
        raise BadSetting(_refusal(variable, complaint))
    return value


def _parse(variable: Variable) -> Any:
    """An empty variable counts as unset. env.bool takes any word for False, so switches are read strictly."""
    raw = env.str(variable.name, "").strip()
    if not raw:
        return variable.default
    if variable.kind == "switch" and raw.lower() not in {"on", "off", "true", "false", "yes", "no", "1", "0"}:
        raise ValueError(raw)
    return _PARSERS[variable.kind](variable.name, variable.default)


def _refusal(variable: Variable, complaint: str) -> str:
    hint = f" (for example {variable.example})" if variable.example else ""
    shown = "" if variable.name in SECRETS else f'="{env.str(variable.name, "")}"'
    return f"the setting {variable.name}{shown} cannot be used: {complaint}{hint}. Mend or unset it and start again."


def reference() -> str:
    """The page docs/reference/settings.md: one table row for each variable."""
    lines = [
        "# Settings",
        "",
        "Linli reads its settings from the environment. Every one has a default that works on a single machine.",
        "",
        "| variable | kind | default | meaning | example |",
        "|---|---|---|---|---|",
        *(_row(variable) for variable in VARIABLES.values()),
    ]
    return "\n".join(lines) + "\n"


def _row(variable: Variable) -> str:
    default = variable.default
    if isinstance(default, Path):
        default = default.relative_to(BASE_DIR)
    if isinstance(default, bool):
        default = "on" if default else "off"
    if isinstance(default, list):
        default = ", ".join(default)
    kind = " / ".join(variable.choices) or variable.kind
    cells = [f"`{variable.name}`", kind, f"`{default}`" if default not in ("", None, {}) else "unset"]
    return "| " + " | ".join([*cells, variable.help, f"`{variable.example}`" if variable.example else ""]) + " |"


def main(arguments: list[str]) -> None:
    """`python -m config.variables [--check FILE]`: print the page, or see that the file still says the same."""
    if arguments[:1] != ["--check"]:
        print(reference(), end="")
        return
    page = Path(arguments[1])
    if not page.exists() or page.read_text() != reference():
        raise BadSetting(f"{page} is out of date: write it anew with `python -m config.variables > {page}`.")


if __name__ == "__main__":
    main(sys.argv[1:])
