#!/bin/sh
# Run once by the Postgres image on an empty volume: the application's role is no superuser.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set password="$SUPPORTAPP_DB_PASSWORD" <<'SQL'
CREATE ROLE supportapp LOGIN PASSWORD :'password';
CREATE ROLE supportapp_insight NOLOGIN;
GRANT supportapp_insight TO supportapp;
CREATE DATABASE supportapp OWNER supportapp ENCODING 'UTF8' TEMPLATE template0;
\connect supportapp
CREATE EXTENSION vector;
SQL
