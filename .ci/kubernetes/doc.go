// Package kubernetes has no code, only the tests of the manifest in
// examples/ondemand/kubernetes: by the types of the API, and with the program that it
// runs.
package kubernetes
