package notify

import _ "embed"

// Schema describes a Payload: JSON Schema, draft 2020-12. Tests write it from the
// types, and hold every example in schema/examples to it.
//
//go:embed schema/webhook.schema.json
var Schema []byte
