package pgprovision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/masks"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// setMasks notes the masks that hold. They are the same for all people of an asset.
func (j *job) setMasks(w provision.Standing) {
	if len(j.masked) > 0 {
		return
	}
	j.masked = slices.DeleteFunc(slices.Clone(w.Masked), func(m provision.Masking) bool {
		return !m.Show.Masked() || len(m.Asset.Ref.Path()) != 3
	})
}

// readShown lists the readings of the masked assets of a job, with their masked views.
func readShown(j *job, v *view) []cluster.Reading {
	all := make([]masks.Names, len(j.masked))
	for i, m := range j.masked {
		var err error
		if all[i], err = masks.NamesOf(j.asset.Ref, m); err != nil && !j.container() {
			v.unshown = err
		}
	}
	readings := []cluster.Reading{masks.ReadShown(all, j.place.MaskSchema(), &v.shown)}
	if masks.Pins(all) {
		readings = append(readings, masks.ReadPinned(all, &v.shown))
	}
	return readings
}

// withMasks puts the masked view of each masked asset in the place of the asset. From
// here on access is access to the masked view, and rights that our roles hold on the
// asset itself are strays. Where the masked view is not proven, nobody gets access.
func (j *job) withMasks(v *view) {
	var clear []*relation
	for _, r := range v.covered {
		m, is := j.maskOf(r)
		if !is {
			clear = append(clear, r)
			continue
		}
		shows, err := j.shows(v, m, r)
		switch {
		case err == nil:
			clear = append(clear, shows)
			v.query = naming.Identify(shows.schema, shows.name)
		case j.container():
			v.gaps = append(v.gaps, provision.Gap{Part: naming.Identify(r.schema, r.name), Reason: masks.UnshownBy(m, err)})
		case v.unshown == nil:
			v.unshown = err
		}
	}
	if v.covered = clear; j.container() && v.query != "" {
		v.query = naming.Identify(j.place.MaskSchema()) + ".*"
	}
}

// shownByOther reports whether the asset is shown by a view that is not ours.
func (j *job) shownByOther() bool {
	return !j.container() && slices.ContainsFunc(j.masked, func(m provision.Masking) bool { return m.Show.View != "" })
}

func (j *job) maskOf(r *relation) (provision.Masking, bool) {
	i := slices.IndexFunc(j.masked, func(m provision.Masking) bool {
		path := m.Asset.Ref.Path()
		return path[0] == j.database && path[1] == r.schema && path[2] == r.name
	})
	if i < 0 {
		return provision.Masking{}, false
	}
	return j.masked[i], true
}

// shows returns the masked view of r, if it is proven.
func (j *job) shows(v *view, m provision.Masking, r *relation) (*relation, error) {
	unmasked := func(format string, args ...any) error {
		return fmt.Errorf("%w: asset %q: %s", provision.ErrUnmasked, m.Asset.Ref, fmt.Sprintf(format, args...))
	}
	i := slices.IndexFunc(v.shown, func(s masks.Shown) bool { return s.Schema == r.schema && s.Name == r.name })
	named, err := masks.NamesOf(j.asset.Ref, m)
	switch {
	case err != nil:
		return nil, err
	case i < 0:
		return nil, unmasked("it was not found")
	case m.Off:
		return nil, unmasked("its masks are suspended for a while")
	case m.Show.Under != "":
		return nil, fmt.Errorf("%w: %w", provision.ErrByHand, unmasked("it is shown as a part of %s alone", m.Show.Under))
	case m.Show.View != "" && v.shown[i].Other == 0:
		return nil, unmasked("%s does not stand", naming.Identify(named.OtherSchema, named.Other))
	case m.Show.View != "" && v.shown[i].Redefined(m) != nil:
		return nil, fmt.Errorf("%w: %w", unmasked("it is masked by %s", naming.Identify(named.OtherSchema, named.Other)), v.shown[i].Redefined(m))
	case m.Show.View != "":
		s := v.shown[i]
		return &relation{id: s.Other, kind: s.OtherKind, schemaID: s.OtherSchemaID, schema: named.OtherSchema, name: named.Other, ownerID: r.ownerID, rowSecured: r.rowSecured, policies: r.policies, base: r.id, shows: s.Shows(m)}, nil
	case masks.Blank(m):
		return nil, unmasked("it would be %s", masks.BlankBy(m.Show.Out))
	case r.rowSecured:
		return nil, fmt.Errorf("%w: %w", provision.ErrByHand, unmasked("it has row level security (%s), so that we do not mask it", policiesOf(r)))
	}
	p := j.place
	p.Ref = m.Asset.Ref
	if s := v.shown[i]; s.View == 0 || !s.Proven(p, r.id, masks.RulesOf(m)) {
		return nil, unmasked("%s does not show it as it should", naming.Identify(p.MaskSchema(), named.View))
	}
	return &relation{id: v.shown[i].View, kind: "v", schemaID: v.shown[i].SchemaID, schema: p.MaskSchema(), name: named.View, ownerID: r.ownerID, base: r.id}, nil
}

// aside reports whether a stray is about masked views, and the job names no masks. Such a
// job takes access from some people only, and the rights stay for the others.
func (j *job) aside(c change) bool {
	schema := j.place.MaskSchema() // which needs no quotes, and gets none from quote_ident
	about := c.name == schema || strings.HasPrefix(c.name, schema+".")
	return about && len(j.masked) == 0 && !j.gives()
}

// passOn notes that we may pass on rights on our own masked views and their schema.
func (v *view) passOn() {
	for _, r := range v.covered {
		if r.base != 0 && !slices.ContainsFunc(v.shown, func(s masks.Shown) bool { return s.Other == r.id }) {
			v.rights[right{thing{"table", r.id}, "SELECT"}] = struct{}{}
			v.rights[right{thing{"schema", r.schemaID}, "USAGE"}] = struct{}{}
		}
	}
}

// baseIDs are the ids of the covered tables and views themselves. Whoever may read these
// sees them clear.
func (v *view) baseIDs() []int64 {
	var all []int64
	for _, r := range v.covered {
		all = append(all, int64(cmp.Or(r.base, r.id)))
	}
	return all
}

// policiesOf names the policies of row level security on a relation.
func policiesOf(r *relation) string {
	if len(r.policies) == 0 {
		return "no policy: nobody but its owner sees a row"
	}
	return "policies " + naming.Few(r.policies)
}
