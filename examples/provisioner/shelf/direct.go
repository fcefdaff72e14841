package shelf

import "errors"

// What Look and Give may say.
var (
	ErrMissing = errors.New("there is no such folder or user")
	ErrFailed  = errors.New("the disk is full")
)

// Look says who gave what to a user on a folder, to programs that run beside the
// platform.
func (s *Shelf) Look(key, folder, user string) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.knows(key, folder, user); err != nil {
		return nil, err
	}
	var all []Entry
	for e, level := range s.access {
		if e.folder == folder && e.user == user {
			all = append(all, Entry{e.by, level})
		}
	}
	return all, nil
}

// Give sets what the owner of a key gives to a user on a folder: read, write or none.
func (s *Shelf) Give(key, folder, user, level string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.knows(key, folder, user); err != nil {
		return err
	}
	if e := (entry{folder, user, s.keys[key]}); level == "none" {
		delete(s.access, e)
	} else {
		s.access[e] = level
	}
	return nil
}

func (s *Shelf) knows(key, folder, user string) error {
	if s.keys[key] == "" || s.broken[key] {
		return ErrFailed
	}
	_, made := s.folders[folder]
	if _, known := s.users[user]; !made || !known {
		return ErrMissing
	}
	return nil
}
