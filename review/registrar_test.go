package review_test

import (
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// circumstances are everything that the conditions of simulated flows read.
type circumstances struct {
	groups string           // of the beneficiary, a letter each; "?" are groups that are not known
	write  bool             // READ_WRITE is asked for
	owner  request.PersonID // of the service that the request is for
}

// The conditions of simulated flows.
const (
	inP       = `"p" in beneficiary.groups`
	notInQ    = `!("q" in beneficiary.groups)`
	writes    = `request.privilege == "READ_WRITE"`
	alwaysBad = `beneficiary.attributes["none"][0] == "x"`
)

// verdict is what a condition comes to: it holds, it does not, it fails, or that is not known.
type verdict string

const (
	yes, no, fails, notKnown verdict = "yes", "no", "fails", "not known"
)

func (c circumstances) verdict(when string) verdict {
	holds := false
	switch when {
	case "":
		holds = true
	case alwaysBad:
		return fails
	case writes:
		holds = c.write
	default:
		if c.groups == "?" {
			return notKnown
		}
		holds = when == inP && strings.Contains(c.groups, "p") || when == notInQ && !strings.Contains(c.groups, "q")
	}
	if holds {
		return yes
	}
	return no
}

// registrar hands the clerk the stages that apply, and strikes out what counts no more.
type registrar struct {
	clerk   clerk
	flow    review.Flow
	barred  map[string]bool
	fallen  map[string]bool // the groups of selectors in whose place governance may act
	decided request.Status  // by a rule
	write   bool            // is asked for
}

// asks finds what the flow does, and the stages that apply. Unsure says that this depends
// on groups that are not known.
func (k *registrar) asks(c circumstances) (act review.Act, stages []review.Stage, unsure bool) {
	action := k.flow.Default
	for _, rule := range k.flow.Rules {
		v := c.verdict(rule.When)
		unsure = unsure || v == notKnown
		if v == yes {
			action = rule.Then
		}
		if v != no {
			break // where a rule fails, the default asks people
		}
	}
	if action.Act == review.Delegate {
		return review.Ask, review.DefaultFlow.Default.Stages, unsure
	}
	for _, s := range action.Stages {
		v := c.verdict(s.When)
		unsure = unsure || v == notKnown
		if v != no {
			stages = append(stages, s)
		}
	}
	if len(stages) == 0 {
		stages = review.DefaultFlow.Default.Stages
	}
	return action.Act, stages, unsure
}

func (k *registrar) status() request.Status {
	if k.decided != "" {
		return k.decided
	}
	return k.clerk.status()
}

func (k *registrar) bars(who request.Identity) bool {
	return k.barred[who.ID] || k.barred[string(who.Owner)]
}

// reopen looks at the request as it is now. Whatever was said goes on to count where its
// stage still applies, and nobody who said it, or for whom, is barred by now.
func (k *registrar) reopen(c circumstances, edited bool) {
	act, stages, unsure := k.asks(c)
	if opened := k.clerk.stages != nil; opened && (k.status() != request.Pending || unsure && !edited) {
		return
	}
	k.barred[eve.ID], k.barred["robot"], k.barred[string(c.owner)], k.write = true, true, true, c.write
	before := k.clerk.stages
	k.clerk.stages = stages
	for i := range k.clerk.said {
		s := &k.clerk.said[i]
		if s.void {
			continue
		}
		name := before[s.stage].Name
		s.stage = slices.IndexFunc(stages, func(now review.Stage) bool { return now.Name == name })
		s.void = edited || act != review.Ask || s.stage < 0 || k.barred[s.human] || slices.ContainsFunc(s.stoodFor, func(p string) bool { return k.barred[p] })
	}
	for g := range k.fallen {
		if !slices.ContainsFunc(stages, func(s review.Stage) bool { return strings.Contains(g, "@"+s.Name+".") }) {
			delete(k.fallen, g)
		}
	}
	switch act {
	case review.Approve:
		k.decided = request.Approved
	case review.Deny:
		k.decided = request.Denied
	}
}

// acts reports whether somebody may decide at all.
func acts(who request.Identity) bool {
	return who.Kind != request.Service || slices.Contains(who.Permissions, request.Acting)
}

// rights are the groups in which somebody acts: none where they do not act at all, and
// those of governance too where it may.
func (k *registrar) rights(who request.Identity) []string {
	if !acts(who) {
		return nil
	}
	all := slices.Clone(who.Groups)
	if slices.Contains(who.Permissions, request.Governance) {
		all = append(all, "") // a selector of a permission names no group
		for g := range k.fallen {
			all = append(all, g)
		}
	}
	return all
}

// fall lets governance act where nobody is known, or fewer than the stage wants.
func (k *registrar) fall(known map[string][]request.PersonID) {
	for i, s := range k.clerk.stages {
		if k.clerk.done(i) {
			continue
		}
		all, complete := map[request.PersonID]bool{}, true
		for _, sel := range s.Selectors {
			people, is := known[sel.Group]
			complete = complete && is
			for _, p := range people {
				all[p] = true
			}
		}
		for _, sel := range s.Selectors {
			if people, is := known[sel.Group]; sel.Group != "" && (is && len(people) == 0 || complete && len(all) < s.People) {
				k.fallen[sel.Group] = true
			}
		}
	}
}
