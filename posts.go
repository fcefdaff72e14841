package grantwright

import (
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/notify"
)

// The bounds of channels.
const ()

func (c Config) checkChannels() error {
	if n := len(c.Channels) + len(c.Rooms); n > notify.MaxChannels {
		return fmt.Errorf("grantwright: Config has %d channels and rooms, at most %d are allowed", n, notify.MaxChannels)
	}
	for name := range c.Channels {
		if name == "" || strings.Contains(name, "/") || c.Channels[name] == nil {
			return fmt.Errorf("grantwright: Config.Channels[%q]: a name without a slash, and a channel, are needed", name)
		}
	}
	for name, room := range c.Rooms {
		if name == "" || room.Channel == nil {
			return fmt.Errorf("grantwright: Config.Rooms[%q]: a name and a channel are needed", name)
		}
	}
	return nil
}

// Channels lists the names of the channels beside the inbox, sorted.
func (i Inbox) Channels() []string { return i.e.notices.ChannelNames() }
