# The one image of all processes: web, sockets, worker, beat, relay and the migrations.
# docker build -t registry.example.org/cilis:0.1.0 . && docker push registry.example.org/cilis:0.1.0
FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Node comes from the lock file too; the portal's assets and texts are in the wheels.
RUN make setup \
 && for part in . plugins/*/; do \
      .venv/bin/uv build -q --wheel --no-build-isolation --out-dir /wheels "$part" || exit 1; \
    done

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --no-create-home --home-dir /tmp app
COPY --from=build /src/requirements.lock /tmp/requirements.lock
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock \
 && pip install --no-cache-dir --no-deps /wheels/*.whl \
 && rm -rf /wheels /tmp/requirements.lock \
 && install -d -o app -g app /data
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 CILIS_DATA_DIR=/data HOME=/tmp
USER 10001:10001
ENTRYPOINT ["cilis"]
CMD ["--help"]
