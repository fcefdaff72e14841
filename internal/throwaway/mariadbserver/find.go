package mariadbserver

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// FolderVariable names the environment variable that says which server Start runs:
// the folder of an unpacked MariaDB, with its bin and share.
const FolderVariable = "GRANTWRIGHT_MARIADB"

// programs are those of one MariaDB, and how they are told where the rest of it is.
type programs struct {
	installer, daemon string
	options           []string
}

// find returns the programs of the folder in FolderVariable, or else those on PATH
// or where systems put what only root should start.
func find() (programs, error) {
	folders := append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin", "/usr/libexec")
	var options []string
	if base := os.Getenv(FolderVariable); base != "" {
		folders = nil
		for _, inside := range []string{"bin", "sbin", "libexec", "scripts"} {
			folders = append(folders, filepath.Join(base, inside))
		}
		options = []string{"--basedir=" + base}
	}
	p := programs{first(folders, "mariadb-install-db"), first(folders, "mariadbd"), options}
	if p.installer == "" || p.daemon == "" {
		return programs{}, errors.New("mariadbserver: no MariaDB server found; internal/throwaway/mariadbserver/install.sh installs it, or set " + FolderVariable)
	}
	return p, nil
}

func first(folders []string, program string) string {
	for _, folder := range folders {
		if path, err := exec.LookPath(filepath.Join(folder, program)); err == nil {
			return path
		}
	}
	return ""
}
