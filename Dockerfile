# ClipSync on the official Airflow image. Everything that is installed is pinned in
# deploy/requirements.txt, compiled from the same resolution that `make test` runs with.
FROM apache/airflow:3.3.2-python3.11

COPY --chown=airflow:0 deploy/requirements.txt /opt/airflow/clipsync/requirements.txt
RUN pip install --no-cache-dir --no-deps -r /opt/airflow/clipsync/requirements.txt

COPY --chown=airflow:0 pyproject.toml README.md LICENSE /opt/airflow/clipsync/
COPY --chown=airflow:0 include /opt/airflow/clipsync/include
RUN pip install --no-cache-dir --no-deps /opt/airflow/clipsync

COPY --chown=airflow:0 deploy/initialise.sh /opt/airflow/deploy/initialise.sh
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 dags /opt/airflow/dags

# A named volume takes owner and mode from the directory it covers the first time.
RUN mkdir -p /opt/airflow/data_docs && chmod g+rwX /opt/airflow/data_docs

USER airflow
