package sqlstore_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/store"
)

// TestLeavesAreTheSameInEveryStore commits an event with everything that databases spell in
// their own way, and wants each store to give the same leaf.
func TestLeavesAreTheSameInEveryStore(t *testing.T) {
	t.Parallel()
	const want = `{"about":["grants/R1"],"at":"2026-03-01T12:00:00.1234Z","by":"eve@example.com","data":{"":{},"a":[1.5,100,0,12345678901234567890123,100000000000000000000000,0.00000012],"b":"<b>&\"\\ü` + "\u2028\U0001F600" + `/","z":{"k":[null,true,{}],"ä":1}},"id":"1","number":1,"type":"test.happened"}`
	data := json.RawMessage(`{"z": {"ä":1,"k":[null,true,{}]}, "b":"\u003cb\u003e\u0026\"\\ü\u2028\ud83d\ude00\/", "a":[1.50,1e2,-0.0,12345678901234567890123,1e+23,1.2e-7], "":{}}`)
	postgres, _ := fresh(t, nil)
	for name, s := range map[string]store.Store{"memory": new(store.Memory), "SQLite": openSQLite(t, newFile(t)), "PostgreSQL": postgres} {
		var c store.Change
		c.Emit(store.Event{ID: "1", Type: "test.happened", At: time.Date(2026, 3, 1, 12, 0, 0, 123_400_000, time.UTC), By: "eve@example.com", About: []store.Subject{"grants/R1"}, Data: data})
		if err := c.Commit(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		read, err := s.Get(t.Context(), store.Events.Key(store.OrderNumber(1)))
		if err != nil || len(read) != 1 {
			t.Fatal(len(read), err)
		}
		if got, err := proof.Leaf(1, read[0].Body); err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s, want\n%s", name, err, got, want)
		}
	}
}
