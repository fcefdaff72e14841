package rulebook

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

func AssetsOf(page []store.Stored[records.MaskedAsset]) []catalog.Asset {
	assets := make([]catalog.Asset, len(page))
	for i, r := range page {
		assets[i] = r.Value.Asset()
	}
	return assets
}
