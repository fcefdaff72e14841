package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/internal/enginetest"
)

const (
	fleetPeople = 20
	fleetTables = 5
	fleetAtOnce = 16 // clients
	killedAfter = 30 // confirmed requests
)

// fleet is two servers on one store, and clients who turn to the other one when
// one does not answer.
type fleet struct {
	*testing.T
	urls      []string
	confirmed atomic.Int64
	repeated  atomic.Int64 // calls, at the other server
	kill      func()       // one of the servers, once
	mu        sync.Mutex
	ids       map[string]string // of the confirmed requests, by person and table
}

func TestTwoServersOneKilledLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	var logins []string
	people := ""
	for i := range fleetPeople {
		logins = append(logins, fmt.Sprintf("p%d", i))
		people += fmt.Sprintf("  - {id: p%d@example.com}\n", i)
	}
	p, records := newPlatform(t, fleetTables, logins...), startPostgres(t)
	config := p.manifest(t, people)
	// Both start at once: both want to migrate, and to save the same.
	servers := make([]*server, 2)
	for i := range servers {
		servers[i] = launch(t, t.TempDir(), p.env(), "-config", config, "-listen", "127.0.0.1:0", "-store", records.SuperURL("postgres"), "-lease", "2s", "-rate", "0") // the test asks more often than one person may
	}
	for _, s := range servers {
		s.ready(t)
	}
	p.prepare(t, servers[0])
	f := &fleet{T: t, urls: []string{servers[0].url, servers[1].url}, kill: sync.OnceFunc(servers[0].kill), ids: map[string]string{}}
	f.flow(logins)
	f.checkRequests(servers[1])
	f.checkGrants(servers[1])
	f.checkLog(servers[1])
	for i, login := range logins {
		for table := range fleetTables {
			p.admits(t, login, fmt.Sprintf("t%d", table), true)
		}
		if i < 3 {
			p.admits(t, login, "orders", false)
		}
	}
}

// flow lets everybody ask for every table, many at once, and an owner approve
// what no rule approves.
func (f *fleet) flow(logins []string) {
	jobs := make(chan [2]string)
	var clients sync.WaitGroup
	for range fleetAtOnce {
		clients.Go(func() {
			for job := range jobs {
				f.ask(job[0], job[1])
			}
		})
	}
	for i := range fleetTables {
		for _, login := range logins {
			jobs <- [2]string{login, fmt.Sprintf("t%d", i)}
		}
	}
	close(jobs)
	clients.Wait()
	if f.repeated.Load() == 0 {
		f.Error("no client had to turn to the other server: none was killed while they worked")
	}
}

// ask submits a request until it is confirmed, and has it approved.
func (f *fleet) ask(person, table string) {
	duration := "12 HOURS" // approved by the flow
	if strings.HasSuffix(person, "1") || table == "t1" || table == "t3" {
		duration = "30 DAYS" // approved by an owner
	}
	body := fmt.Sprintf(`{"asset": "warehouse:sales.public.%s", "answers": {"purpose": ["x"], "duration": ["%s"]}}`, table, duration)
	var req struct{ ID, Status string }
	if !f.until(person, http.MethodPost, "/requests", person+" "+table, body, &req, http.StatusCreated) {
		return
	}
	f.mu.Lock()
	f.ids[person+" "+table] = req.ID
	f.mu.Unlock()
	if f.confirmed.Add(1) == killedAfter {
		f.kill()
	}
	if want := map[string]string{"12 HOURS": "APPROVED", "30 DAYS": "PENDING"}[duration]; req.Status != want {
		f.Errorf("%s for %s: the request is %s, want %s", person, table, req.Status, want)
	}
	if req.Status == "PENDING" {
		// 409 says that it is decided: an answer that never arrived has been one.
		f.until("sales-owner", http.MethodPost, "/requests/"+req.ID+"/determinations", "", `{"act": "APPROVE"}`, nil, http.StatusCreated, http.StatusConflict)
	}
}

// until sends a request to one server after the other until one answers with a
// status that is expected.
func (f *fleet) until(person, method, path, key, body string, out any, want ...int) bool {
	ctx, cancel := context.WithTimeout(f.Context(), patience)
	defer cancel()
	said := ""
	for try := len(key); ctx.Err() == nil; try++ {
		status, answer, err := call(ctx, method, f.urls[try%2]+"/api/v1"+path, person, key, body)
		said = fmt.Sprint(status, " ", answer, err)
		for _, w := range want {
			if err == nil && status == w {
				if out != nil {
					err = json.Unmarshal([]byte(answer), out)
				}
				if err != nil {
					f.Errorf("%s %s: %v", method, path, err)
				}
				return err == nil
			}
		}
		if err == nil && status < http.StatusInternalServerError {
			break
		}
		f.repeated.Add(1)
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	f.Errorf("%s %s as %s: %s", method, path, person, said)
	return false
}

// checkRequests wants every confirmed request, and no other.
func (f *fleet) checkRequests(s *server) {
	f.Helper()
	known := map[string]string{}
	for cursor, last := "", false; !last; {
		var page struct {
			Items []struct{ ID, Requester, Asset, Status string }
			Next  string
		}
		s.as(f.T, "auditor", http.MethodGet, "/requests?role=OVERSEER&limit=30&cursor="+url.QueryEscape(cursor), "", &page)
		for _, r := range page.Items {
			who := strings.TrimSuffix(r.Requester, "@example.com") + " " + strings.TrimPrefix(r.Asset, "warehouse:sales.public.")
			if other, twice := known[who]; twice {
				f.Errorf("%s has two requests: %s and %s", who, other, r.ID)
			}
			if known[who] = r.ID; f.ids[who] != r.ID || r.Status != "APPROVED" {
				f.Errorf("request %s of %s is %s; confirmed was %q", r.ID, who, r.Status, f.ids[who])
			}
		}
		cursor, last = page.Next, page.Next == ""
	}
	if len(known) != fleetPeople*fleetTables || len(f.ids) != len(known) {
		f.Errorf("%d requests were confirmed and %d are there, want %d", len(f.ids), len(known), fleetPeople*fleetTables)
	}
}

// checkGrants wants one grant of each request, ACTIVE.
func (f *fleet) checkGrants(s *server) {
	f.Helper()
	seen := map[string]bool{}
	var waiting any
	defer func() {
		if f.Failed() {
			f.Logf("the last grant that is not ACTIVE is %+v", waiting)
		}
	}()
	for table := range fleetTables {
		var page struct {
			Items []struct {
				ID, Request, State, Known, Error string
				Attempts                         int
				Retry                            time.Time
			}
		}
		path := "/assets/" + url.PathEscape(fmt.Sprintf("warehouse:sales.public.t%d", table)) + "/grants?limit=500"
		enginetest.Until(f.T, "all grants on a table are ACTIVE", func() bool {
			s.as(f.T, "auditor", http.MethodGet, path, "", &page)
			for _, g := range page.Items {
				if g.State != "ACTIVE" || g.Known != "VERIFIED" {
					waiting = g
					return false
				}
			}
			return true
		})
		if len(page.Items) != fleetPeople {
			f.Errorf("t%d has %d grants, want %d", table, len(page.Items), fleetPeople)
		}
		for _, g := range page.Items {
			if seen[g.Request] {
				f.Errorf("request %s has two grants", g.Request)
			}
			seen[g.Request] = true
		}
	}
}

// checkLog wants a log without holes that tells everything once.
func (f *fleet) checkLog(s *server) {
	f.Helper()
	told := map[string]int{} // by type and request
	active, last := 0, int64(0)
	enginetest.Until(f.T, "the log tells that all grants are active", func() bool {
		var page struct {
			Items []struct {
				Number        int64
				Type, Request string
			}
		}
		s.as(f.T, "auditor", http.MethodGet, fmt.Sprintf("/events?limit=500&after=%d", last), "", &page)
		for _, e := range page.Items {
			if last++; e.Number != last {
				f.Fatalf("event %d has number %d", last, e.Number)
			}
			told[e.Type+" "+e.Request]++
			if e.Type == "grant.active" {
				active++
			}
		}
		return active >= fleetPeople*fleetTables
	})
	for who, id := range f.ids {
		for _, kind := range []string{"request.created", "request.determined", "grant.active"} {
			if n := told[kind+" "+id]; n != 1 {
				f.Errorf("%s: the log tells %d times that %s, want once", who, n, kind)
			}
		}
	}
}
