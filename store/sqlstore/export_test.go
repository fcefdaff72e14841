package sqlstore

import "database/sql"

// Pools are what OpenSQLite opened.
func (s *Store) Pools() (read, write *sql.DB) { return s.read.DB, s.write.DB }
