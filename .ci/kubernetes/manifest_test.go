package kubernetes

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// manifestFile is the manifest.
const manifestFile = "../../examples/ondemand/kubernetes/ondemand.yaml"

// manifest is what the manifest makes in a cluster.
type manifest struct {
	namespace *corev1.Namespace
	account   *corev1.ServiceAccount
	policy    *corev1.ConfigMap
	daemonSet *appsv1.DaemonSet
}

// parseManifest decodes every document as the API server does when it is told to be
// strict: a field that its type does not have, or has in another case, is an error, and
// so is a key that is there twice.
func parseManifest(text []byte) (*manifest, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), appsv1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme,
		json.SerializerOptions{Yaml: true, Strict: true})
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	m := &manifest{}
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return m, m.complete()
		} else if err != nil {
			return nil, err
		}
		object, kind, err := decoder.Decode(document, nil, nil)
		if err != nil {
			return nil, err
		}
		if err := m.add(object); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
	}
}

// add takes in an object. There is one of each kind.
func (m *manifest) add(object runtime.Object) error {
	there := false
	switch o := object.(type) {
	case *corev1.Namespace:
		there, m.namespace = m.namespace != nil, o
	case *corev1.ServiceAccount:
		there, m.account = m.account != nil, o
	case *corev1.ConfigMap:
		there, m.policy = m.policy != nil, o
	case *appsv1.DaemonSet:
		there, m.daemonSet = m.daemonSet != nil, o
	default:
		return errors.New("not expected")
	}
	if there {
		return errors.New("there are two")
	}
	return nil
}

// complete reports what is missing.
func (m *manifest) complete() error {
	if m.namespace == nil || m.account == nil || m.policy == nil || m.daemonSet == nil {
		return errors.New("one of Namespace, ServiceAccount, ConfigMap and DaemonSet is missing")
	}
	if n := len(m.daemonSet.Spec.Template.Spec.Containers); n != 1 {
		return fmt.Errorf("%d containers", n)
	}
	return nil
}

// pod is what each node runs.
func (m *manifest) pod() *corev1.PodSpec { return &m.daemonSet.Spec.Template.Spec }

// container is the pod's only one.
func (m *manifest) container() *corev1.Container { return &m.pod().Containers[0] }

// volume returns a volume of the pod, nil if there is none of that name.
func (m *manifest) volume(name string) *corev1.Volume {
	for i := range m.pod().Volumes {
		if v := &m.pod().Volumes[i]; v.Name == name {
			return v
		}
	}
	return nil
}

// arg returns the value of one of the program's options, which are written -NAME=VALUE.
func (m *manifest) arg(name string) string {
	for _, arg := range m.container().Args {
		if value, found := strings.CutPrefix(arg, "-"+name+"="); found {
			return value
		}
	}
	return ""
}

func readManifest(t *testing.T) ([]byte, *manifest) {
	t.Helper()
	text, err := os.ReadFile(manifestFile)
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseManifest(text)
	if err != nil {
		t.Fatalf("%s: %v", manifestFile, err)
	}
	return text, m
}

// TestStrict: what the types do not know is not overlooked.
func TestStrict(t *testing.T) {
	text, _ := readManifest(t)
	for _, change := range []struct{ name, from, to, want string }{
		{"unknown field", "hostNetwork: true", "hostNetworks: true", "hostNetworks"},
		{"another case", "hostNetwork: true", "hostnetwork: true", "hostnetwork"},
		{"field in the wrong place", "      dnsPolicy: Default", "      image: x", `"spec.template.spec.image"`},
		{"twice", "hostNetwork: true", "hostNetwork: true\n      hostNetwork: false", "already set"},
		{"type", "runAsUser: 0", "runAsUser: root", "runAsUser"},
		{"unknown kind", "kind: DaemonSet", "kind: DaemonSets", "DaemonSets"},
		{"unknown version", "apiVersion: apps/v1", "apiVersion: apps/v2", "apps/v2"},
		{"a kind that is not expected", "\n---\n", "\n---\napiVersion: v1\nkind: Pod\n---\n", "not expected"},
		{"two of a kind", "kind: ServiceAccount", "kind: Namespace", "automountServiceAccountToken"},
		{"a document less", "\n---\n", "\n", "already set"},
	} {
		t.Run(change.name, func(t *testing.T) {
			if _, err := parseManifest(replace(t, text, change.from, change.to)); err == nil ||
				!strings.Contains(err.Error(), change.want) {
				t.Errorf("error %v, want %q", err, change.want)
			}
		})
	}
}

// replace changes the first place in a text that has from.
func replace(t *testing.T, text []byte, from, to string) []byte {
	t.Helper()
	if !bytes.Contains(text, []byte(from)) {
		t.Fatalf("the manifest does not have %q", from)
	}
	return bytes.Replace(text, []byte(from), []byte(to), 1)
}
