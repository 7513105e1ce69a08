"""What the people who work on ClipSync run, and its users never install.

`live/` runs a real Airflow for `make demo`, `make serve` and `make run`; `cluster/` runs the
services of `docker-compose.yaml` as processes, for `make cluster-check`. They may import ClipSync,
ClipSync never imports them.
"""
