package sys

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/systest"
)

// requestVariable turns this test binary into a program that makes calls of
// this package: it holds a list of requests as JSON. The answers go to standard
// output in the same form.
const requestVariable = "GOKMOD_SYS_REQUEST"

// request is one call. Byte slices allow any text.
type request struct {
	Call   string // "finit", "init", "delete" or "release"
	File   string
	Image  []byte
	Params []byte
	Name   []byte
	Flags  int
}

// answer is the result of a call.
type answer struct {
	Plain bool // the error is nil or a syscall.Errno
	Errno int
	Text  string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(requestVariable); text != "" {
		serve(text)
	}
	os.Exit(m.Run())
}

// serve performs the requests and ends the process.
func serve(text string) {
	var requests []request
	err := json.Unmarshal([]byte(text), &requests)
	answers := []answer{}
	for _, r := range requests {
		answers = append(answers, r.do())
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func (r *request) do() answer {
	switch r.Call {
	case "finit":
		f, err := os.Open(r.File)
		if err != nil {
			return answer{Text: err.Error()}
		}
		defer f.Close()
		return describe(FinitModule(f, string(r.Params), r.Flags))
	case "init":
		return describe(InitModule(r.Image, string(r.Params)))
	case "delete":
		return describe(DeleteModule(string(r.Name), r.Flags))
	case "release":
		release, err := Release()
		a := describe(err)
		a.Text += release
		return a
	}
	return answer{Text: "unknown call"}
}

func describe(err error) answer {
	if err == nil {
		return answer{Plain: true}
	}
	var errno syscall.Errno
	errors.As(err, &errno)
	_, plain := err.(syscall.Errno)
	return answer{Plain: plain, Errno: int(errno), Text: err.Error()}
}

// program returns the command that makes the requests.
func program(t *testing.T, requests ...request) systest.Command {
	t.Helper()
	text, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	return systest.Self("NoTest", requestVariable+"="+string(text))
}

// answers runs the program and returns one answer for each request.
func answers(t *testing.T, command systest.Command, handler systest.Handler) []answer {
	t.Helper()
	stdout, stderr, exit := systest.Run(t, command, handler)
	var got []answer
	if err := json.Unmarshal(stdout, &got); err != nil || exit != 0 {
		t.Fatalf("exit %d, stdout %q, stderr %q: %v", exit, stdout, stderr, err)
	}
	return got
}
