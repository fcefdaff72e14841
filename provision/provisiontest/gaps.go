package provisiontest

import (
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// gapChecks hold a provisioner to what it must say of the parts of a container that do not
// work although access to them is given.
var gapChecks = []check{
	{name: "says which parts of a container do not work, until they do", run: gaps, can: canGap},
	{name: "says that nothing of a container works", run: useless, can: canGap},
}

func canGap(h Harness, p provision.Provisioner) bool { return canContain(h, p) && h.Gap != nil }

func gaps(t testing.TB, h Harness) {
	p, who, all := h.Open(t), h.Person(t), h.Container(t)
	fine := h.Inside(t, all)
	part, mend := h.Gap(t, all)
	s := over(Want(who, all, request.Read), fine, part)
	found := settle(t, p, s)[0].Gaps
	if found.Count != 1 || len(found.Parts) != 1 || found.Parts[0].Part == "" || found.Parts[0].Reason == "" {
		t.Errorf("%s does not work, and the gaps are %+v", part.Ref, found)
	}
	look(t, h, who, fine, true, false)
	look(t, h, who, part, false, false)
	mend()
	if found := settle(t, h.Open(t), s)[0].Gaps; found.Count != 0 {
		t.Errorf("all of it works, and the gaps are %+v", found)
	}
	look(t, h, who, part, true, false)
}

func useless(t testing.TB, h Harness) {
	p, who, all := h.Open(t), h.Person(t), h.Container(t)
	part, mend := h.Gap(t, all)
	s := over(Want(who, all, request.Read), part)
	if o := apply(t, p, s)[0]; o.Err == nil {
		t.Errorf("nothing of the container works, and Apply says no error, but the gaps %+v", o.Gaps)
	}
	look(t, h, who, part, false, false)
	mend()
	settle(t, p, s)
	look(t, h, who, part, true, false)
}
