package kubernetes

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemon is the program as in a pod, but for -n: it loads nothing.
type daemon struct {
	t      *testing.T
	cmd    *exec.Cmd
	policy string // its file
	log    *bufio.Scanner
	said   strings.Builder
}

// patience bounds how long a daemon may take to say something.
const patience = 5 * time.Minute

// startDaemon runs the program with the arguments of the manifest, for another address,
// root and policy file.
func startDaemon(t *testing.T, m *manifest, ip string) *daemon {
	t.Helper()
	d := &daemon{t: t, policy: filepath.Join(t.TempDir(), "policy")}
	d.write(m.policy.Data[filepath.Base(m.arg("config"))])
	_, port, err := net.SplitHostPort(m.arg("listen"))
	if err != nil {
		t.Fatal(err)
	}
	change := strings.NewReplacer("="+m.arg("root"), "="+hostRoot(t), "="+m.arg("config"), "="+d.policy,
		"$(POD_IP)", ip, ":"+port, ":0")
	args := []string{"-n"}
	for _, arg := range m.container().Args {
		args = append(args, change.Replace(arg))
	}
	d.cmd = exec.Command(build(t), args...)
	log, err := d.cmd.StderrPipe()
	if err == nil {
		err = d.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	d.log = bufio.NewScanner(log)
	late := time.AfterFunc(patience, func() { _ = d.cmd.Process.Kill() })
	t.Cleanup(func() {
		late.Stop()
		_ = d.cmd.Process.Kill()
		_ = d.cmd.Wait()
	})
	return d
}

// write replaces the policy as the kubelet does: the file is a link to one below ..data,
// which is a link to a directory of its own for each version, and the old one goes.
func (d *daemon) write(policy string) {
	d.t.Helper()
	volume, name := filepath.Split(d.policy)
	old, _ := os.Readlink(volume + "..data") // none at first
	version, err := os.MkdirTemp(volume, "..version")
	if err != nil {
		d.t.Fatal(err)
	}
	_ = os.Symlink(filepath.Join("..data", name), d.policy) // may be there
	if err = errors.Join(
		os.WriteFile(filepath.Join(version, name), []byte(policy), 0o644),
		os.Symlink(filepath.Base(version), volume+"..data_tmp"),
		os.Rename(volume+"..data_tmp", volume+"..data"),
	); err == nil && old != "" {
		err = os.RemoveAll(volume + old)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// await reads the log up to a message, and returns the line.
func (d *daemon) await(message string) (line struct{ Msg, Address string }) {
	d.t.Helper()
	for d.log.Scan() {
		d.said.WriteString(d.log.Text() + "\n")
		if json.Unmarshal(d.log.Bytes(), &line) == nil && line.Msg == message {
			return line
		}
	}
	d.t.Fatalf("it does not say %q:\n%s", message, d.said.String())
	return line
}

// get asks the program as the kubelet does.
func (d *daemon) get(address, path string) (status int, answer string) {
	d.t.Helper()
	response, err := http.Get("http://" + address + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// TestRun: the program takes the arguments, with a pod's address of either kind, answers
// the probes, follows the policy, and ends when it is told to.
func TestRun(t *testing.T) {
	_, m := readManifest(t)
	for _, ip := range []string{"127.0.0.1", "::1"} {
		t.Run(ip, func(t *testing.T) {
			t.Parallel() // it waits most of the time
			if probe, err := net.Listen("tcp", net.JoinHostPort(ip, "0")); err != nil {
				t.Skip(err)
			} else {
				probe.Close()
			}
			d := startDaemon(t, m, ip)
			address := d.await("listening").Address
			if status, answer := d.get(address, m.container().LivenessProbe.HTTPGet.Path); status != http.StatusOK {
				t.Errorf("it is not alive: %d %s", status, answer)
			}
			ready := m.container().ReadinessProbe.HTTPGet.Path
			d.await("ready")
			if status, answer := d.get(address, ready); status != http.StatusOK {
				t.Errorf("it is not ready: %d %s", status, answer)
			}
			metrics := m.daemonSet.Spec.Template.Annotations["prometheus.io/path"]
			if _, answer := d.get(address, metrics); !strings.Contains(answer, "\nondemand_resyncs_total 1\n") {
				t.Errorf("the metrics are %s", answer)
			}
			d.write("deny everything\n")
			d.await("not ready")
			if status, answer := d.get(address, ready); status != http.StatusServiceUnavailable ||
				!strings.Contains(answer, "deny everything") {
				t.Errorf("with a mistake in the policy: %d %s", status, answer)
			}
			d.write(m.policy.Data[filepath.Base(m.arg("config"))] + "\n")
			d.await("ready")
			if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			for d.log.Scan() {
			} // to its end
			if err := d.cmd.Wait(); err != nil {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}
