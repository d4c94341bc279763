# MLflow's tracking server, pinned, as a user without rights. Its database and
# artifacts are in /data; settings are MLflow's own environment variables.
FROM python:3.13-slim
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/mlflow && /opt/mlflow/bin/pip install mlflow==3.17.2 psycopg2-binary==2.9.12 && \
    mkdir /data && chown 65532:65532 /data
ENV PATH=/opt/mlflow/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false MLFLOW_DISABLE_TELEMETRY=true
USER 65532:65532
# Without MLFLOW_BACKEND_STORE_URI: SQLite in this folder.
WORKDIR /data
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/health', timeout=3)"]
CMD ["mlflow", "server", "--host", "0.0.0.0", "--port", "5000", "--workers", "1", "--artifacts-destination", "/data/artifacts"]
