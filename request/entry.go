package request

import "github.com/grantwright/grantwright/catalog"

// Entry is where a link leads: an asset and the form to fill in.
type Entry struct {
	Asset catalog.Asset
	Type  Type
	Form  Form
	From  Resolved // where the form and the flow are attached

	Agreements []Agreement // of the form, as they have to be accepted now
	Masks      AssetMasks  // how the asset is shown to those who may not see it clear
}
