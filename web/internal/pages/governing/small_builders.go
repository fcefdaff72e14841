package governing

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// agreementBuilder builds data use agreements.
func (s *room) agreementBuilder() built[request.Agreement] {
	return built[request.Agreement]{kind: manifest.Agreements,
		newest: func(ctx context.Context, by request.Identity, name string) (request.Agreement, error) {
			if _, err := s.Engine.Governance().Agreements.List(ctx, by, "", 1); err != nil { // everyone may read one
				return request.Agreement{}, err
			}
			return s.Engine.Governance().Agreements.Newest(ctx, by, request.AgreementName(name))
		},
		sample: func(r *http.Request) request.Agreement {
			return request.Agreement{Name: request.AgreementName(r.FormValue("name")), Title: "Terms of use", Text: "I use the data **for the purpose that I name**, and for nothing else.\n"}
		},
		after: func(a request.Agreement) string { return "/agreements/" + url.PathEscape(string(a.Name)) },
	}
}

// guardrailBuilder builds guardrails.
func (s *room) guardrailBuilder() built[review.Guardrail] {
	return built[review.Guardrail]{kind: manifest.Guardrails,
		newest: func(ctx context.Context, by request.Identity, name string) (review.Guardrail, error) {
			return s.Engine.Governance().Guardrails.Newest(ctx, by, review.GuardrailName(name))
		},
		sample: func(r *http.Request) review.Guardrail {
			g := review.Guardrail{Name: review.GuardrailName(r.FormValue("name")), Require: `"trained" in beneficiary.groups`, Reason: "Whoever has access has had the training on personal data."}
			if at := r.FormValue("at"); at != "" {
				g.At = []catalog.Ref{catalog.Ref(at)}
			}
			return g
		},
		after: func(review.Guardrail) string { return "/guardrails" },
	}
}

// maskBuilder builds masks.
func (s *room) maskBuilder() built[catalog.Mask] {
	return built[catalog.Mask]{kind: manifest.Masks,
		newest: func(ctx context.Context, by request.Identity, name string) (catalog.Mask, error) {
			return s.Engine.Governance().Masks.Newest(ctx, by, name)
		},
		sample: func(r *http.Request) catalog.Mask {
			return catalog.Mask{Name: r.FormValue("name"), At: catalog.Ref(r.FormValue("at")), How: catalog.MaskNull}
		},
		fill:  fillMask,
		after: func(m catalog.Mask) string { return "/masks/" + url.PathEscape(m.Name) },
	}
}

// fillMask leaves out what belongs to another way to show a column.
func fillMask(m *catalog.Mask) {
	if m.How != catalog.MaskConstant {
		m.Constant = ""
	}
	if m.How != catalog.MaskLast {
		m.Last = 0
	}
	if m.How != catalog.MaskHash {
		m.Key = ""
	}
	if m.How != catalog.MaskView {
		m.View = ""
	}
}

// How chooses how a mask shows a column.
func (b *builder) How(name, label string, value catalog.MaskHow) control {
	var all []words.Option
	for _, how := range catalog.MaskHows() {
		all = append(all, words.Option{Value: string(how), Text: showsAs(b.said, how)})
	}
	return b.choose(name, label, "", value, all...)
}

// showsAs says how a mask shows a column.
func showsAs(w *words.Words, how catalog.MaskHow) string {
	switch how {
	case catalog.MaskNull:
		return w.T("Nothing")
	case catalog.MaskConstant:
		return w.T("The same text for every row")
	case catalog.MaskHash:
		return w.T("A keyed hash: equal values stay equal")
	case catalog.MaskLast:
		return w.T("The last characters")
	case catalog.MaskClear:
		return w.T("As it is: an exception from a wider mask")
	}
	return w.T("An existing view in place of the whole asset")
}

// attachmentBuilder builds attachments: what holds at one place for one type of request.
func (s *room) attachmentBuilder() built[request.Attachment] {
	return built[request.Attachment]{kind: manifest.Attachments,
		named: func(r *http.Request) string { return placed(r).Key() },
		newest: func(ctx context.Context, by request.Identity, name string) (request.Attachment, error) {
			return s.Engine.Governance().Attachments.Newest(ctx, by, name)
		},
		sample: placed,
		after: func(a request.Attachment) string {
			return "/attachments?" + url.Values{"at": {string(a.At)}, "type": {string(a.Type)}}.Encode()
		},
	}
}

// placed is an attachment at the place that an address names.
func placed(r *http.Request) request.Attachment {
	a := request.Attachment{At: catalog.Ref(strings.TrimSpace(r.FormValue("at"))), Type: request.Type(r.FormValue("type"))}
	if a.Type == "" {
		a.Type = request.DataAccess
	}
	return a
}
