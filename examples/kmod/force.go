package main

import "github.com/gokmod/gokmod/kmod/live"

// Keys of the options that force one thing; they have no short form.
const (
	keyForceModversion rune = iota + 1000
	keyForceVermagic
)

// forceFlags are the flags that an option to force things stands for.
func forceFlags(key rune) live.InsertFlags {
	switch key {
	case keyForceModversion:
		return live.IgnoreModversions
	case keyForceVermagic:
		return live.IgnoreVermagic
	}
	return live.ForceInsert
}
