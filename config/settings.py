"""
The settings of Linli: one file for every installation, fed from the environment (`config/variables.py`).

Importing it starts nothing and writes nothing, except that a machine of its own gets a secret key on its
first start. Order: where things are, what runs, who gets in, what pages may do, data, work, logs.
"""

import sys
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import database, logs, secret
from config.variables import BASE_DIR, read

TESTING = "pytest" in sys.modules

VAR_DIR: Path = read("VAR_DIR")
DEBUG: bool = read("DEBUG")
THIS_MACHINE = ["127.0.0.1", "localhost", "[::1]"]
HOSTS: list[str] = read("ALLOWED_HOSTS")
ON_THIS_MACHINE_ONLY = set(HOSTS) <= set(THIS_MACHINE)
ALLOWED_HOSTS = sorted({*HOSTS, *THIS_MACHINE})  # the machine's own supervisor asks /readyz by these names
SECRET_KEY: str = secret.key(read("SECRET_KEY"), kept_in=VAR_DIR / "secret_key", may_be_made=ON_THIS_MACHINE_ONLY)
DATA_KEY: bytes = secret.key(
    read("DATA_KEY"), kept_in=VAR_DIR / "data_key", may_be_made=ON_THIS_MACHINE_ONLY, name="DATA_KEY"
).encode()
DATA_KEYS_BEFORE: list[bytes] = [key.encode() for key in read("DATA_KEYS_BEFORE")]
CIPHER_SUITE: str = read("CIPHER_SUITE")
PERSONAL_DATA_YEARS: int = read("PERSONAL_DATA_YEARS")
PERSONAL_REVEALS_AN_HOUR: int = read("PERSONAL_REVEALS_AN_HOUR")
PERSONAL_FILE_HOURS: int = read("PERSONAL_FILE_HOURS")

# What runs

INSTALLED_APPS = [
    "config.admin.LinliAdminConfig",
    "communities.ground",  # before Django's accounts, so that its `createsuperuser` is the one that is found
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "django_htmx",
    "csp",
    "django_structlog",
    "communities.places",
    "organizations",
    "facilities",
    "services",
    "funding",
    "assessments.plans",
    "assessments.compliance",
    "assessments.filings",
    "assessments.reports",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "communities.ground.sessions.SignInMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "communities.ground.access.ScopeMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "communities.ground.recording.RefusalMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "config.navigation.context",
                "config.oidc.context",
                "assessments.reports.framing.context",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")  # TemplatesSetting finds Django's own widgets through it

# Language and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Who gets in

AUTH_USER_MODEL = "ground.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "communities.ground.passwords.LongEnough"},
    {"NAME": "communities.ground.passwords.Mixed"},
    {"NAME": "communities.ground.passwords.WithoutTheName"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "communities.ground.passwords.NotOneOfTheLast"},
    {"NAME": "communities.ground.passwords.HoldsFor"},
]
if TESTING:  # hundreds of log-ins
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "config.accounts.StaffAccounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = False
# Who must choose a password tries until one is good enough; only machines try faster.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "change_password": "60/m/user",
    "login_failed": f"{read('LOGIN_ATTEMPTS')}/15m/key",
}
MFA_ADAPTER = "config.accounts.Factors"
MFA_TOTP_ISSUER = "邻里 Linli"
MFA_TOTP_TOLERANCE = 1  # half a minute either way: a network of its own may have no time server
SOCIALACCOUNT_ADAPTER = "config.oidc.ExistingAccounts"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a link, as the page's policy lets no form lead to another host
OIDC_NAME: str = read("OIDC_NAME")
OIDC_USERNAME_CLAIM: str = read("OIDC_USERNAME_CLAIM")
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_SERVER := read("OIDC_SERVER"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "city",  # as in its addresses: /accounts/oidc/city/login/callback/
                "name": OIDC_NAME,
                "client_id": read("OIDC_CLIENT_ID"),
                "secret": read("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_SERVER, "oauth_pkce_enabled": True},
            }
        ]
    }
ALLAUTH_TRUSTED_PROXY_COUNT = read("PROXIES")
SESSION_IDLE: int = read("SESSION_IDLE")
SESSION_COOKIE_AGE = SESSION_IDLE + 24 * 3600  # so long who comes back too late is told why the session is over
SESSION_SAVE_EVERY_REQUEST = True
SESSIONS_PER_ACCOUNT: int = read("SESSIONS_PER_ACCOUNT")
PASSWORD_DAYS: int = read("PASSWORD_DAYS")
SECOND_FACTOR: str = "nobody" if TESTING else read("SECOND_FACTOR")  # tests have no telephone; its own tests set it
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# What pages may do

https_wanted: bool | None = read("HTTPS")
HTTPS: bool = https_wanted if https_wanted is not None else not (ON_THIS_MACHINE_ONLY or TESTING)
CSRF_TRUSTED_ORIGINS: list[str] = read("CSRF_TRUSTED_ORIGINS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the machine's own supervisor, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.form_expired"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_LIMIT = read("UPLOAD_LIMIT") * 1024 * 1024
# What may be uploaded stays in memory until it is encrypted: no rosters in the temporary files of a killed process.
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_LIMIT + 1024 * 1024

# Data

DATABASES = {"default": database.connection(read("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL: str = read("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {  # shared by the processes of one machine, so that failed log-ins are counted in one place
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
if TESTING:  # every test starts with an empty one of its own
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

files_options: dict[str, Any] = read("FILES_OPTIONS")
STORAGES = {
    "default": {
        "BACKEND": read("FILES_BACKEND"),
        "OPTIONS": files_options or {"location": VAR_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "files"
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "jpg", "gif", "ico", "woff", "woff2", "gz", "br")
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING or DEBUG

IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
PGHISTORY_ADMIN_ALL_EVENTS = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["communities.ground.permissions.DeclaredAccess"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Linli 邻里",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_PUBLIC": True,  # the same description for every account; what it may read is the fence's matter
    "ENUM_NAME_OVERRIDES": {
        "PlaceLevelEnum": "communities.places.models.Level",
        "SubjectLevelEnum": "assessments.plans.models.SubjectLevel",
        "JobStatusEnum": "communities.ground.models.jobs.Status",
        "PlanStatusEnum": "assessments.plans.models.Status",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Work in the background

JOB_TIME_LIMIT: int = read("JOB_TIME_LIMIT")
JOB_LEASE: int = read("JOB_LEASE")

# Logs

LOGGING = logs.configuration(form=read("LOG_FORMAT"), level=read("LOG_LEVEL"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
