# The service as an image: `docker build -t rejoin .`, then see compose.yaml.
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/rejoin
COPY tools.txt ./
RUN python -m venv /tools && /tools/bin/pip install --no-cache-dir --require-hashes -r tools.txt \
    && /tools/bin/uv venv --python /usr/local/bin/python .venv
COPY requirements.lock pyproject.toml README.md LICENSE wsgi.py ./
COPY config config
COPY plugin plugin
COPY webhooks webhooks
# What the service needs and nothing of the tests, each at the version and with the hash of the lock file.
RUN /tools/bin/uv pip install --no-cache --python .venv/bin/python \
    --constraint requirements.lock --build-constraint requirements.lock .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/rejoin --create-home rejoin
COPY --from=build /opt/rejoin/.venv /opt/rejoin/.venv
ENV PATH=/opt/rejoin/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
WORKDIR /var/lib/rejoin
VOLUME /var/lib/rejoin
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["rejoin"]
CMD ["serve", "--listen", "0.0.0.0:8000"]
