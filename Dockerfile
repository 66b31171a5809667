# Two steps: build the wheel, then install it with pinned dependencies into a slim image that runs as nobody special.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements-dev.lock \
 && /build/bin/python -m build --wheel --no-isolation --outdir /dist .

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    LTI_TOOL_DATA_DIR=/data
WORKDIR /app
COPY requirements.lock .
COPY --from=build /dist/*.whl ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && /venv/bin/pip install --no-cache-dir --no-deps ./*.whl \
 && rm ./*.whl requirements.lock \
 && useradd --system --uid 10001 --home-dir /data tool \
 && mkdir /data && chown 10001 /data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["/venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["/venv/bin/lti-tool"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
