package vm

import (
	"crypto/rand"
	"encoding/json"
	"path"
)

// Names in the guest.
const (
	taskFile = "/vm.json"
	initFile = "/init"
)

// task is what the host tells the guest, in taskFile.
type task struct {
	// Token marks the result line: nothing else can print it by accident.
	Token string `json:"token"`
	// Port is the device for output and result.
	Port string   `json:"port"`
	Args []string `json:"args"`
	Env  []string `json:"env"`
}

// outcome is what the guest tells the host, on the last line.
type outcome struct {
	// Exit is the child's exit status, or 128 plus the signal that ended it.
	Exit int `json:"exit"`
	// Error says why the child could not be run.
	Error string `json:"error,omitempty"`
}

// buildImage builds the initramfs of a run.
func buildImage(k *Kernel, cfg *Config, t task) (*image, error) {
	m := newImage()
	for _, dir := range []string{"dev", "proc", "sys", "tmp", "run", "root", "etc"} {
		m.addDir(dir)
	}
	data, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	if err := m.add(File{Guest: taskFile, Data: data}); err != nil {
		return nil, err
	}
	if err := m.addProgram(File{Guest: initFile, Host: cfg.Program, Mode: 0o755}); err != nil {
		return nil, err
	}
	if err := m.addModules(k, cfg.Modules, cfg.ModuleDirs); err != nil {
		return nil, err
	}
	for _, f := range cfg.Files {
		f.Guest = path.Clean(f.Guest)
		if err := m.addProgram(f); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// newTask makes the guest's instructions with a fresh token.
func newTask(p *platform, cfg *Config) task {
	return task{Token: "gokmod-vm-" + rand.Text(), Port: p.result, Args: cfg.Args, Env: cfg.Env}
}
