package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// A job is run by this program as a process of its own, started with jobWord, the job's
// name and its parameters as JSON. It prints a line with its report.
const (
	jobWord = "job"
	jobMark = "report of the job: "
)

// report is what a job measured.
type report struct {
	// Values are seconds or counts, one for each round, by what was measured.
	Values map[string][]float64 `json:"values"`

	// Peak is the largest memory of the process so far, in bytes.
	Peak float64 `json:"peak"`

	// Note is shown while measuring.
	Note string `json:"note,omitempty"`
}

// add adds a value to those of a name.
func (r *report) add(name string, value float64) {
	if r.Values == nil {
		r.Values = map[string][]float64{}
	}
	r.Values[name] = append(r.Values[name], value)
}

// jobs are the jobs by name.
var jobs = map[string]func(params []byte) (*report, error){
	"decode":  job(decode),
	"lookup":  job(lookup),
	"present": job(present),
	"sleep":   job(sleep),
	"load":    job(load),
	"tree":    job(writeTree),
	"growth":  job(grow),
}

// job is a job whose parameters have a type.
func job[P any](run func(*P) (*report, error)) func([]byte) (*report, error) {
	return func(text []byte) (*report, error) {
		params := new(P)
		if err := json.Unmarshal(text, params); err != nil {
			return nil, err
		}
		return run(params)
	}
}

// runJob runs a job and prints its report.
func runJob(name, params string) int {
	run := jobs[name]
	if run == nil {
		fmt.Fprintln(os.Stderr, "unknown job", name)
		return 2
	}
	r, err := run([]byte(params))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	r.Peak = ownPeak()
	line, err := json.Marshal(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("\n%s%s\n", jobMark, line)
	return 0
}

// errNoReport means that a job ended without a report.
var errNoReport = errors.New("the job printed no report")

// readReport finds a report in what a job printed.
func readReport(output []byte) (*report, error) {
	_, line, found := bytes.Cut(output, []byte("\n"+jobMark))
	if !found {
		return nil, fmt.Errorf("%w: %.500s", errNoReport, output)
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	r := new(report)
	return r, json.Unmarshal(line, r)
}
