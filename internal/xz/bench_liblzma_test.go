//go:build liblzma && cgo

package xz

import "github.com/gokmod/gokmod/internal/xz/liblzmabench"

func init() { liblzma = liblzmabench.Decode }
