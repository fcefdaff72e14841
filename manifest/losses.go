package manifest

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// losing adds to differences what would be protected less than it is: each loss is a warning
// of its own, as where an older export is applied.
func losing(stored, want Definitions, all Differences) Differences {
	for i, d := range all {
		for _, loss := range lossOf(stored, want, d) {
			all[i].Warnings = append(all[i].Warnings, visible.Text(loss))
		}
	}
	return all
}

func lossOf(stored, want Definitions, d Difference) []string {
	switch d.What {
	case MaskDefinition.Singular():
		was, is := pairOf(stored.Masks, want.Masks, func(m catalog.Mask) bool { return m.Name == d.Name })
		return lossOfMask(was, is)
	case GuardrailDefinition.Singular():
		was, is := pairOf(stored.Guardrails, want.Guardrails, func(g review.Guardrail) bool { return string(g.Name) == d.Name })
		return lossOfGuardrail(was, is)
	case ClassificationDefinition.Singular():
		was, is := pairOf(stored.Classifications, want.Classifications, func(c catalog.Classification) bool { return string(c.At) == d.Name })
		return lossOfTags(was, is)
	case AttachmentDefinition.Singular():
		was, is := pairOf(stored.Attachments, want.Attachments, func(a request.Attachment) bool { return a.Key() == d.Name })
		return lossOfAttachment(was, is)
	case FlowDefinition.Singular():
		if d.How == Removed {
			return []string{"takes the flow away: nothing is decided by it any more"}
		}
	}
	return nil
}

// pairOf finds one definition as it is stored and as it is wanted; nil where it is not there.
func pairOf[T any](stored, want []T, fits func(T) bool) (was, is *T) {
	if i := slices.IndexFunc(stored, fits); i >= 0 {
		was = &stored[i]
	}
	if i := slices.IndexFunc(want, fits); i >= 0 {
		is = &want[i]
	}
	return was, is
}

func lossOfMask(was, is *catalog.Mask) (losses []string) {
	switch {
	case is != nil && is.How == catalog.MaskClear:
		return exposed(was, *is)
	case was == nil || was.How == catalog.MaskClear:
		return nil
	case is == nil:
		return []string{fmt.Sprintf("takes the mask at %s away: what it hides is shown", was.At)}
	}
	if was.At != is.At && !is.At.Covers(was.At) {
		losses = append(losses, fmt.Sprintf("masks %s no longer", was.At))
	}
	for _, column := range missing(was.Columns, is.Columns) {
		losses = append(losses, fmt.Sprintf("masks column %s no longer", column))
	}
	for _, tag := range missing(was.Tags, is.Tags) {
		losses = append(losses, fmt.Sprintf("masks columns tagged %s no longer", tag))
	}
	hows := catalog.MaskHows()
	if slices.Index(hows, is.How) > slices.Index(hows, was.How) {
		losses = append(losses, fmt.Sprintf("masks by %s, which shows more than %s", is.How, was.How))
	}
	if was.How == catalog.MaskLast && is.How == catalog.MaskLast && is.Last > was.Last {
		losses = append(losses, fmt.Sprintf("shows the last %d characters, and not %d", is.Last, was.Last))
	}
	if was.How == catalog.MaskView && is.How == catalog.MaskView && was.View != is.View {
		losses = append(losses, fmt.Sprintf("shows %s in place of %s", is.View, was.View))
	}
	return losses
}

// exposed says what a mask that shows columns as they are takes from other masks.
func exposed(was *catalog.Mask, is catalog.Mask) (losses []string) {
	if was == nil || was.How != catalog.MaskClear || was.At != is.At && !was.At.Covers(is.At) {
		was = &catalog.Mask{}
	}
	for _, column := range missing(is.Columns, was.Columns) {
		losses = append(losses, fmt.Sprintf("shows column %s at %s clear, whatever other masks say", column, is.At))
	}
	for _, tag := range missing(is.Tags, was.Tags) {
		losses = append(losses, fmt.Sprintf("shows columns tagged %s at %s clear, whatever other masks say", tag, is.At))
	}
	return losses
}

func lossOfGuardrail(was, is *review.Guardrail) (losses []string) {
	if was == nil {
		return nil
	}
	if is == nil {
		return []string{"takes the guardrail away: it prevents nothing any more"}
	}
	for _, at := range was.At {
		if !slices.ContainsFunc(is.At, func(o catalog.Ref) bool { return o == at || o.Covers(at) }) {
			losses = append(losses, fmt.Sprintf("prevents nothing at %s any more", at))
		}
	}
	if was.Require != is.Require {
		losses = append(losses, "requires something else: whoever it has kept out may come in")
	}
	return losses
}

func lossOfTags(was, is *catalog.Classification) (losses []string) {
	if was == nil {
		return nil
	}
	for _, column := range was.Columns {
		var now []string
		if is != nil {
			if i := slices.IndexFunc(is.Columns, func(c catalog.ClassifiedColumn) bool { return c.Name == column.Name }); i >= 0 {
				now = is.Columns[i].Tags
			}
		}
		for _, tag := range missing(column.Tags, now) {
			losses = append(losses, fmt.Sprintf("takes tag %s from column %s: masks and rules that read it do not see it any more", tag, column.Name))
		}
	}
	return losses
}

func lossOfAttachment(was, is *request.Attachment) []string {
	switch {
	case was == nil:
		return nil
	case is == nil:
		return []string{"takes the attachment away: whoever decides around it decides here too"}
	case was.Flow != is.Flow:
		return []string{fmt.Sprintf("flow %q decides in place of %q", is.Flow, was.Flow)}
	}
	return nil
}

// missing lists those of was that are not in is.
func missing(was, is []string) []string {
	return slices.DeleteFunc(slices.Clone(was), func(one string) bool { return slices.Contains(is, one) })
}
