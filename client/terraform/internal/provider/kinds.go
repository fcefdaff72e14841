package provider

// kind is a kind of thing that Terraform keeps.
type kind struct {
	name    string // of the resource, after grantwright_
	about   string
	fields  []field
	objects map[string]string // what the attributes with fields inside are
	id      bool              // the server names it
	remote  remote
	pages   string // where people see it
}

// keys are the values that name a thing, by the fields that are keys; of what the server names,
// its id.
func (k kind) keys() []string {
	if k.id {
		return []string{"id"}
	}
	var all []string
	for _, f := range k.fields {
		if f.key {
			all = append(all, f.name)
		}
	}
	return all
}

// body is the field that is a document, if the kind has one.
func (k kind) body() (field, bool) {
	for _, f := range k.fields {
		if f.form == document {
			return f, true
		}
	}
	return field{}, false
}

// title is the name of a definition.
func title(about string) field { return field{name: "name", about: about, required: true, key: true} }

func kinds() []kind {
	return []kind{connectionKind(), formKind(), flowKind(), guardrailKind(), maskKind(), agreementKind(), attachmentKind(), webhookKind()}
}

func connectionKind() kind {
	return kind{name: "connection", pages: "connections", remote: connections{named{"connections"}},
		about: "A data platform whose objects are assets. Taking it away retires it, which is refused while access lives on it; its name stays taken. Takes ADMIN.",
		objects: map[string]string{
			"scope":      "Which of its objects are assets; all of them if it is missing.",
			"principals": "Who people are on the platform.",
		},
		fields: []field{
			title("The first part of the refs of its assets."),
			{name: "technology", required: true, about: "Which platform opens it, such as postgres or mariadb."},
			{name: "host", about: "The name that catalogs know the platform by."},
			{name: "url", about: "Where the platform is and who we are there, without a password."},
			reference("secret", "A reference to the password: env:NAME or file:/path, as the server reads it."),
			{name: "sync_every", api: "syncEvery", same: sameDuration, about: "The time between two periodic syncs, as Go writes durations, such as 15m; on demand only if it is missing."},
			{name: "assist", among: []string{"PRECEDENT", "OFF"}, about: "How data stewards are advised; as the server is set up if it is missing."},
			{name: "scope.include", form: set, about: "Databases, schemas or tables that are assets with everything below them; * in a name is any characters."},
			{name: "scope.exclude", form: set, about: "What is no asset, whatever is included."},
			{name: "principals.expression", about: "CEL over person with a string result, for whoever is not in the table."},
			{name: "principals.table", form: table, about: "The platform's name for a person, by the person's id."},
			{name: "principals.kinds", form: set, about: "What may be given access: PERSON, GROUP, SERVICE; people alone if it is missing."},
		}}
}

func formKind() kind {
	return kind{name: "form", pages: "governance", remote: named{"forms"},
		about: "A request form. Takes GOVERNANCE.",
		fields: []field{
			title("The name of the form."),
			{name: "body", form: document, required: true, same: sameDocument, about: "What the form says, as JSON: title, questions, agreements and flow, as PUT /api/v1/forms/{name} takes it."},
		}}
}

func flowKind() kind {
	return kind{name: "flow", pages: "governance", remote: named{"flows"},
		about: "A review flow. Takes GOVERNANCE.",
		fields: []field{
			title("The name of the flow."),
			{name: "body", form: document, required: true, same: sameDocument, about: "What the flow says, as JSON: rules, default and the like, as PUT /api/v1/flows/{name} takes it."},
		}}
}

func guardrailKind() kind {
	return kind{name: "guardrail", pages: "governance", remote: named{"guardrails"},
		about: "A condition that must hold for access. Takes GOVERNANCE.",
		fields: []field{
			title("The name of the guardrail."),
			{name: "at", form: set, required: true, about: "Connections, containers and assets; it is for everything below them too."},
			{name: "require", required: true, about: "CEL over request, asset, requester and beneficiary that must hold; what it cannot read prevents."},
			{name: "reason", about: "For those whom it keeps out."},
		}}
}

func maskKind() kind {
	return kind{name: "mask", pages: "masks", remote: named{"masks"},
		about: "How columns are shown to those who may not see them clear. Takes GOVERNANCE.",
		fields: []field{
			title("The name of the mask."),
			{name: "at", required: true, about: "The asset, or the container or connection for all below it."},
			{name: "columns", form: set, about: "Columns of these names."},
			{name: "tags", form: set, about: "Columns that a classification tags so."},
			{name: "how", required: true, among: []string{"VIEW", "NULL", "CONSTANT", "HASH", "LAST", "CLEAR"}, about: "VIEW, NULL, CONSTANT, HASH, LAST or CLEAR, which is an exception from a mask that holds for more."},
			{name: "view", about: "Of VIEW: the view that shows the whole asset."},
			{name: "constant", about: "Of CONSTANT: what is shown."},
			{name: "last", form: number, about: "Of LAST: how many characters are shown."},
			reference("key", "Of HASH: a reference to the key, env:NAME or file:/path; missing for a key that the platform makes for itself."),
		}}
}

func agreementKind() kind {
	return kind{name: "agreement", pages: "governance", remote: named{"agreements"},
		about: "A data use agreement, which forms ask people to accept. Takes GOVERNANCE.",
		fields: []field{
			title("The name of the agreement."),
			{name: "title", required: true, about: "What people see first."},
			{name: "text", required: true, about: "Markdown."},
		}}
}

func attachmentKind() kind {
	return kind{name: "attachment", pages: "governance", remote: attachments{},
		about: "The form and the flow that are set at a place, and hold below it until something nearer overrides them. Takes GOVERNANCE. Its version is a digest of the two.",
		fields: []field{
			{name: "at", required: true, key: true, about: "The asset, the container or the connection, by its ref."},
			{name: "type", key: true, standard: "DATA_ACCESS", among: []string{"DATA_ACCESS", "MASKING_EXCEPTION"}, about: "DATA_ACCESS, or MASKING_EXCEPTION."},
			{name: "form", about: "The form; that of the next container holds if it is missing."},
			{name: "flow", about: "The flow; that of the next container holds if it is missing."},
		}}
}

func webhookKind() kind {
	return kind{name: "webhook", pages: "webhooks", remote: webhooks{}, id: true,
		about: "A service that is told of what happens. Takes ADMIN.",
		fields: []field{
			{name: "name", required: true, about: "What people know it by."},
			{name: "url", required: true, about: "Where it is told."},
			{name: "events", form: set, about: "Types of events, or a first part and a star such as grant.*; all of requests and grants if it is missing."},
			{name: "answers", form: flag, about: "Ask for the answers of forms; governance has to agree."},
			{name: "insecure", form: flag, about: "Do not verify the receiver's certificate."},
			wanted(reference("secret", "A reference to the secret that signs: env:NAME or file:/path, as the server reads it. With another one, the one before signs beside it for a day.")),
		}}
}

func wanted(f field) field {
	f.required = true
	return f
}
