package main

import (
	"fmt"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

func TestSymbols(t *testing.T) {
	w, modprobe, _ := goldenWorld(t)
	dir := writeFiles(t, map[string][]byte{
		"text.ko": []byte("hello\n"),
		"bare.ko": withFields("name=bare"),
		"some":    modtest.Named("some", []string{"b", "a"}, []string{"z", "y"}).Build(),
		"nocrc":   (&modtest.Module{Exports: []modtest.Export{{Name: "a"}}, Stripped: true}).Build(),
	}) + "/"
	runCases(t, w, []toolCase{
		{modprobe + "--show-exports gm-mid", answer{"0xd49cb85f\tgm_mid_fn\n", "", 0}},
		{modprobe + "--show-exports", answer{"", "modprobe: ERROR: missing parameters. See -h.\n", 1}},
		{modprobe + "--show-exports gm_built_in", answer{"", "modprobe: FATAL: Module gm_built_in not found.\n", 1}},
		{modprobe + "--show-modv nosuch", answer{"", "modprobe: FATAL: Module nosuch not found.\n", 1}},
		{modprobe + "--show-exports lib", answer{"", "modprobe: FATAL: could not get symbols of lib: Is a directory\n", 1}},
		{modprobe + "--show-exports " + dir + "text.ko", answer{"", "modprobe: FATAL: could not get symbols of " + dir + "text.ko: Exec format error\n", 1}},
		{modprobe + "--show-exports " + dir + "bare.ko",
			answer{"", "modprobe: FATAL: could not get symbols of " + dir + "bare.ko: No data available\n", 1}},
		{modprobe + "--dump-modversions " + dir + "bare.ko",
			answer{"", "modprobe: FATAL: could not get modversions of " + dir + "bare.ko: No data available\n", 1}},
		{modprobe + "--show-exports " + dir + "some", answer{crcLine("b") + crcLine("a"), "", 0}},
		{modprobe + "--dump-modversions " + dir + "some", answer{crcLine("z") + crcLine("y"), "", 0}},
		{modprobe + "--show-exports " + dir + "nocrc", answer{"0x00000000\ta\n", "", 0}},
	})
}

// crcLine is the line for a symbol of a module made by modtest.Named.
func crcLine(name string) string { return fmt.Sprintf("0x%08x\t%s\n", modtest.CRC(name), name) }
