"""What people read: the consistency report as a table, the alert mail, and what to do next.

No Airflow here: the Dags hand over a connection's settings, the command line a console's width.
Import from the submodules; each loads only what it needs.
"""
