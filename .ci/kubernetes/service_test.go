package kubernetes

import (
	"net"
	"path"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// policyFile checks that -config is a file of the ConfigMap.
func (m *manifest) policyFile() (c complaints) {
	dir, name := path.Split(m.arg("config"))
	_, there := m.policy.Data[name]
	c.unless(there, "the ConfigMap has no file %q", name)
	found := false
	for _, mount := range m.container().VolumeMounts {
		v := m.volume(mount.Name)
		if v == nil || v.ConfigMap == nil {
			continue
		}
		c.unless(v.ConfigMap.Name == m.policy.Name, "the volume %s is of another ConfigMap", v.Name)
		found = found || mount.MountPath == path.Clean(dir)
	}
	c.unless(found, "-config is in %s, where no ConfigMap is", dir)
	return c
}

// probes checks that what asks the program asks where it listens.
func (m *manifest) probes() (c complaints) {
	host, listen, err := net.SplitHostPort(m.arg("listen"))
	c.unless(err == nil, "-listen: %v", err)
	c.unless(host == "$(POD_IP)", "-listen is for every address of the host")
	ports := m.container().Ports
	if len(ports) != 1 {
		return append(c, "there is not one port")
	}
	c.unless(strconv.Itoa(int(ports[0].ContainerPort)) == listen, "the port is not that of -listen, %s", listen)
	c.unless(ports[0].HostPort == 0 || ports[0].HostPort == ports[0].ContainerPort, "the host's port")
	for name, p := range map[string]struct {
		probe *corev1.Probe
		path  string
	}{
		"startupProbe":   {m.container().StartupProbe, "/healthz"},
		"livenessProbe":  {m.container().LivenessProbe, "/healthz"},
		"readinessProbe": {m.container().ReadinessProbe, "/readyz"},
	} {
		get := p.probe != nil && p.probe.HTTPGet != nil
		c.unless(get && p.probe.HTTPGet.Path == p.path && p.probe.HTTPGet.Port == intstr.FromString(ports[0].Name) &&
			p.probe.HTTPGet.Host == "", "%s does not ask for %s", name, p.path)
	}
	annotations := m.daemonSet.Spec.Template.Annotations
	c.unless(annotations["prometheus.io/scrape"] == "true" && annotations["prometheus.io/port"] == listen &&
		annotations["prometheus.io/path"] == "/metrics", "prometheus.io: %v", annotations)
	c.unless(m.env("POD_IP") == "status.podIP", "POD_IP is not the pod's address")
	return c
}

// env returns the value of a variable, or the field that it is taken from.
func (m *manifest) env(name string) string {
	for _, v := range m.container().Env {
		switch {
		case v.Name != name:
		case v.ValueFrom != nil && v.ValueFrom.FieldRef != nil:
			return v.ValueFrom.FieldRef.FieldPath
		default:
			return v.Value
		}
	}
	return ""
}

// nodes checks that every node gets a pod, and that its name is the same everywhere.
func (m *manifest) nodes() (c complaints) {
	pod, set := m.pod(), m.daemonSet
	c.unless(len(pod.Tolerations) == 1 && pod.Tolerations[0] == corev1.Toleration{Operator: corev1.TolerationOpExists},
		"the tolerations leave nodes out")
	c.unless(len(pod.NodeSelector) == 1 && pod.NodeSelector[corev1.LabelOSStable] == string(corev1.Linux),
		"the selector of nodes")
	c.unless(pod.PriorityClassName == "system-node-critical", "the priority")
	u := set.Spec.UpdateStrategy.RollingUpdate
	c.unless(u != nil && u.MaxUnavailable != nil && u.MaxUnavailable.Type == intstr.String, "one node can hold up all")
	for key, value := range set.Spec.Selector.MatchLabels {
		c.unless(set.Spec.Template.Labels[key] == value, "the selector does not match the pods")
	}
	name := m.namespace.Name
	for _, namespace := range []string{m.account.Namespace, m.policy.Namespace, set.Namespace} {
		c.unless(namespace == name, "the namespace %q", namespace)
	}
	c.unless(m.namespace.Labels["pod-security.kubernetes.io/enforce"] == "privileged", "Pod Security keeps the pods out")
	return c
}

// end checks that the program has the time and the memory that it counts on.
func (m *manifest) end() (c complaints) {
	grace, err := time.ParseDuration(m.arg("grace"))
	seconds := m.pod().TerminationGracePeriodSeconds
	c.unless(err == nil && seconds != nil && grace < time.Duration(*seconds)*time.Second,
		"it is killed before -grace=%s", m.arg("grace"))
	limits := m.container().Resources.Limits
	c.unless(limits.Cpu().IsZero(), "a limit for the CPU")
	goal, err := resource.ParseQuantity(m.env("GOMEMLIMIT")[:max(0, len(m.env("GOMEMLIMIT"))-1)])
	c.unless(err == nil && goal.Cmp(*limits.Memory()) < 0, "GOMEMLIMIT is not below the limit: %v", err)
	return c
}
