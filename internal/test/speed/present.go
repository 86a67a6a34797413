package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gokmod/gokmod/kmod/uevent"
)

// presentParams are the parameters of the job that lists devices.
type presentParams struct {
	Dir     string `json:"dir"` // stands for /sys
	Devices int    `json:"devices"`
	Rounds  int    `json:"rounds"`
	CPU     bool   `json:"cpu"`
}

// present lists the devices in a directory.
func present(p *presentParams) (*report, error) {
	r := &report{}
	for range p.Rounds {
		clock, n := stopwatch(p.CPU), 0
		for _, err := range uevent.PresentIn(p.Dir) {
			if err != nil {
				return nil, err
			}
			n++
		}
		r.add(ourName, clock().Seconds())
		if n != p.Devices {
			return nil, fmt.Errorf("there are %d devices, not %d", n, p.Devices)
		}
	}
	return r, nil
}

// presentDevices is how many devices the row has.
const presentDevices = 3000

func measurePresent(ctx context.Context, l *lab, rounds int) (*measurement, error) {
	dir, err := l.scratch()
	if err != nil {
		return nil, err
	}
	alias := func(i int) string { return fmt.Sprintf("pci:v%08X", i) }
	if err := writeDevices(dir, presentDevices, alias); err != nil {
		return nil, err
	}
	r, err := l.runJob(ctx, l.job, "present", &presentParams{dir, presentDevices, rounds, l.cpu})
	if err != nil {
		return nil, err
	}
	return &measurement{
		what:       fmt.Sprintf("list %d devices (`uevent.Present`)", presentDevices),
		quantities: []quantity{{unit: seconds, ours: r.Values[ourName]}},
	}, nil
}

// writeDevices makes a directory that looks like a sysfs with devices, a hundred of them
// on each bus.
func writeDevices(dir string, n int, alias func(int) string) error {
	for i := range n {
		device := filepath.Join(dir, "devices", fmt.Sprint("pci", i/100), fmt.Sprint(i))
		if err := os.MkdirAll(filepath.Join(device, "power"), 0o755); err != nil {
			return err
		}
		for name, text := range map[string]string{"uevent": "DRIVER=x\n", "modalias": alias(i) + "\n"} {
			if err := os.WriteFile(filepath.Join(device, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
