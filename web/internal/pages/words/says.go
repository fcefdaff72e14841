package words

import (
	"regexp"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Says puts what a flow does into the language, as package review tells it in English:
// review.Action.Says, and what it tells of a review.
func (w *Words) Says(text string) string {
	if m := atMost.FindStringSubmatch(text); m != nil {
		return w.T("%s, for %s at most", w.Says(m[1]), w.lastsAs(m[2]))
	}
	stages, asks := strings.CutPrefix(text, "asks people: ")
	if !asks {
		return w.T(text)
	}
	var all []string
	for stage := range strings.SplitSeq(stages, "; then ") {
		all = append(all, w.stage(stage))
	}
	return w.T("asks people: %s", strings.Join(all, w.T("; then")+" "))
}

var (
	atMost  = regexp.MustCompile(`^(.*), for (\d+ [a-z]+) at most$`)
	signed  = regexp.MustCompile(`^(.*), (signed in (?:within the last|to the level) .*)$`)
	needing = regexp.MustCompile(`^(?:(\d+) people of|each, by (\d+) people, of|(each of|one of|somebody of)) (.*)$`)
)

// stage puts into the language who has to approve a stage.
func (w *Words) stage(text string) string {
	asked, how := text, ""
	if m := signed.FindStringSubmatch(text); m != nil {
		asked, how = m[1], ", "+w.Say(m[2])
	}
	m := needing.FindStringSubmatch(asked)
	if m == nil {
		return text
	}
	var who []string
	for selector := range strings.SplitSeq(m[4], ", ") {
		who = append(who, w.Selector(selector))
	}
	of := strings.Join(who, ", ") + how
	switch {
	case m[1] != "":
		return w.T("%s people of %s", m[1], of)
	case m[2] != "":
		return w.T("each, by %s people, of %s", m[2], of)
	}
	return w.T(m[3]+" %s", of)
}

// selectors are the kinds of selectors, as review.Selector.String begins.
var selectors = []string{"person ", "group ", "attribute ", "permission ", "the beneficiary's ", "whoever matches "}

// Selector puts the text of a review.Selector into the language.
func (w *Words) Selector(text string) string {
	if i := slices.IndexFunc(selectors, func(kind string) bool { return strings.HasPrefix(text, kind) }); i >= 0 {
		return w.T(selectors[i]+"%s", strings.TrimPrefix(text, selectors[i]))
	}
	return w.T(text)
}

// lastsAs writes a duration that a text names, such as 30 days.
func (w *Words) lastsAs(text string) string {
	d, err := request.ParseDuration(strings.ToUpper(text))
	if err != nil {
		return text
	}
	return w.Lasts(d)
}

// saysOf tells what an action does, or what was told of one.
func (w *Words) saysOf(of any) string {
	switch v := of.(type) {
	case review.Action:
		return w.Says(v.Says())
	case string:
		return w.Says(v)
	}
	return ""
}
