package setup

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxLine bounds the lines of files that are read.
const maxLine = 1 << 20

// readConfig reads a .config. Symbols are without CONFIG_, strings without quotes; those that are not set are not there.
func readConfig(r io.Reader) (map[string]string, error) {
	config := make(map[string]string)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if name, is := strings.CutPrefix(name, "CONFIG_"); ok && is {
			config[name] = strings.Trim(value, `"`)
		}
	}
	return config, lines.Err()
}

// dependsOn returns the conditions of an option in a file of Kconfig, one for each line "depends on".
func dependsOn(r io.Reader, option string) ([]string, error) {
	var all []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	inside := false
	for lines.Scan() {
		line := lines.Text()
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case line[0] != ' ' && line[0] != '\t':
			inside = len(fields) == 2 && (fields[0] == "config" || fields[0] == "menuconfig") && fields[1] == option
		case inside && fields[0] == "help":
			inside = false
		case inside && len(fields) > 2 && fields[0] == "depends" && fields[1] == "on":
			condition := strings.Join(fields[2:], " ")
			for strings.HasSuffix(condition, `\`) && lines.Scan() {
				condition = strings.TrimSuffix(condition, `\`) + strings.TrimSpace(lines.Text())
			}
			all = append(all, condition)
		}
	}
	return all, lines.Err()
}

// withFile calls f with a file that need not be there.
func withFile(name string, f func(io.Reader) error) (found bool, err error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	return true, f(file)
}
