package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// VersionVariable names the environment variable that says which server Start
// runs: a major version, as in 18, or the folder that holds its initdb and
// postgres.
const VersionVariable = "GRANTWRIGHT_POSTGRES"

// fetched is the folder, in the one of a checkout, below which install.sh puts
// the versions that the system does not have.
const fetched = ".postgres"

// Find returns the folder that holds the initdb and postgres of a version: a
// major version, such a folder itself, or empty for any: the one on PATH, else
// the newest below /usr/lib/postgresql.
func Find(version string) (string, error) {
	if version == "" {
		return findAny()
	}
	if _, err := strconv.Atoi(version); err != nil {
		return version, nil
	}
	if bin, err := onPath(); err == nil && majorOf(bin) == version {
		return bin, nil
	}
	for _, bin := range append([]string{filepath.Join("/usr/lib/postgresql", version, "bin")}, fetchedBins(version)...) {
		if _, err := os.Stat(filepath.Join(bin, "initdb")); err == nil {
			return bin, nil
		}
	}
	return "", fmt.Errorf("pgserver: no PostgreSQL %s found; internal/throwaway/pgserver/install.sh %s installs it", version, version)
}

func findAny() (string, error) {
	if bin, err := onPath(); err == nil {
		return bin, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("pgserver: no PostgreSQL server found on PATH or under /usr/lib/postgresql; install it, or set " + VersionVariable)
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return versionFolder(a) - versionFolder(b) })
	return filepath.Dir(newest), nil
}

func versionFolder(initdb string) int {
	version, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	return version
}

func onPath() (string, error) {
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", err
	}
	initdb, err = filepath.EvalSymlinks(initdb)
	return filepath.Dir(initdb), err
}

// majorOf asks initdb, which says "initdb (PostgreSQL) 15.18 …".
func majorOf(bin string) string {
	says, _ := exec.Command(filepath.Join(bin, "initdb"), "--version").Output()
	_, version, _ := strings.Cut(string(says), "(PostgreSQL) ")
	return version[:len(version)-len(strings.TrimLeft(version, "0123456789"))]
}

// fetchedBins is where a fetched version may be: in a checkout that holds the
// working directory.
func fetchedBins(version string) []string {
	dir, err := os.Getwd()
	var bins []string
	for err == nil {
		bins = append(bins, filepath.Join(dir, fetched, version, "bin"))
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return bins
}
