package kubernetes

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/yaml"
)

// readme is the page about the manifest, and metricsFile what has the program's metrics.
const (
	readme      = "../../examples/ondemand/kubernetes/README.md"
	metricsFile = "../../examples/ondemand/metrics.go"
)

// block matches a block of code, with its language.
var block = regexp.MustCompile("(?s)\n```(\\w+)\n(.*?)\n```\n")

// rules are rules of Prometheus.
type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For string
			Annotations      map[string]string
		}
	}
}

// TestExamples: the examples of the page are well-formed.
func TestExamples(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	alerts := 0
	for _, match := range block.FindAllStringSubmatch(string(text), -1) {
		var err error
		var value any
		switch code := match[2]; match[1] {
		case "json":
			err = json.Unmarshal([]byte(code), &value)
		case "yaml":
			err = yaml.Unmarshal([]byte(code), &value)
			if strings.HasPrefix(code, "groups:") {
				var r rules
				err = yaml.UnmarshalStrict([]byte(code), &r)
				for _, group := range r.Groups {
					alerts += len(group.Rules)
				}
			}
		case "sh":
			cmd := exec.Command("sh", "-n")
			cmd.Stdin = strings.NewReader(code)
			err = cmd.Run()
		default:
			t.Errorf("a block of %s", match[1])
		}
		if err != nil {
			t.Errorf("%v in\n%s", err, match[2])
		}
	}
	if alerts == 0 {
		t.Error("no alerts were found")
	}
}

// TestMetricNames: the program has the metrics that the page speaks of.
func TestMetricNames(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(metricsFile)
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`ondemand_(\w+)`).FindAllStringSubmatch(string(text), -1)
	if len(names) == 0 {
		t.Error("no metrics were found")
	}
	for _, name := range names {
		if !strings.Contains(string(source), `{"`+name[1]+`", "`) {
			t.Errorf("there is no metric %s", name[0])
		}
	}
}
