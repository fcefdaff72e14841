package journal

import "time"

// InSets has some work done, and its outcomes saved: every so often while it goes on, and
// a last time at its end. Only the error of the last time counts.
func InSets(every time.Duration, work func(), save func(last bool) error) error {
	done := make(chan struct{})
	go func() { defer close(done); work() }()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = save(false) // what could not be saved is saved later
		case <-done:
			return save(true)
		}
	}
}
