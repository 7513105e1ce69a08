"""ClipSync in a real Airflow on this machine: what `make demo`, `make serve` and `make run` do.

`python -m tools.live demo|serve|run` is the entry. Nothing here imports Airflow: it starts
`airflow standalone`, talks to its REST API, and ends every process that it started.
"""
