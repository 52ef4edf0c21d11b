# One image for the web process, the workers and the clock; compose.yaml says which is which.
FROM debian:12-slim

COPY config/machine.sh /tmp/machine.sh
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3 python3-venv ca-certificates \
 && /tmp/machine.sh demo \
 && rm -rf /var/lib/apt/lists/* /tmp/machine.sh \
 && useradd --create-home linli

WORKDIR /srv/linli
COPY requirements/base.txt requirements/base.txt
RUN python3 -m venv /opt/linli \
 && /opt/linli/bin/pip install -q --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/base.txt
ENV PATH=/opt/linli/bin:$PATH PYTHONUNBUFFERED=1 LOG_FORMAT=json

COPY . .
RUN msgfmt --check-format -o locale/zh_Hans/LC_MESSAGES/django.mo locale/zh_Hans/LC_MESSAGES/django.po \
 && python manage.py collectstatic --noinput -v 0 \
 && rm -f var/secret_key var/data_key \
 && mkdir -p var/files \
 && chown -R linli var

USER linli
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4"]
