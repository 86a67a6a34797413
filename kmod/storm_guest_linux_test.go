package kmod_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
)

// Who takes part in the storm: goroutines of this process, the first half of
// which share one Loader, and other processes.
const (
	stormGoroutines = 200
	stormLoaders    = 4 // of the other half
	stormProcesses  = 8
	stormActors     = stormGoroutines + stormProcesses

	// stormPart is how many modules an actor takes by lot, besides its share of
	// the set.
	stormPart = 12
)

// stormEnv holds the number of an actor that is a process.
const stormEnv = "GOKMOD_STORM_ACTOR"

// deed is what an actor has done. Failed holds what init functions said.
type deed struct {
	Inserted, Live, Failed []string
	Wrong                  []string // other errors
}

// TestGuestScaleStorm has many goroutines and processes load parts of the set at the same
// time. Each module is inserted by one of them.
func TestGuestScaleStorm(t *testing.T) {
	loader := guestLoader(t)
	set := scaleSet(t, loader.DB())
	if number := os.Getenv(stormEnv); number != "" {
		stormProcess(t, loader.DB(), set, number)
		return
	}
	before := inKernel(t, loader)
	deeds := storm(t, loader, set)
	live := inKernel(t, loader)

	inserted, failed := map[string]int{}, map[string]bool{}
	for _, d := range deeds {
		for _, wrong := range d.Wrong {
			t.Error(wrong)
		}
		for _, name := range append(d.Inserted, d.Live...) {
			if _, ok := live[name]; !ok {
				t.Errorf("%s was said to be there, but is not", name)
			}
		}
		for _, name := range d.Inserted {
			inserted[name]++
		}
		for _, name := range d.Failed {
			failed[name] = true
		}
	}
	for name := range live {
		// Two may both have inserted it: since 6.5 the kernel gives the same
		// answer to all who bring the same file at the same time.
		if _, old := before[name]; !old && inserted[name] == 0 {
			t.Errorf("%s is there, but nobody says to have inserted it", name)
		}
	}
	missing := 0
	for _, name := range set {
		if _, ok := live[name]; !ok {
			missing++
			if !failed[name] {
				t.Errorf("%s is not there, and nobody says why", name)
			}
		}
	}
	if len(inserted) < minScale || len(set)-missing < minScale {
		t.Errorf("only %d of %d modules are there", len(set)-missing, len(set))
	}
	t.Logf("%d modules inserted by %d actors; %d of the set failed by themselves", len(inserted), len(deeds), missing)
	removeAll(t, loader, before)
}

// storm starts all actors at once and returns what they did.
func storm(t *testing.T, shared *kmod.Loader, set []string) []deed {
	t.Helper()
	loaders := make([]*kmod.Loader, stormLoaders)
	for i := range loaders {
		loaders[i] = kmod.NewLoader(dbtest.Open(t, nil), &kmod.LoaderConfig{Unpack: kmod.UnpackKernel, Parallel: i + 1})
	}
	processes := make([]*stormChild, stormProcesses)
	for i := range processes {
		processes[i] = startChild(t, stormGoroutines+i)
	}
	deeds := make([]deed, stormActors)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range stormGoroutines {
		loader := shared
		if i%2 == 1 {
			loader = loaders[i/2%stormLoaders]
		}
		all.Go(func() {
			<-start
			deeds[i] = act(t, loader, set, i)
		})
	}
	for i, p := range processes {
		all.Go(func() {
			<-start
			deeds[stormGoroutines+i] = p.finish(t)
		})
	}
	close(start)
	all.Wait()
	return deeds
}

// act loads an actor's part of the set.
func act(t *testing.T, loader *kmod.Loader, set []string, actor int) deed {
	random := rand.New(rand.NewPCG(1, uint64(actor)))
	var part []string
	for i, name := range set {
		if i%stormActors == actor {
			part = append(part, name)
		}
	}
	for range stormPart {
		part = append(part, set[random.IntN(len(set))])
	}
	random.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
	var d deed
	result, err := loadAll(t.Context(), loader, part)
	if result == nil {
		d.Wrong = append(d.Wrong, fmt.Sprintf("actor %d: %v", actor, err))
		return d
	}
	for _, step := range result.Steps {
		name := step.Step.Module.Name
		switch {
		case step.Outcome == kmod.OutcomeInserted:
			d.Inserted = append(d.Inserted, name)
		case step.Outcome == kmod.OutcomeLive:
			d.Live = append(d.Live, name)
		case isAbsentSoft(&step):
		case fromInit(step.Err):
			d.Failed = append(d.Failed, name)
		case step.Outcome == kmod.OutcomeFailed || step.Outcome == kmod.OutcomeNotReached:
			d.Wrong = append(d.Wrong, fmt.Sprintf("actor %d: %s is %v: %v", actor, name, step.Outcome, step.Err))
		}
	}
	return d
}

// The lines that a child writes: that it can begin, and then its deed.
const (
	readyLine = "the storm can begin"
	deedMark  = "deed: "
)

// stormProcess is the actor of a process. It begins when its input ends.
func stormProcess(t *testing.T, db *kmod.DB, set []string, number string) {
	actor, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(readyLine)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		t.Fatal(err)
	}
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Unpack: kmod.UnpackKernel})
	text, err := json.Marshal(act(t, loader, set, actor))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s%s\n", deedMark, text)
}

// stormChild is this program as another process, which waits for its input to
// end.
type stormChild struct {
	cmd    *exec.Cmd
	begin  io.Closer
	output *bufio.Reader
	errors bytes.Buffer
}

// startChild returns when the child is ready.
func startChild(t *testing.T, actor int) *stormChild {
	t.Helper()
	c := &stormChild{cmd: exec.Command(os.Args[0], "-test.run=^TestGuestScaleStorm$")}
	c.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", stormEnv, actor))
	c.cmd.Stderr = &c.errors
	input, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.begin, c.output = input, bufio.NewReader(output)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := c.output.ReadString('\n'); err != nil || strings.TrimSpace(line) != readyLine {
		t.Fatalf("actor %d says %q, %v; %s", actor, line, err, &c.errors)
	}
	return c
}

// finish lets the child begin, and returns what it did.
func (c *stormChild) finish(t *testing.T) (d deed) {
	c.begin.Close()
	rest, err := io.ReadAll(c.output)
	if waitErr := c.cmd.Wait(); err == nil {
		err = waitErr
	}
	_, text, ok := strings.Cut(string(rest), deedMark)
	text, _, _ = strings.Cut(text, "\n")
	if err == nil && ok {
		err = json.Unmarshal([]byte(text), &d)
	}
	if err != nil || !ok {
		t.Errorf("a process said %q, %v; %s", rest, err, &c.errors)
	}
	return d
}
