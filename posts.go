package grantwright

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Room is where many people read together, such as a channel of a chat.
type Room struct {
	Channel notify.Channel
	Topics  []notify.Topic // that it is told of; none means DefaultRoomTopics
}

// DefaultRoomTopics are what a room is told of unless it says otherwise.
var DefaultRoomTopics = []notify.Topic{notify.Topic(event.RequestCreated), notify.Topic(event.RequestDetermined), notify.Topic(event.GrantFailing), notify.Topic(event.GrantSuspended)}

// The bounds of channels.
const (
	MaxChannels  = 10 // and rooms, together
	postTimeout  = 20 * time.Second
	postPage     = 50
	postParallel = 4
)

// roomPrefix tells the tasks and posts of rooms from those of channels.
const roomPrefix = "room/"

func (c Config) checkChannels() error {
	if n := len(c.Channels) + len(c.Rooms); n > MaxChannels {
		return fmt.Errorf("grantwright: Config has %d channels and rooms, at most %d are allowed", n, MaxChannels)
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
func (i Inbox) Channels() []string { return i.e.channelNames() }

func (e *Engine) channelNames() []string { return slices.Sorted(maps.Keys(e.config.Channels)) }

// tellAll puts notices into inboxes, and on their way by the channels that their
// people wish. What is there already stays as it is.
func (e *Engine) tellAll(ctx context.Context, notices []notify.Notice) error {
	batch := (store.MaxWrites - MaxChannels) / (1 + len(e.config.Channels))
	for some := range slices.Chunk(notices, batch) {
		if err := e.commit(ctx, func(c *store.Change) error { return e.tellSome(ctx, c, some) }); err != nil {
			return err
		}
	}
	if len(notices) > 0 {
		e.carrier.Wake()
	}
	return nil
}

func (e *Engine) tellSome(ctx context.Context, c *store.Change, notices []notify.Notice) error {
	ids, people := make([]string, len(notices)), make([]request.PersonID, len(notices))
	for i, n := range notices {
		ids[i], people[i] = n.ID, n.To
	}
	known, err := store.Notices.Some(ctx, e.config.Store, ids...)
	if err != nil {
		return err
	}
	wishes, err := e.wishes(ctx, people)
	if err != nil {
		return err
	}
	accounts, err := e.linked(ctx, people)
	if err != nil {
		return err
	}
	ring := map[string]bool{}
	for _, n := range notices {
		if slices.ContainsFunc(known, func(k store.Stored[notify.Notice]) bool { return k.Value.ID == n.ID }) {
			continue
		}
		store.Notices.Insert(c, n)
		for _, channel := range wishes[n.To].By(n.Concern, e.config.Defaults, e.channelNames()) {
			if e.links(channel) && !accounts[store.AccountKey(channel, n.To)] {
				continue // nobody is there to be written to
			}
			store.Posts.Insert(c, notify.NewPost(n, channel, e.now()))
			ring[channel] = true
		}
	}
	return e.ringPosts(ctx, c, ring)
}

// wishes reads how some people wish to be told.
func (e *Engine) wishes(ctx context.Context, people []request.PersonID) (map[request.PersonID]notify.Preferences, error) {
	read, err := store.Preferences.Some(ctx, e.config.Store, people...)
	all := map[request.PersonID]notify.Preferences{}
	for _, p := range read {
		all[p.Value.Person] = p.Value
	}
	return all, err
}

// links reports whether a channel writes to accounts that people link.
func (e *Engine) links(channel string) bool {
	_, is := e.config.Channels[channel].(notify.Linker)
	return is
}

// linked reads which of some people have linked accounts, by the keys of these.
func (e *Engine) linked(ctx context.Context, people []request.PersonID) (map[string]bool, error) {
	linked := map[string]bool{}
	for _, channel := range e.channelNames() {
		if !e.links(channel) {
			continue
		}
		keys := make([]string, len(people))
		for i, p := range people {
			keys[i] = store.AccountKey(channel, p)
		}
		read, err := store.Accounts.Some(ctx, e.config.Store, keys...)
		if err != nil {
			return nil, err
		}
		for _, a := range read {
			linked[store.AccountKey(channel, a.Value.Person)] = !a.Value.Linked.IsZero()
		}
	}
	return linked, nil
}

func (e *Engine) ringPosts(ctx context.Context, c *store.Change, channels map[string]bool) error {
	for channel := range channels {
		if err := store.Ring(ctx, e.config.Store, c, postTask(channel), e.now()); err != nil {
			return err
		}
	}
	return nil
}

// tellRooms puts a notice on its way to the rooms that are told of its topic.
func (e *Engine) tellRooms(ctx context.Context, n notify.Notice, ev store.Event) error {
	return e.commit(ctx, func(c *store.Change) error {
		ring := map[string]bool{}
		for name, room := range e.config.Rooms {
			topics := room.Topics
			if len(topics) == 0 {
				topics = DefaultRoomTopics
			}
			if !slices.Contains(topics, n.Topic) {
				continue
			}
			n.ID = ev.ID
			post := notify.NewPost(n, roomPrefix+name, e.now())
			there, err := store.Posts.Some(ctx, e.config.Store, post.ID)
			if err != nil {
				return err
			}
			if len(there) == 0 {
				store.Posts.Insert(c, post)
				ring[post.Channel] = true
			}
		}
		return e.ringPosts(ctx, c, ring)
	})
}

// carry sends what waits for a channel, under the lease of its task.
func (e *Engine) carry(ctx context.Context, name string) (store.Change, time.Time, error) {
	channel := e.channel(name)
	if channel == nil {
		return store.Change{}, time.Time{}, fmt.Errorf("grantwright: channel %s is none of those in Config.Channels and Config.Rooms", name)
	}
	if err := e.prunePosts(ctx, name); err != nil {
		return store.Change{}, time.Time{}, err
	}
	for {
		waiting, err := store.PostsPending.Find(ctx, e.config.Store, name, store.Position{}, postPage)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		due := slices.DeleteFunc(slices.Clone(waiting), func(p store.Stored[notify.Post]) bool { return p.Value.Next.After(e.now()) })
		if len(due) == 0 {
			next := time.Time{}
			if len(waiting) > 0 {
				next = waiting[0].Value.Next
			}
			return store.Change{}, next, nil
		}
		if err := e.carryAll(ctx, channel, due); err != nil {
			return store.Change{}, time.Time{}, err
		}
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < postTimeout {
			return store.Change{}, e.now(), nil
		}
	}
}

func (e *Engine) channel(name string) notify.Channel {
	if room, is := strings.CutPrefix(name, roomPrefix); is {
		return e.config.Rooms[room].Channel
	}
	return e.config.Channels[name]
}

func (e *Engine) carryAll(ctx context.Context, channel notify.Channel, due []store.Stored[notify.Post]) error {
	faults := make([]error, len(due))
	slots := make(chan struct{}, postParallel)
	var sending sync.WaitGroup
	for i, post := range due {
		slots <- struct{}{}
		sending.Go(func() {
			defer func() { <-slots }()
			if deadline, limited := ctx.Deadline(); !limited || time.Until(deadline) > postTimeout/2 {
				faults[i] = e.carryOne(ctx, channel, post.Value)
			}
		})
	}
	sending.Wait()
	return errors.Join(faults...)
}

// carryOne sends a post once, and records how that went. The error is that of the
// store.
func (e *Engine) carryOne(ctx context.Context, channel notify.Channel, post notify.Post) error {
	sent := e.send(ctx, channel, post)
	if ctx.Err() != nil {
		return ctx.Err() // it may have left; whoever comes next sends it again
	}
	return e.commit(ctx, func(c *store.Change) error {
		read, err := store.Posts.Get(ctx, e.config.Store, post.ID)
		if err != nil {
			return unlessMissing(err)
		}
		if sent == nil {
			store.Posts.Delete(c, read)
			return nil
		}
		next := read.Value.Failed(sent, e.now())
		if next.State == notify.PostFailed {
			e.config.Logger.Warn("a notice was not delivered, and is not tried again", "channel", post.Channel, "notice", post.Notice.ID, "to", post.Notice.To, "error", next.Error)
		}
		store.Posts.Update(c, read, next)
		return nil
	})
}

// send hands a notice to a channel. A channel that panics has failed.
func (e *Engine) send(ctx context.Context, channel notify.Channel, post notify.Post) (err error) {
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	m, err := e.message(ctx, post.Notice, request.Identity{})
	if err != nil {
		return err
	}
	if e.links(post.Channel) {
		if m.Account, err = e.account(ctx, post.Channel, m.To); err != nil {
			return err
		}
	}
	defer func() {
		if fault := recover(); fault != nil {
			e.config.Logger.Error("a channel panicked", "panic", fault, "stack", string(debug.Stack()))
			err = errors.New("grantwright: the channel panicked; the log says where")
		}
	}()
	return channel.Send(ctx, m)
}

// message is a notice with what it takes to write it, for whoever reads it or, with
// nobody, for its person as they are now. Somebody who is known no more is not
// written to.
func (e *Engine) message(ctx context.Context, n notify.Notice, reader request.Identity) (notify.Message, error) {
	m := notify.Message{Notice: n, Link: e.link(n.Path()), Settings: e.link("/preferences"), Links: map[request.ID]string{}}
	people := []request.PersonID{n.By}
	if n.Request != "" {
		req, err := store.Requests.Get(ctx, e.config.Store, n.Request)
		if err != nil {
			return m, err
		}
		m.Requester, m.Beneficiary = req.Value.Requester, req.Value.Beneficiary
		m.Privilege, m.Duration = req.Value.Privilege, req.Value.Duration
		people = append(people, m.Requester, m.Beneficiary)
	}
	if strings.HasPrefix(n.Subject, store.Proposals.Name+"/") {
		m.Link = e.link("/" + n.Subject)
	}
	for _, w := range n.Waiting {
		m.Links[w.Request] = e.link("/requests/" + string(w.Request))
		people = append(people, w.Requester)
	}
	if n.To != "" {
		var err error
		if m.Recipient, err = e.person(ctx, n.To, reader); errors.Is(err, request.ErrUnknownPerson) {
			return m, fmt.Errorf("%w: %w", notify.ErrPermanent, err)
		} else if err != nil {
			return m, err
		}
	}
	m.Names = e.names(ctx, m.Recipient, people)
	return m, nil
}

// prunePosts lets go of posts that have failed long ago, some at a time.
func (e *Engine) prunePosts(ctx context.Context, channel string) error {
	oldest, err := store.PostsFailed.Find(ctx, e.config.Store, channel, store.Position{}, postPage)
	if err != nil {
		return err
	}
	var c store.Change
	for _, p := range oldest {
		if e.now().Sub(p.Value.Made) > notify.KeptFor {
			store.Posts.Delete(&c, p)
		}
	}
	return c.Commit(ctx, e.config.Store)
}
