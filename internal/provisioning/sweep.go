package provisioning

import (
	"time"
)

const (
	// ThawPoll is how often it is looked whether what waits on a frozen connection
	// may be given. A thaw calls for it at once.
	ThawPoll = time.Minute
)
