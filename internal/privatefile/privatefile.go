// Package privatefile looks after files that hold secrets or the records of people.
package privatefile

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// Check refuses a file that others than its owner may read or write, as ssh does with
// keys, and what is no regular file. Windows has no such modes.
func Check(path string) error {
	about, err := os.Stat(path)
	switch {
	case err != nil:
		if _, is := os.Readlink(path); is == nil {
			return fmt.Errorf("%s is a symbolic link to something that cannot be read: %w", path, err)
		}
		return err
	case !about.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file", path)
	case runtime.GOOS != "windows" && about.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s can be read or written by others than its owner (mode %04o): chmod 600 it", path, about.Mode().Perm())
	}
	return nil
}

// Make writes a line of text into a new file that only its owner reads. The error wraps
// os.ErrExist where there is one already.
func Make(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text + "\n")
	return errors.Join(err, file.Sync(), file.Close())
}
