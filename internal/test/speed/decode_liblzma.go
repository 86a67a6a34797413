//go:build liblzma && cgo

package main

import "github.com/gokmod/gokmod/internal/test/liblzmabench"

func init() { lzmaDecode, lzmaVersion = liblzmabench.Decode, "liblzma "+liblzmabench.Version() }
