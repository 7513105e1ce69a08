"""What the Dags share with Airflow: connections, retries, parameters, the waiting task.

It lives below `plugins/` because that folder is on the import path of every Airflow component, the
triggerer included. The work itself is in `clipsync`, which knows nothing of Airflow; everything
heavy is imported inside the tasks, so that parsing the Dags stays cheap.
"""
