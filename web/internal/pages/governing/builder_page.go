package governing

import (
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Drafted reports whether there is a draft to show: not where its YAML cannot be read.
func (b *builder) Drafted() bool { return b.Is != nil }

// Wrong reports whether something is wrong with a field.
func (b *builder) Wrong(field string) bool { return len(b.wrong[field]) > 0 }

// Base is the address of the pages.
func (b *builder) Base() string { return b.base }

// Vocabulary are the names that conditions can read.
func (b *builder) Vocabulary() []review.Fact { return review.Vocabulary() }

// Called is the name in the draft.
func (b *builder) Called() string {
	switch v := b.Is.(type) {
	case request.Form:
		return string(v.Name)
	case request.Agreement:
		return string(v.Name)
	case review.Flow:
		return string(v.Name)
	case review.Guardrail:
		return string(v.Name)
	case catalog.Mask:
		return v.Name
	}
	return ""
}

// HasReason reports whether an act of the drafted flow takes a reason.
func (b *builder) HasReason(act string) bool {
	f, _ := b.Is.(review.Flow)
	return slices.Contains(f.Reasons, review.Act(act))
}

// Heading says what is built.
func (b *builder) Heading() string {
	if b.Name != "" && b.Word != "attachment" {
		return b.said.T("Change %s", b.Name)
	}
	switch b.Word {
	case "form":
		return b.said.T("New form")
	case "flow":
		return b.said.T("New review flow")
	case "agreement":
		return b.said.T("New data use agreement")
	case "guardrail":
		return b.said.T("New guardrail")
	case "mask":
		return b.said.T("New mask")
	}
	return b.said.T("Attach a form or a flow")
}

// Back is the list that a definition is in.
func (b *builder) Back() string {
	switch b.Word {
	case "agreement":
		return "/forms?show=agreements"
	case "attachment":
		return "/attachments"
	}
	return "/" + b.Word + "s"
}

// BackTo names that list.
func (b *builder) BackTo() string {
	switch b.Word {
	case "form":
		return b.said.T("Forms")
	case "flow":
		return b.said.T("Flows")
	case "agreement":
		return b.said.T("Agreements")
	case "guardrail":
		return b.said.T("Guardrails")
	case "mask":
		return b.said.T("Masks")
	}
	return b.said.T("Attachments")
}

// Nth counts the parts of a list from 1.
func (b *builder) Nth(i int) int { return i + 1 }

// Joined lists names.
func (b *builder) Joined(names []string) string { return strings.Join(names, ", ") }
