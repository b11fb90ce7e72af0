package storetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/internal/peer"
)

// A Server is a real one, a process of its own on this machine that can be killed and started again.
type Server struct {
	Address string // 127.0.0.1:PORT
	Dir     string // where it keeps its data
	t       *testing.T
	path    string
	args    []string
	env     []string
	ready   string // the path of a page that it gives with any status when it is up
	process *exec.Cmd
	log     *os.File
}

// S3 starts versitygw, which keeps buckets as directories: Dir/bucket and Dir/other are there. Its credentials are put into the
// environment.
func S3(t *testing.T) *Server {
	s := newServer(t, "versitygw", "/")
	for _, bucket := range []string{"bucket", "other"} {
		if err := os.Mkdir(filepath.Join(s.Dir, bucket), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	s.args = []string{"--port", s.Address, "posix", s.Dir}
	s.env = []string{"ROOT_ACCESS_KEY=AKIATEST", "ROOT_SECRET_KEY=secrettest"}
	S3Environment(t, "http://"+s.Address)
	s.Start()
	return s
}

// S3Environment sets the variables for a server that S3 starts, and for no other.
func S3Environment(t *testing.T, endpoint string) {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secrettest")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
}

// Registry starts the registry of the distribution project.
func Registry(t *testing.T) *Server {
	s := newServer(t, "registry", "/v2/")
	config := filepath.Join(t.TempDir(), "config.yml")
	text := fmt.Sprintf("version: 0.1\nlog:\n  level: warn\nstorage:\n  filesystem:\n    rootdirectory: %s\n  delete:\n    enabled: true\nhttp:\n  addr: %s\n",
		s.Dir, s.Address)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.args = []string{"serve", config}
	s.env = []string{"OTEL_TRACES_EXPORTER=none"}
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	s.Start()
	return s
}

// newServer has the program built: testdata/servers says which version. It is one of the peers, as that takes minutes
// and a network.
func newServer(t *testing.T, name, ready string) *Server {
	t.Helper()
	if _, err := peer.FromEnv(); err != nil {
		missing(t, err)
	}
	_, file, _, _ := runtime.Caller(0)
	cmd := exec.Command("go", "tool", "-n", name)
	cmd.Dir = filepath.Join(filepath.Dir(file), "testdata", "servers", name)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		var text []byte
		if exit, ok := err.(*exec.ExitError); ok {
			text = exit.Stderr
		}
		missing(t, fmt.Errorf("%s cannot be built: %w\n%s", name, err, text))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return &Server{t: t, path: strings.TrimSpace(string(out)), Address: listener.Addr().String(), Dir: t.TempDir(), ready: ready}
}

// missing skips the test, or fails it where it has to run.
func missing(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" && os.Getenv("GOPAHOLE_PEERS") != "none" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// Start starts it, again after Kill.
func (s *Server) Start() {
	s.t.Helper()
	cmd := exec.Command(s.path, s.args...)
	cmd.Env = append(os.Environ(), s.env...)
	if s.log == nil {
		log, err := os.Create(filepath.Join(s.t.TempDir(), "log"))
		if err != nil {
			s.t.Fatal(err)
		}
		s.log = log
		s.t.Cleanup(func() {
			s.Kill()
			if s.t.Failed() {
				s.log.Seek(0, io.SeekStart)
				text, _ := io.ReadAll(s.log)
				s.t.Logf("log of %s:\n%s", filepath.Base(s.path), text[max(0, len(text)-4000):])
			}
			s.log.Close()
		})
	}
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.process = cmd
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	for {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Address+s.ready, nil)
		response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
		if err == nil {
			response.Body.Close()
			return
		}
		if ctx.Err() != nil {
			s.t.Fatalf("%s does not answer: %v", filepath.Base(s.path), err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Kill kills it as a loss of power would.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Process.Kill()
		s.process.Wait()
		s.process = nil
	}
}
