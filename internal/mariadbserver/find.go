package mariadbserver

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// FolderVariable names the environment variable that says which server Start runs:
// the folder that holds its mariadbd and mariadb-install-db.
const FolderVariable = "GRANTWRIGHT_MARIADB"

// find returns the programs of the folder in FolderVariable, or else those on PATH
// or where systems put what only root should start.
func find() (installer, daemon string, err error) {
	folders := append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin", "/usr/libexec")
	if folder := os.Getenv(FolderVariable); folder != "" {
		folders = []string{folder}
	}
	installer, daemon = first(folders, "mariadb-install-db"), first(folders, "mariadbd")
	if installer == "" || daemon == "" {
		return "", "", errors.New("mariadbserver: no MariaDB server found; internal/mariadbserver/install.sh installs it, or set " + FolderVariable)
	}
	return installer, daemon, nil
}

func first(folders []string, program string) string {
	for _, folder := range folders {
		if path, err := exec.LookPath(filepath.Join(folder, program)); err == nil {
			return path
		}
	}
	return ""
}
