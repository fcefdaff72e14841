package store

import (
	"context"
	"errors"
	"time"
)

// TaskID names a task: what is to be done, a slash, and to what.
type TaskID string

// Task is work on the outside world that some record calls for. There is one for
// each thing that is worked on, parked while nothing is to be done and never
// deleted. It does not say what to do: whoever works on it reads the records and
// does what they say now.
type Task struct {
	ID       TaskID    `json:"id"`
	Due      time.Time `json:"due,omitzero"`       // zero: parked; while leased, when the lease ends
	Holder   string    `json:"holder,omitempty"`   // who works on it now
	Again    time.Time `json:"again,omitzero"`     // when it is due again, if Ring was called while somebody worked on it
	Attempts int       `json:"attempts,omitempty"` // that failed in a row
	Error    string    `json:"error,omitempty"`    // of the last attempt, if it failed
}

// Tasks are the kind of all tasks.
var Tasks = Kind[TaskID, Task]{
	Name:    "tasks",
	Of:      func(t Task) TaskID { return t.ID },
	Indexes: []Indexed[Task]{TasksDue},
	Quiet:   true,
}

// TasksDue finds tasks that are not parked, the earliest first.
var TasksDue = Index[string, Task]{Kind: "tasks", Name: "due",
	Values: func(t Task) []string { return Only("all", !t.Due.IsZero()) },
	Order:  func(t Task) string { return OrderTime(t.Due) }}

// Ring adds to the change that a task is due at a given time; a task that is due
// earlier stays so. A task that is worked on now is due again afterwards.
func Ring(ctx context.Context, s Store, c *Change, id TaskID, at time.Time) error {
	read, err := Tasks.Get(ctx, s, id)
	if errors.Is(err, ErrNotFound) {
		Tasks.Insert(c, Task{ID: id, Due: at})
		return nil
	}
	if err != nil {
		return err
	}
	t := read.Value
	if t.Holder == "" {
		t.Due = Earliest(t.Due, at)
	} else {
		t.Again = Earliest(t.Again, at)
	}
	Tasks.Update(c, read, t)
	return nil
}

// Earliest is the first of some times, leaving out those that are zero.
func Earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if first.IsZero() || !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}
