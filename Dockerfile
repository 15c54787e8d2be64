# The image: one process, not root, the compiled build. Made in two steps so that no compiler is in the result.
FROM python:3.13-slim-trixie AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pyproject.toml README.md hatch_build.py ./
COPY cdc ./cdc
COPY connectors ./connectors
COPY transforms ./transforms
COPY schemas ./schemas
RUN pip install --no-cache-dir build==1.3.0 && python -m build --wheel --outdir /wheels

FROM python:3.13-slim-trixie
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl && rm -rf /wheels \
    && python -m compileall -q "$(python -c 'import cdc, pathlib; print(pathlib.Path(cdc.__file__).parents[1])')"
USER 10001:10001
WORKDIR /tmp
EXPOSE 8083
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8083/health/live', timeout=2)"]
ENTRYPOINT ["cdc"]
CMD ["run", "/config/connector.json"]
