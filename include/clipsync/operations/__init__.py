"""What people ask for: plan, sync, audit. The only place that joins disk, ledger and planner.

No Airflow, no console, no mail here: the command line, the Dags and the page all call this.
"""
