package notify

import (
	"time"

	"github.com/grantwright/grantwright/event"
)

// DefaultDigestAt is when stewards are told once a day what waits for them, from
// midnight UTC on.
const DefaultDigestAt = 7 * time.Hour

// Room is where many people read together, such as a channel of a chat.
type Room struct {
	Channel Channel
	Topics  []Topic // that it is told of; none means DefaultRoomTopics
}

// DefaultRoomTopics are what a room is told of unless it says otherwise.
var DefaultRoomTopics = []Topic{Topic(event.RequestCreated), Topic(event.RequestDetermined), Topic(event.GrantFailing), Topic(event.GrantSuspended)}

// MaxChannels is the most channels and rooms, together, that one engine may have.
const MaxChannels = 10
