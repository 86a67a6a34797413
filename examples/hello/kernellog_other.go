//go:build !linux

package main

import "errors"

// kernelLog is the log of a Linux kernel; there is none here.
type kernelLog struct{}

func openKernelLog() (*kernelLog, error) { return nil, errors.ErrUnsupported }

// Lines never has any.
func (*kernelLog) Lines() ([]string, error) { return nil, errors.ErrUnsupported }

// Close does nothing.
func (*kernelLog) Close() error { return nil }
