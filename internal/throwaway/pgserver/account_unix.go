//go:build unix

package pgserver

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the server runs as: PostgreSQL refuses to run as root. The
// zero account is ourselves.
type account struct{ credential *syscall.Credential }

// serverAccount picks the account and gives it the folder.
func serverAccount(dir string) (account, error) {
	if os.Getuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return account{}, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return account{}, err
		}
		a := account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return a, a.own(dir)
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

func (a account) own(path string) error {
	if a.credential == nil {
		return nil
	}
	return os.Chown(path, int(a.credential.Uid), int(a.credential.Gid))
}

// within returns the folder of the server's programs, where the account may run
// them: a copy in its own folder of those that lie below a folder that only we
// may enter, like the home of root.
func (a account) within(bin, dir string) (string, error) {
	if a.credential == nil || open(bin) {
		return bin, nil
	}
	own := filepath.Join(dir, "server")
	err := os.CopyFS(own, os.DirFS(filepath.Dir(bin)))
	return filepath.Join(own, filepath.Base(bin)), err
}

// open reports whether everybody may enter a folder and all that hold it.
func open(dir string) bool {
	const everybody = 0o005 // may read and enter
	about, err := os.Stat(dir)
	if err != nil || about.Mode().Perm()&everybody != everybody {
		return false
	}
	return filepath.Dir(dir) == dir || open(filepath.Dir(dir))
}

// applyTo makes the command run as the account, in a group of its own: an
// interrupt from the terminal is for us, and we end the server.
func (a account) applyTo(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential, Setpgid: true}
	c.Dir = "/"
}
