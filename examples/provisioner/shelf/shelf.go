// Package shelf is a made-up data platform for the example of a provisioner:
// shared folders behind HTTP, kept in memory. It knows its own users, and who
// gave which of them access to which folder.
//
// Programs speak to it with a key:
//
//	GET /folders                          all folders
//	GET /folders/{id}/access?user=eve     who gave eve what on it
//	PUT /folders/{id}/access?user=eve     {"level": "read"}, or "write", or "none": what the owner of the key gives
//
// A PUT with the header Not-After does nothing once that time is over. Users read
// and write with their name and password:
//
//	GET /content/{name}
//	PUT /content/{name}
package shelf

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Shelf is the platform. It serves HTTP.
type Shelf struct {
	mux http.ServeMux

	mu      sync.Mutex
	made    int
	keys    map[string]string // whose key it is
	broken  map[string]bool   // keys that get no answer of use
	users   map[string]string // their passwords
	folders map[string]Folder // by id
	access  map[entry]string  // levels
}

// Folder is what can be shared.
type Folder struct{ ID, Name string }

// Entry is what somebody gave to a user on a folder.
type Entry struct{ By, Level string }

type entry struct{ folder, user, by string }

// New returns a platform without users and folders.
func New() *Shelf {
	s := &Shelf{keys: map[string]string{}, broken: map[string]bool{}, users: map[string]string{}, folders: map[string]Folder{}, access: map[entry]string{}}
	s.mux.HandleFunc("GET /folders", s.keyed(s.list))
	s.mux.HandleFunc("GET /folders/{id}/access", s.keyed(s.look))
	s.mux.HandleFunc("PUT /folders/{id}/access", s.keyed(s.give))
	s.mux.HandleFunc("GET /content/{name}", s.try("read", "write"))
	s.mux.HandleFunc("PUT /content/{name}", s.try("write"))
	return s
}

func (s *Shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

// Key makes a key for whoever gives access in that name.
func (s *Shelf) Key(by string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := rand.Text()
	s.keys[key] = by
	return key
}

// User makes a user, and returns the password.
func (s *Shelf) User(name string) (password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[name] = rand.Text()
	return s.users[name]
}

// Make makes a folder; one that has the name goes, with all access to it.
func (s *Shelf) Make(name string) Folder {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, is := s.named(name); is {
		delete(s.folders, old.ID)
	}
	s.made++
	f := Folder{strconv.Itoa(s.made), name}
	s.folders[f.ID] = f
	return f
}

func (s *Shelf) named(name string) (Folder, bool) {
	for _, f := range s.folders {
		if f.Name == name {
			return f, true
		}
	}
	return Folder{}, false
}

func (s *Shelf) keyed(next func(w http.ResponseWriter, r *http.Request, by string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Key")
		switch by, known := s.keys[key]; {
		case !known:
			http.Error(w, "unknown key", http.StatusUnauthorized)
		case s.broken[key]:
			http.Error(w, "the disk is full", http.StatusInternalServerError)
		default:
			next(w, r, by)
		}
	}
}

func (s *Shelf) list(w http.ResponseWriter, _ *http.Request, _ string) {
	all := []Folder{}
	for _, f := range s.folders {
		all = append(all, f)
	}
	_ = json.NewEncoder(w).Encode(all)
}

// about is the folder and the user that a request speaks of.
func (s *Shelf) about(w http.ResponseWriter, r *http.Request) (folder, user string, known bool) {
	folder, user = r.PathValue("id"), r.URL.Query().Get("user")
	if _, is := s.folders[folder]; !is {
		http.Error(w, "there is no such folder", http.StatusNotFound)
		return "", "", false
	}
	if _, is := s.users[user]; !is {
		http.Error(w, "there is no such user", http.StatusNotFound)
		return "", "", false
	}
	return folder, user, true
}

func (s *Shelf) look(w http.ResponseWriter, r *http.Request, _ string) {
	folder, user, known := s.about(w, r)
	if !known {
		return
	}
	all := []Entry{}
	for e, level := range s.access {
		if e.folder == folder && e.user == user {
			all = append(all, Entry{e.by, level})
		}
	}
	_ = json.NewEncoder(w).Encode(all)
}

func (s *Shelf) give(w http.ResponseWriter, r *http.Request, by string) {
	folder, user, known := s.about(w, r)
	if !known {
		return
	}
	if until, err := time.Parse(time.RFC3339Nano, r.Header.Get("Not-After")); err == nil && time.Now().After(until) {
		http.Error(w, "too late", http.StatusPreconditionFailed)
		return
	}
	var body struct{ Level string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, "no level", http.StatusBadRequest)
		return
	}
	switch e := (entry{folder, user, by}); body.Level {
	case "read", "write":
		s.access[e] = body.Level
	case "none":
		delete(s.access, e)
	default:
		http.Error(w, "no level", http.StatusBadRequest)
	}
}

// try lets users in who have one of some levels, from anybody.
func (s *Shelf) try(levels ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if s.users[user] == "" || s.users[user] != password {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		folder, _ := s.named(r.PathValue("name"))
		for e, level := range s.access {
			for _, l := range levels {
				if e.folder == folder.ID && e.user == user && level == l {
					w.WriteHeader(http.StatusNoContent)
					return
				}
			}
		}
		http.Error(w, "you may not", http.StatusForbidden)
	}
}
