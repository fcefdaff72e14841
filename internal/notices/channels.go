package notices

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// The limits of posts.
const (
	PostTimeout  = 20 * time.Second // of sending one post
	postPage     = 50               // posts at a time
	postParallel = 4                // posts at once

	// postsSaved is how often outcomes are committed while posts are sent. After a crash
	// people get again what they got in that time.
	postsSaved = 250 * time.Millisecond
)

// roomPrefix distinguishes the tasks and posts of rooms from those of channels.
const roomPrefix = "room/"

// ChannelNames are the names of the channels, in order.
func (no *Notices) ChannelNames() []string { return slices.Sorted(maps.Keys(no.Channels)) }

// notifyAll puts notices into inboxes, and makes posts of them for the channels that
// each person has chosen. A notice that exists stays as it is.
func (no *Notices) notifyAll(ctx context.Context, notices []notify.Notice) error {
	for some := range slices.Chunk(notices, no.most()) {
		err := no.Commit(ctx, func(c *store.Change) error {
			ring := map[string]bool{}
			if err := no.notifySome(ctx, c, some, ring); err != nil {
				return err
			}
			return no.ringPosts(ctx, c, ring)
		})
		if err != nil {
			return err
		}
	}
	if len(notices) > 0 {
		no.Carrier.Wake()
	}
	return nil
}

// notifySome is notifyAll for as many notices as one commit holds, and notes which
// channels have something to send.
func (no *Notices) notifySome(ctx context.Context, c *store.Change, notices []notify.Notice, ring map[string]bool) error {
	if len(notices) == 0 {
		return nil
	}
	ids, people := make([]string, len(notices)), make([]request.PersonID, len(notices))
	for i, n := range notices {
		ids[i], people[i] = n.ID, n.To
	}
	known, err := records.Notices.Some(ctx, no.Store, ids...)
	if err != nil {
		return err
	}
	wishes, err := no.Wishes(ctx, people)
	if err != nil {
		return err
	}
	accounts, err := no.linked(ctx, people)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, k := range known {
		there[k.Value.ID] = true
	}
	for _, n := range notices {
		if there[n.ID] {
			continue
		}
		there[n.ID] = true
		if wishes[n.To].HideAdvice {
			n.Advice = nil
		}
		records.Notices.Insert(c, n)
		for _, channel := range wishes[n.To].By(n.Concern, no.Defaults, no.ChannelNames()) {
			if no.Links(channel) && !accounts[records.AccountKey(channel, n.To)] {
				continue // the person has no account there
			}
			records.Posts.Insert(c, notify.NewPost(n, channel, no.Now()))
			ring[channel] = true
		}
	}
	return nil
}

// Wishes reads the preferences of some people.
func (no *Notices) Wishes(ctx context.Context, people []request.PersonID) (map[request.PersonID]notify.Preferences, error) {
	read, err := records.Preferences.Some(ctx, no.Store, people...)
	all := map[request.PersonID]notify.Preferences{}
	for _, p := range read {
		all[p.Value.Person] = p.Value
	}
	return all, err
}

// Links reports whether a channel writes to accounts that people link.
func (no *Notices) Links(channel string) bool {
	_, is := no.Channels[channel].(notify.Linker)
	return is
}

// linked reads which of some people have linked accounts, by the keys of these.
func (no *Notices) linked(ctx context.Context, people []request.PersonID) (map[string]bool, error) {
	linked := map[string]bool{}
	for _, channel := range no.ChannelNames() {
		if !no.Links(channel) {
			continue
		}
		keys := make([]string, len(people))
		for i, p := range people {
			keys[i] = records.AccountKey(channel, p)
		}
		read, err := records.Accounts.Some(ctx, no.Store, keys...)
		if err != nil {
			return nil, err
		}
		for _, a := range read {
			linked[records.AccountKey(channel, a.Value.Person)] = !a.Value.Linked.IsZero()
		}
	}
	return linked, nil
}

// ringPosts rings the tasks that send the posts of some channels.
func (no *Notices) ringPosts(ctx context.Context, c *store.Change, channels map[string]bool) error {
	for channel := range channels {
		if err := store.Ring(ctx, no.Store, c, journal.PostTask(channel), no.Now()); err != nil {
			return err
		}
	}
	return nil
}

// notifyRooms makes posts of notices for the rooms that follow their topics.
func (no *Notices) notifyRooms(ctx context.Context, c *store.Change, notices []notify.Notice, ring map[string]bool) error {
	var posts []notify.Post
	var ids []string
	for _, n := range notices {
		for name, room := range no.Rooms {
			topics := room.Topics
			if len(topics) == 0 {
				topics = notify.DefaultRoomTopics
			}
			if slices.Contains(topics, n.Topic) {
				post := notify.NewPost(n, roomPrefix+name, no.Now())
				posts, ids = append(posts, post), append(ids, post.ID)
			}
		}
	}
	there, err := records.Posts.Some(ctx, no.Store, ids...)
	if err != nil {
		return err
	}
	for _, post := range posts {
		if !slices.ContainsFunc(there, func(p store.Stored[notify.Post]) bool { return p.Value.ID == post.ID }) {
			records.Posts.Insert(c, post)
			ring[post.Channel] = true
		}
	}
	return nil
}

// SendPosts sends the posts that wait for a channel, under the lease of its task.
func (no *Notices) SendPosts(ctx context.Context, name string) (store.Change, time.Time, error) {
	channel := no.channel(name)
	if channel == nil {
		return store.Change{}, time.Time{}, fmt.Errorf("grantwright: channel %s is none of those in Config.Channels and Config.Rooms", name)
	}
	if err := no.prunePosts(ctx, name); err != nil {
		return store.Change{}, time.Time{}, err
	}
	for {
		waiting, err := records.PostsPending.Find(ctx, no.Store, name, store.Position{}, postPage)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		due := slices.DeleteFunc(slices.Clone(waiting), func(p store.Stored[notify.Post]) bool { return p.Value.Next.After(no.Now()) })
		if len(due) == 0 {
			next := time.Time{}
			if len(waiting) > 0 {
				next = waiting[0].Value.Next
			}
			return store.Change{}, next, nil
		}
		if err := no.sendAll(ctx, channel, due); err != nil {
			return store.Change{}, time.Time{}, err
		}
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) < PostTimeout {
			return store.Change{}, no.Now(), nil
		}
	}
}

// channel finds a channel or the channel of a room; nil if there is none.
func (no *Notices) channel(name string) notify.Channel {
	if room, is := strings.CutPrefix(name, roomPrefix); is {
		return no.Rooms[room].Channel
	}
	return no.Channels[name]
}

// send hands a notice to a channel. A channel that panics has failed.
func (no *Notices) send(ctx context.Context, channel notify.Channel, post notify.Post) (err error) {
	ctx, cancel := context.WithTimeout(ctx, PostTimeout)
	defer cancel()
	m, err := no.Message(ctx, post.Notice, request.Identity{})
	if err != nil {
		return err
	}
	if err := no.addRules(ctx, &m); err != nil {
		return err
	}
	if no.Links(post.Channel) {
		if m.Account, err = no.account(ctx, post.Channel, m.To); err != nil {
			return err
		}
	}
	defer func() {
		if fault := recover(); fault != nil {
			no.Logger.ErrorContext(ctx, "a channel panicked", "panic", fault, "stack", string(debug.Stack()))
			err = errors.New("grantwright: the channel panicked; the log says where")
		}
	}()
	return channel.Send(ctx, m)
}

// Message renders a notice for a reader or, without one, for its person as the
// directory knows them now. A person whom it does not know gets no message.
func (no *Notices) Message(ctx context.Context, n notify.Notice, reader request.Identity) (notify.Message, error) {
	m := notify.Message{Notice: n, Link: no.Provisioning.Link(n.Path()), Settings: no.Provisioning.Link("/preferences"), Links: map[request.ID]string{}}
	people := []request.PersonID{n.By}
	if n.Request != "" {
		req, err := records.Requests.Get(ctx, no.Store, n.Request)
		if err != nil {
			return m, err
		}
		m.Requester, m.Beneficiary = req.Value.Requester, req.Value.Beneficiary
		m.Stands = req.Value.Status
		if m.Type = req.Value.Type; n.To != "" && n.Concern == notify.ToAct {
			form, err := no.Decisions.Rules.FormVersion(ctx, req.Value.Form)
			if err != nil {
				return m, err
			}
			m.Purpose = form.Purpose(req.Value.Answers)
		}
		m.Privilege, m.Columns, m.Duration = req.Value.Privilege, req.Value.Columns, req.Value.Duration
		people = append(people, m.Requester, m.Beneficiary)
	}
	if strings.HasPrefix(n.Subject, records.Proposals.Name+"/") {
		m.Link = no.Provisioning.Link("/" + n.Subject)
	}
	for _, w := range n.Waiting {
		m.Links[w.Request] = no.Provisioning.Link("/requests/" + string(w.Request))
		people = append(people, w.Requester)
	}
	if n.To != "" {
		var err error
		if m.Recipient, err = no.People.Person(ctx, n.To, reader); errors.Is(err, request.ErrUnknownPerson) {
			return m, fmt.Errorf("%w: %w", notify.ErrPermanent, err)
		} else if err != nil {
			return m, err
		}
	}
	m.Names = no.People.Names(ctx, m.Recipient, people)
	return m, nil
}

// prunePosts deletes posts that failed long ago, some at a time.
func (no *Notices) prunePosts(ctx context.Context, channel string) error {
	oldest, err := records.PostsFailed.Find(ctx, no.Store, channel, store.Position{}, postPage)
	if err != nil {
		return err
	}
	var c store.Change
	for _, p := range oldest {
		if no.Now().Sub(p.Value.Made) > notify.KeptFor {
			records.Posts.Delete(&c, p)
		}
	}
	return no.CommitOnce(ctx, &c)
}
