package governance

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
)

func (gov *Governance) checkAttachment(ctx context.Context, a request.Attachment) error {
	if same, err := catalog.ParseRef(string(a.At)); err != nil || same != a.At {
		if err == nil {
			err = fmt.Errorf("%w: must be spelled %s", catalog.ErrRef, same)
		}
		return err
	}
	if err := a.Validate(); err != nil {
		return err
	}
	_, err := records.Connections.Get(ctx, gov.Store, a.At.Connection())
	return err
}
