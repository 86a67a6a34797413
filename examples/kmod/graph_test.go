package main

import (
	"strings"
	"testing"
)

func TestGraph(t *testing.T) {
	w, modprobe, dir := goldenWorld(t)
	graph := "kmod graph " + strings.TrimPrefix(modprobe, "modprobe ")
	dot := "digraph modules {\n\trankdir=LR\n\tnode [shape=box]\n\t\"gm_base\"\n\t\"gm_mid\" [penwidth=2]\n\t\"gm_mid\" -> \"gm_base\"\n}\n"
	runCases(t, w, []toolCase{
		{graph + "gm-mid", answer{dot, "", 0}},
		{graph + "--mermaid gm_base", answer{"graph LR\n\tm0[\"gm_base\"]\n\tstyle m0 stroke-width:3px\n", "", 0}},
		{graph + "gm_mid nosuch", answer{"", "graph: WARNING: Module nosuch not found in directory " + strings.TrimSuffix(dir, "/") + "\n", 1}},
		{graph, answer{"", "graph: ERROR: missing module or filename.\n", 1}},
		{graph + "-x", answer{"", "graph: invalid option -- 'x'\n", 1}},
		{"kmod graph --version", answer{version, "", 0}},
	})
	if got := w.run("kmod", "graph", "-h"); got.status != 0 || !strings.HasPrefix(got.stdout, "Usage:\n\tkmod graph [options]") {
		t.Errorf("help: %+v", got)
	}
}
