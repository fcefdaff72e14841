package throwaway

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Feed hands a script to the client of a database, as a person does who pastes it, and
// returns what the client writes. The client runs in a folder, where what it may write to
// files appears. Of the environment it has PATH and what is given.
func Feed(ctx context.Context, folder, script string, environment []string, program string, args ...string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("throwaway: no %s found: %w", program, err)
	}
	client := exec.CommandContext(ctx, path, args...)
	client.Dir, client.Stdin = folder, strings.NewReader(script)
	client.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "LC_ALL=C.UTF-8"}, environment...)
	var output bytes.Buffer
	client.Stdout, client.Stderr = &output, &output
	if err := client.Run(); err != nil {
		return output.String(), fmt.Errorf("%s: %w\n%s", program, err, output.String())
	}
	return output.String(), nil
}
