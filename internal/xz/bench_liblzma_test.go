//go:build liblzma && cgo

package xz

import "github.com/gokmod/gokmod/internal/test/liblzmabench"

func init() { liblzma = liblzmabench.Decode }
