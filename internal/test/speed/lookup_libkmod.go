//go:build libkmod && cgo

package main

import (
	"fmt"

	"github.com/gokmod/gokmod/internal/test/libkmodbench"
)

func init() {
	libkmodCold = func(dir, name string) error {
		if libkmodbench.Cold(dir, name) < 2 {
			return fmt.Errorf("libkmod does not find %s and what it needs", name)
		}
		return nil
	}
	libkmodWarm = func(dir, name string) (func(n int) error, error) {
		db := libkmodbench.Open(dir)
		if db == nil {
			return nil, fmt.Errorf("libkmod cannot open %s", dir)
		}
		return func(n int) error {
			if db.Lookup(name, n) < n {
				return fmt.Errorf("libkmod does not find %s", name)
			}
			return nil
		}, nil
	}
}
