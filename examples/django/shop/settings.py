"""Everything that differs between environments comes from variables; app.yaml sets them."""

from os import environ

SECRET_KEY = environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = environ["ALLOWED_HOSTS"].split(",")
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = ["django.contrib.sessions", "django_prometheus", "shop"]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": environ["DB_HOST"],
        "PORT": environ["DB_PORT"],
        "NAME": environ["DB_NAME"],
        "USER": environ["DB_USER"],
        "PASSWORD": environ["DB_PASSWORD"],
        # The pooler gives out connections per transaction and keeps them open itself.
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}

CELERY_BROKER_URL = environ["CELERY_BROKER_URL"]
CELERY_TASK_IGNORE_RESULT = True
