#!/bin/sh
# Fills the warehouse of compose.yaml at its first start: two tables, a login for eve, and one
# for the server, which has no rights yet.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -v password="$WAREHOUSE_PASSWORD" <<'SQL'
create role grantwright login password :'password';
create role eve login password :'password';
create schema sales;
create table sales.orders as select n as id, 1 + n % 3 as quantity from generate_series(1, 1000) n;
create table sales.customers as select n as id, 'customer' || n || '@example.com' as email from generate_series(1, 100) n;
SQL
