"""ClipSync's production topology: what `docker-compose.yaml` says, and the proof that it works.

`docker-compose.yaml` is the only description of it. `make up` starts it in Docker; `make
cluster-check` reads it and starts the same services as processes of one machine. Nothing here
imports Airflow.
"""
