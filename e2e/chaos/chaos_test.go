package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		exit(beEngine())
	}
	os.Exit(m.Run())
}

// chaosVariable says how long the faults go on, if not for fifty seconds.
const chaosVariable = "CHAOS_FOR"

func TestRecordsAndPlatformAgreeUnderEveryFault(t *testing.T) {
	o := options{lasts: 50 * time.Second, seed: rand.Uint64(), requests: 200}
	if given := os.Getenv(chaosVariable); given != "" {
		var err error
		if o.lasts, err = time.ParseDuration(given); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(t.Context(), o, t.Output()); err != nil {
		t.Fatal(fmt.Errorf("seed %d: %w", o.seed, err))
	}
}
