package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// jsonLine gives a value as a line of JSON. The tools print one object a line; names
// of fields stay, and there may be more of them in the future. Characters that are
// special in HTML stay as they are.
func jsonLine(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(value) // which does not fail with the types of the tools
	return b.Bytes()
}

// loadedJSON is a line of "lsmod --json".
type loadedJSON struct {
	Name     string   `json:"name"`
	Size     uint64   `json:"size"`     // bytes
	Refcount int      `json:"refcount"` // -1 if the kernel keeps none
	Holders  []string `json:"holders"`
	State    string   `json:"state"` // live, coming or going
	Taint    string   `json:"taint,omitempty"`
}

func newLoadedJSON(m *live.LoadedModule) *loadedJSON {
	return &loadedJSON{m.Name, m.Size, m.Refcount, append([]string{}, m.Holders...), m.State.String(), m.Taint}
}

// infoJSON is a line of "modinfo --json".
type infoJSON struct {
	Name       string              `json:"name"`
	Filename   string              `json:"filename,omitempty"` // empty for a built-in
	Builtin    bool                `json:"builtin,omitempty"`
	Fields     map[string][]string `json:"fields"` // without parameters; values in the order of the file
	Parameters []paramJSON         `json:"parameters,omitempty"`
	BuildID    string              `json:"build_id,omitempty"`
	Signature  *signatureJSON      `json:"signature,omitempty"`
}

type paramJSON struct {
	Name        string `json:"name"`
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"`
}

type signatureJSON struct {
	ID       string `json:"id"`
	Signer   string `json:"signer,omitempty"`
	Key      string `json:"key,omitempty"`
	HashAlgo string `json:"hash_algo,omitempty"`
	Value    string `json:"value,omitempty"`
}

func newInfoJSON(m kmod.Module, info *modinfo.Info, params *params) *infoJSON {
	j := &infoJSON{Name: m.Name, Filename: m.Path, Builtin: m.Builtin, Fields: map[string][]string{},
		BuildID: hex.EncodeToString(info.BuildID)}
	for _, f := range info.Fields {
		if f.Key != "parm" && f.Key != "parmtype" {
			j.Fields[f.Key] = append(j.Fields[f.Key], f.Value)
		}
	}
	for p := range params.all() {
		j.Parameters = append(j.Parameters, paramJSON{p.name, p.typ, p.text})
	}
	if sig := info.Signature; sig != nil && (sig.Err == nil || len(sig.Value) > 0) {
		j.Signature = &signatureJSON{sig.ID, sig.Signer, hex.EncodeToString(sig.Key), sig.HashAlgo, hex.EncodeToString(sig.Value)}
	}
	return j
}
