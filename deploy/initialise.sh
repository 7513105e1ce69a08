#!/usr/bin/env bash
# Airflow's database, the first administrator and the backfill's pool. Safe to run again, after an
# upgrade above all: what is there stays as people left it.
set -euo pipefail

airflow db migrate

# Says so and leaves the user alone where there is one of this name.
airflow users create \
  --username "$AIRFLOW_ADMIN_USER" --password "$AIRFLOW_ADMIN_PASSWORD" \
  --email "$AIRFLOW_ADMIN_EMAIL" --firstname ClipSync --lastname Administrator --role Admin

if ! airflow pools get "$CLIPSYNC_BACKFILL_POOL" >/dev/null 2>&1; then
  airflow pools set "$CLIPSYNC_BACKFILL_POOL" "$CLIPSYNC_BACKFILL_SLOTS" \
    "Slots that the nightly backfill may take; the others stay free for single projects."
fi
