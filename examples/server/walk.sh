#!/bin/sh
# From a request link to an active grant, with curl alone. Start the server first:
#
#   cd examples/server
#   go run .
#   sh walk.sh        # in another terminal, there too; or: SERVER=http://127.0.0.1:46001 sh walk.sh
#
# The header Grantwright-User says who asks: it is how scripts sign in to a server
# with -auth=dev, on this machine only. They have to know the token that the server keeps
# beside its records, and prints at its start.
set -eu
api=${SERVER:-http://127.0.0.1:8080}/api/v1
token=${TOKEN:-$(cat grantwright.db.token)}
curl() { command curl -sS --fail-with-body -H "Authorization: Bearer $token" "$@"; }
eve="Grantwright-User: eve@example.com"
owner="Grantwright-User: sales-owner@example.com"
admin="Grantwright-User: admin@example.com"
json="Content-Type: application/json"

echo "# Eve clicks a link in the catalog. It holds the name of a table, and leads to its asset and form."
entry=$(curl -H "$eve" "$api/resolve?fullyQualifiedName=sales.public.orders")
echo "$entry"
asset=$(echo "$entry" | sed 's/^{"asset":{"ref":"\([^"]*\)".*/\1/')

echo "# She answers the form. However often this is sent, the key makes it one request."
request=$(curl -H "$eve" -H "$json" -H "Idempotency-Key: walk-$$-$(date +%s)" "$api/requests" --data '{
  "asset": "'"$asset"'",
  "answers": {"purpose": ["the quarterly report"], "duration": ["30 DAYS"]}
}')
echo "$request"
id=$(echo "$request" | sed 's/^{"id":"\([^"]*\)".*/\1/')

echo "# The owner of the sales data sees what waits, and approves: for a week, not for a month."
curl -H "$owner" "$api/requests?role=STEWARD"
curl -H "$owner" -H "$json" "$api/requests/$id/determinations" --data '{
  "act": "APPROVE", "duration": "7 DAYS", "reason": "fine for reporting"
}'

echo "# Access appears by itself; this waits for the platform."
case=$(curl -H "$eve" "$api/requests/$id?wait=30")

if echo "$case" | grep -q '"how":"MANUAL"'; then
    echo "# Nothing can give access there, as in the example: somebody does it by hand, and says so."
    curl -H "$admin" "$api/grants/todo"
    curl -H "$admin" -H "$json" "$api/grants/$id/attestations" --data '{"done": true}'
    case=$(curl -H "$eve" "$api/requests/$id")
fi

echo "# What became of it:"
echo "$case"
echo "$case" | grep -q '"state":"ACTIVE"'
echo "# The grant is ACTIVE."
