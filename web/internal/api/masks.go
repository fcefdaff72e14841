package api

import (
	"context"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/once"
)

// MaskBody saves a mask.
type MaskBody struct {
	AsRead
	Based    int             `json:"based,omitempty" minimum:"0" doc:"The version that it was based on; 0 or missing for a new mask"`
	At       catalog.Ref     `json:"at" maxLength:"512" doc:"The asset, or the container or connection for all below it" example:"warehouse:sales"`
	Columns  []string        `json:"columns,omitempty" nullable:"false" doc:"Columns of these names"`
	Tags     []string        `json:"tags,omitempty" nullable:"false" doc:"Columns that a classification tags so"`
	How      catalog.MaskHow `json:"how" enum:"VIEW,NULL,CONSTANT,HASH,LAST,CLEAR" doc:"CLEAR is an exception from a mask that holds for more"`
	Constant string          `json:"constant,omitempty" doc:"Of CONSTANT: what is shown"`
	Last     int             `json:"last,omitempty" minimum:"0" maximum:"100" doc:"Of LAST: how many characters are shown"`
	Key      string          `json:"key,omitempty" doc:"Of HASH: a reference to the key, env:NAME or file:/path; missing for a key that the platform makes for itself"`
	View     catalog.Ref     `json:"view,omitempty" maxLength:"512" doc:"Of VIEW: the view that shows the whole asset"`
}

func (b MaskBody) mask(name string, based int) catalog.Mask {
	return catalog.Mask{Name: name, Version: based, At: b.At, Columns: b.Columns, Tags: b.Tags, How: b.How, Constant: b.Constant, Last: b.Last, Key: b.Key, View: b.View}
}

// ClassificationBody classifies the columns of an asset.
type ClassificationBody struct {
	At       catalog.Ref      `json:"at,omitempty" doc:"As GET returns it: the asset in the path"`
	Version  int              `json:"version,omitempty" minimum:"0" doc:"As GET returns it: what it is based on. If nothing differs from that version, nothing is saved"`
	SavedBy  request.PersonID `json:"savedBy,omitempty" doc:"As GET returns it: not read"`
	AgreedBy request.PersonID `json:"agreedBy,omitempty" doc:"As GET returns it: not read"`

	Based   int                        `json:"based,omitempty" minimum:"0" doc:"The version that it was based on; 0 or missing for the first"`
	Columns []catalog.ClassifiedColumn `json:"columns" nullable:"false" doc:"A column of a masked asset that nobody has said anything of is not shown"`
}

// SavedMask is the answer to a mask that was saved.
type SavedMask struct {
	catalog.Mask
	Warnings []review.Warning `json:"warnings" nullable:"false" doc:"What is most likely not meant: a place where nothing is, a column or a tag that nothing has"`
}

// SavedClassification is the answer to a classification that was saved.
type SavedClassification struct {
	catalog.Classification
	Warnings []review.Warning `json:"warnings" nullable:"false" doc:"What is most likely not meant: an asset that is not there"`
}

// SuspensionBody takes masks out of force for a while.
type SuspensionBody struct {
	Minutes int    `json:"minutes" minimum:"1" maximum:"1440" doc:"After this time they resume by themselves"`
	Reason  string `json:"reason,omitempty"`
}

// Suspended is the result of suspending or resuming masks.
type Suspended struct {
	Suspension request.Suspension   `json:"suspension"`
	Assets     []request.AssetMasks `json:"assets" nullable:"false" doc:"That are masked at and below the place, the first 500, as the platform was read back"`
}

func suspendedOf(s request.Suspended) *shown[Suspended] {
	return &shown[Suspended]{Suspended{s.Suspension, append([]request.AssetMasks{}, s.Assets...)}}
}

func (s *server) routeMasks() {
	g := s.Engine.Governance()
	const governs, oversees, operates = "Takes GOVERNANCE.", "Takes GOVERNANCE or AUDIT.", "Takes GOVERNANCE or ADMIN."
	serve(s, http.MethodGet, "/masks", "list-masks", "List the masks by name, each in its newest version", listing(g.Masks, manifest.Masks), described(oversees))
	serve(s, http.MethodGet, "/masks/{name}", "mask", "A mask in its newest version", newest(g.Masks, manifest.Masks), edited, described(oversees))
	serve(s, http.MethodGet, "/masks/{name}/versions/{version}", "mask-version", "A mask in one of its versions", atVersion(g.Masks), described(oversees))
	serve(s, http.MethodPut, "/masks/{name}", "save-mask", "Save the next version of a mask", s.saveMask,
		described(governs+" What was granted on the assets that it masks becomes access to what shows them masked."), s.takesTwo)
	serve(s, http.MethodDelete, "/masks/{name}", "delete-mask", "Delete a mask", deleting(g.Masks),
		described(governs+" What was granted on the assets that are masked no longer becomes access to the assets themselves."), s.takesTwo)
	serve(s, http.MethodGet, "/classifications", "list-classifications", "List what was said of columns, by asset", listing(g.Classifications, manifest.Classifications), described(oversees))
	serve(s, http.MethodGet, "/assets/{ref}/classification", "classification", "What was said of the columns of an asset", s.classification, described(oversees), edited)
	serve(s, http.MethodPut, "/assets/{ref}/classification", "classify", "Say something of the columns of an asset: their tags, by which masks find them", s.classify, described(governs), s.takesTwo, edited)
	serve(s, http.MethodGet, "/assets/{ref}/masks", "asset-masks", "How an asset is shown, by which masks, and what to query", s.assetMasks, described("For everybody."))
	serve(s, http.MethodGet, "/assets/{ref}/masked", "list-masked", "List the assets that are masked at and below a place", s.masked, described("Takes GOVERNANCE, ADMIN or AUDIT."))
	serve(s, http.MethodPut, "/assets/{ref}/masks/suspension", "suspend-masks", "Take the masks at a place and below it out of force, for a migration", s.suspendMasks,
		described(operates+" What shows the assets masked is removed, and nobody reads them by us until it is back: least of all clear. The answer comes when the platform was read back."))
	serve(s, http.MethodDelete, "/assets/{ref}/masks/suspension", "resume-masks", "Bring suspended masks into force again", s.resumeMasks, described(operates))
	serve(s, http.MethodPost, "/connections/{name}/masks/enforcement", "enforce-masks", "Look at once at what shows assets masked, and make anew what was swapped, dropped or changed", s.enforceMasks, once.Reads, described(operates))
}

func (s *server) saveMask(ctx context.Context, by request.Identity, in *struct {
	Named
	conditional.Change
	Body MaskBody
}) (*shown[SavedMask], error) {
	b := in.Body
	m, warnings, err := save(ctx, s, by, s.Engine.Governance().Masks, manifest.Masks, change{in.Change, in.Name, b.AsRead, b.Based}, func(based int) catalog.Mask {
		return b.mask(in.Name, based)
	})
	return &shown[SavedMask]{SavedMask{m, warnings}}, err
}

func (s *server) classification(ctx context.Context, by request.Identity, in *AssetNamed) (*shown[catalog.Classification], error) {
	c, err := s.Engine.Governance().Classifications.Newest(ctx, by, in.Ref)
	if err == nil {
		tag(ctx, c.Version)
	}
	return &shown[catalog.Classification]{c}, err
}

func (s *server) classify(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	conditional.Change
	Body ClassificationBody
}) (*shown[SavedClassification], error) {
	b := in.Body
	c, warnings, err := save(ctx, s, by, s.Engine.Governance().Classifications, manifest.Classifications, change{in.Change, string(in.Ref), AsRead{Name: string(b.At), Version: b.Version}, b.Based},
		func(based int) catalog.Classification {
			return catalog.Classification{At: in.Ref, Version: based, Columns: b.Columns}
		})
	return &shown[SavedClassification]{SavedClassification{c, warnings}}, err
}

func (s *server) assetMasks(ctx context.Context, by request.Identity, in *AssetNamed) (*shown[request.AssetMasks], error) {
	m, err := s.Engine.Masks().Of(ctx, by, in.Ref)
	return &shown[request.AssetMasks]{m}, err
}

func (s *server) masked(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	Paged
}) (*listed[request.AssetMasks], error) {
	return byName(&in.Paged, func(after string, limit int) ([]request.AssetMasks, error) {
		return s.Engine.Masks().Masked(ctx, by, in.Ref, catalog.Ref(after), limit)
	}, func(m request.AssetMasks) string { return string(m.Asset) })
}

func (s *server) suspendMasks(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	Body SuspensionBody
}) (*shown[Suspended], error) {
	done, err := s.Engine.Masks().Suspend(ctx, by, in.Ref, time.Duration(in.Body.Minutes)*time.Minute, in.Body.Reason)
	return suspendedOf(done), err
}

func (s *server) resumeMasks(ctx context.Context, by request.Identity, in *AssetNamed) (*shown[Suspended], error) {
	done, err := s.Engine.Masks().Resume(ctx, by, in.Ref)
	return suspendedOf(done), err
}

func (s *server) enforceMasks(ctx context.Context, by request.Identity, in *Named) (*struct{}, error) {
	return nil, s.Engine.Masks().Enforce(ctx, by, in.Name)
}
