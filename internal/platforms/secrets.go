package platforms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// DefaultSecrets is the folder of secrets that references may name where the host says
// nothing.
const DefaultSecrets = "file:/run/secrets/"

// maxSecretBytes bounds a file that holds a secret.
const maxSecretBytes = 64 << 10

// ErrSecretNotAllowed says that the host does not let a reference be read.
var ErrSecretNotAllowed = errors.New("refers to none of the secrets that this installation allows")

// SecretReader reads what secret references refer to: those alone that a list allows,
// env:NAME, file:/path, or file:/folder/ for the files in a folder.
type SecretReader struct{ Allowed []string }

// Check refuses a list that holds something else, or a folder in which each process finds
// the environments of others.
func (r SecretReader) Check() error {
	for _, allowed := range r.Allowed {
		name, isVariable := strings.CutPrefix(allowed, "env:")
		file, isFile := strings.CutPrefix(allowed, "file:")
		switch {
		case isVariable && name != "":
		case !isFile || !path.IsAbs(file) || path.Clean(file) != strings.TrimSuffix(file, "/"):
			return fmt.Errorf("%q must read env:NAME, file:/path or file:/folder/", allowed)
		case slices.Contains([]string{"proc", "sys", "dev"}, strings.Split(file, "/")[1]):
			return fmt.Errorf("%q is no place of secrets", allowed)
		}
	}
	return nil
}

// Allows refuses a reference that the list does not allow.
func (r SecretReader) Allows(reference string) error {
	_, _, err := r.place(reference)
	return err
}

// place finds the entry of the list that allows a reference. Of a file in a folder it is
// the folder, and the rest of the path.
func (r SecretReader) place(reference string) (folder, file string, err error) {
	name, isFile := strings.CutPrefix(reference, "file:")
	if !isFile {
		if strings.HasPrefix(reference, "env:") && slices.Contains(r.Allowed, reference) {
			return "", "", nil
		}
		return "", "", ErrSecretNotAllowed
	}
	if path.Clean(name) != name {
		return "", "", ErrSecretNotAllowed
	}
	if slices.Contains(r.Allowed, reference) {
		return "", name, nil
	}
	for _, allowed := range r.Allowed {
		if rest, is := strings.CutPrefix(reference, allowed); is && rest != "" && strings.HasPrefix(allowed, "file:") && strings.HasSuffix(allowed, "/") {
			return strings.TrimPrefix(allowed, "file:"), rest, nil
		}
	}
	return "", "", ErrSecretNotAllowed
}

// Read reads a secret. A link in a folder that leads out of it is not followed.
func (r SecretReader) Read(_ context.Context, reference string) (string, error) {
	folder, file, err := r.place(reference)
	if err != nil {
		return "", err
	}
	if name, is := strings.CutPrefix(reference, "env:"); is {
		secret, set := os.LookupEnv(name)
		if !set {
			return "", fmt.Errorf("environment variable %s is not set", name)
		}
		return secret, nil
	}
	if folder == "" {
		return read(os.OpenFile(file, readOnly, 0))
	}
	in, err := os.OpenRoot(folder)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	return read(in.OpenFile(file, readOnly, 0))
}

// readOnly does not wait for somebody who writes, as a pipe would.
const readOnly = os.O_RDONLY | syscall.O_NONBLOCK

// read reads a regular file, and no more of it than a secret has.
func read(f *os.File, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	if is, err := f.Stat(); err != nil || !is.Mode().IsRegular() {
		return "", errors.Join(err, errors.New("it is no file"))
	}
	secret, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err == nil && len(secret) > maxSecretBytes {
		err = fmt.Errorf("it has more than %d bytes", maxSecretBytes)
	}
	return strings.TrimRight(string(secret), "\r\n"), err
}

// ReadSecret reads what a reference refers to.
func (pl *Platforms) ReadSecret(ctx context.Context, reference string) (string, error) {
	if pl.Secrets != nil {
		return pl.Secrets(ctx, reference)
	}
	return pl.Reader.Read(ctx, reference)
}

// CheckSecret refuses a reference that could never be read. A host that reads secrets by a
// function of its own refuses there. Empty is none.
func (pl *Platforms) CheckSecret(reference string) error {
	if pl.Secrets != nil || reference == "" {
		return nil
	}
	return pl.Reader.Allows(reference)
}

// CheckSet refuses a reference to an environment variable that this process does not have.
// A file may be put there later.
func (pl *Platforms) CheckSet(reference string) error {
	name, is := strings.CutPrefix(reference, "env:")
	if pl.Secrets != nil || !is {
		return nil
	}
	if _, set := os.LookupEnv(name); !set {
		return fmt.Errorf("environment variable %s is not set", name)
	}
	return nil
}
