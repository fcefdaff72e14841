data "grantwright_asset" "sales" {
  fully_qualified_name = "sales.public"
}

resource "grantwright_flow" "owners" {
  name = "owners"
  body = jsonencode({
    default = { act = "REVIEW", stages = [{ name = "owners", mode = "ANY", selectors = [{ group = "owners" }] }] }
    max     = "90 DAYS"
  })
}

resource "grantwright_agreement" "terms" {
  name  = "terms"
  title = "Terms"
  text  = "Be *careful*."
}

resource "grantwright_form" "sales" {
  name = "sales"
  body = jsonencode({
    title      = "Sales data"
    agreements = [grantwright_agreement.terms.name]
    questions  = [{ id = "duration", type = "ACCESS_DURATION", title = "How long?" }]
  })
}

resource "grantwright_attachment" "sales" {
  at   = data.grantwright_asset.sales.ref
  form = grantwright_form.sales.name
  flow = grantwright_flow.owners.name
}

resource "grantwright_guardrail" "readers" {
  name    = "readers"
  at      = [data.grantwright_asset.sales.ref]
  require = "request.privilege == \"READ\""
  reason  = "Nobody writes here."
}

resource "grantwright_mask" "emails" {
  name    = "emails"
  at      = data.grantwright_asset.sales.ref
  columns = ["email"]
  how     = "NULL"
}

resource "grantwright_webhook" "tickets" {
  name   = "tickets"
  url    = "https://tickets.example.com/hook"
  secret = "env:HOOK_SECRET"
}

resource "grantwright_connection" "lake" {
  name       = "lake"
  technology = "file"
  host       = "lake.example.com"
  sync_every = "90m"
  principals = { expression = "person.id" }
}
