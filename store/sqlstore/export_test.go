package sqlstore

import "database/sql"

// Pools are what OpenSQLite opened.
func (s *Store) Pools() (read, write *sql.DB) { return s.read.DB, s.write.DB }

// Waiting is how many commits wait for the one that is under way.
func (s *Store) Waiting() int {
	s.commits.mu.Lock()
	defer s.commits.mu.Unlock()
	return len(s.commits.waiting)
}

// Busy reports whether a commit is under way.
func (s *Store) Busy() bool {
	s.commits.mu.Lock()
	defer s.commits.mu.Unlock()
	return s.commits.busy
}
