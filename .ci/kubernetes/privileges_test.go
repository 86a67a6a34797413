package kubernetes

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// complaints are what a check has against the manifest.
type complaints []string

func (c *complaints) unless(ok bool, format string, args ...any) {
	if !ok {
		*c = append(*c, fmt.Sprintf(format, args...))
	}
}

// is reports whether an optional field is there and has the value.
func is[T comparable](field *T, value T) bool { return field != nil && *field == value }

// privileges checks that the pod has the least that it needs.
func (m *manifest) privileges() (c complaints) {
	pod, s := m.pod(), m.container().SecurityContext
	c.unless(pod.HostNetwork, "the host's network is needed for the kernel's events")
	c.unless(!pod.HostPID && !pod.HostIPC, "the host's processes are none of its business")
	c.unless(is(pod.AutomountServiceAccountToken, false), "the pod has a token")
	c.unless(is(m.account.AutomountServiceAccountToken, false), "the account has a token")
	c.unless(pod.ServiceAccountName == m.account.Name, "the pod has another account")
	c.unless(len(pod.InitContainers)+len(pod.EphemeralContainers) == 0, "there are other containers")
	if s == nil {
		return append(c, "no security context")
	}
	c.unless(is(s.Privileged, false), "it is privileged")
	c.unless(is(s.AllowPrivilegeEscalation, false), "it may get more privileges")
	c.unless(is(s.ReadOnlyRootFilesystem, true), "its root can be written to")
	c.unless(is(s.RunAsUser, 0) && is(s.RunAsGroup, 0), "only root gets the capability")
	caps := s.Capabilities
	c.unless(caps != nil && slices.Equal(caps.Drop, []corev1.Capability{"ALL"}), "it keeps capabilities")
	c.unless(caps != nil && slices.Equal(caps.Add, []corev1.Capability{"SYS_MODULE"}), "SYS_MODULE is the one to add")
	c.unless(s.SeccompProfile != nil && s.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
		"system calls are not filtered")
	c.unless(s.SELinuxOptions != nil && s.SELinuxOptions.Type == "spc_t", "SELinux forbids container_t to load modules")
	c.unless(s.ProcMount == nil, "what is masked in /proc")
	return c
}

// hostDirs are the directories of the host that the program reads.
var hostDirs = []string{"/etc/modprobe.d", "/lib/modprobe.d", "/lib/modules", "/run/modprobe.d"}

// mounts checks that every mount is there and read-only, and that the host's directories
// are below -root under their own names.
func (m *manifest) mounts() (c complaints) {
	var mounted, used []string
	root := m.arg("root")
	c.unless(path.IsAbs(root) && root != "/", "-root is %q", root)
	for _, mount := range m.container().VolumeMounts {
		c.unless(mount.ReadOnly, "%s can be written to", mount.MountPath)
		c.unless(mount.MountPropagation == nil, "%s propagates", mount.MountPath)
		c.unless(mount.SubPath == "" && mount.SubPathExpr == "", "%s never changes", mount.MountPath)
		v := m.volume(mount.Name)
		if v == nil {
			c.unless(false, "%s is of no volume", mount.MountPath)
			continue
		}
		used = append(used, v.Name)
		if v.HostPath == nil {
			continue
		}
		mounted = append(mounted, v.HostPath.Path)
		c.unless(mount.MountPath == path.Join(root, v.HostPath.Path), "%s is at %s", v.HostPath.Path, mount.MountPath)
		c.unless(is(mount.RecursiveReadOnly, corev1.RecursiveReadOnlyIfPossible), "%s is read-only by half", mount.MountPath)
		c.unless(is(v.HostPath.Type, corev1.HostPathDirectoryOrCreate), "the pod does not start without %s", v.HostPath.Path)
	}
	slices.Sort(mounted)
	c.unless(slices.Equal(mounted, hostDirs), "of the host there is %v", mounted)
	for _, v := range m.pod().Volumes {
		c.unless(slices.Contains(used, v.Name), "the volume %s is not mounted", v.Name)
		c.unless(v.HostPath != nil || v.ConfigMap != nil, "the volume %s", v.Name)
	}
	return c
}

// check is all that must hold for the manifest.
func (m *manifest) check() complaints {
	return slices.Concat(m.privileges(), m.mounts(), m.policyFile(), m.probes(), m.nodes(), m.end())
}

func TestManifest(t *testing.T) {
	_, m := readManifest(t)
	for _, complaint := range m.check() {
		t.Error(complaint)
	}
}

// TestChanged: the checks find what they are for.
func TestChanged(t *testing.T) {
	text, _ := readManifest(t)
	for _, change := range []struct{ from, to, want string }{
		{"hostNetwork: true", "hostNetwork: false", "host's network"},
		{"hostNetwork: true", "hostNetwork: true\n      hostPID: true", "host's processes"},
		{"privileged: false", "privileged: true", "it is privileged"},
		{"allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "more privileges"},
		{"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "its root"},
		{"runAsUser: 0", "runAsUser: 1000", "only root"},
		{"- SYS_MODULE\n", "- SYS_MODULE\n                - SYS_ADMIN\n", "SYS_MODULE is the one"},
		{"                - ALL", "                - CHOWN", "keeps capabilities"},
		{"RuntimeDefault", "Unconfined", "system calls"},
		{"spc_t", "container_t", "SELinux"},
		{"automountServiceAccountToken: false", "automountServiceAccountToken: true", "the account has a token"},
		{"automountServiceAccountToken: false\n      enable", "enable", "the pod has a token"},
		{"readOnly: true\n            - name: modules", "readOnly: false\n            - name: modules", "written to"},
		{"recursiveReadOnly: IfPossible", "readOnly: true", "already set"},
		{"              recursiveReadOnly: IfPossible\n", "", "by half"},
		{"recursiveReadOnly: IfPossible", "mountPropagation: HostToContainer", "propagates"},
		{"mountPath: /host/lib/modules", "mountPath: /lib/modules", "/lib/modules is at"},
		{"- name: run-modprobe-d\n          hostPath", "- name: run-modprobe\n          hostPath", "of no volume"},
		{"path: /etc/modprobe.d", "path: /etc", "of the host there is"},
		{"type: DirectoryOrCreate", "type: Directory", "does not start"},
		{"mountPath: /etc/ondemand", "mountPath: /etc/policy", "-config"},
		{"  policy: |", "  rules: |", "no file"},
		{"configMap:\n            name: ondemand", "configMap:\n            name: on-demand", "another ConfigMap"},
		{"containerPort: 9810", "containerPort: 9811", "port"},
		{"]:9810", "]:9811", "port"},
		{`port: "9810"`, `port: "9811"`, "prometheus.io"},
		{"port: http\n            periodSeconds: 20", "port: https\n            periodSeconds: 20", "livenessProbe"},
		{"path: /readyz", "path: /healthz", "readinessProbe"},
		{"-listen=[$(POD_IP)]", "-listen=", "every address"},
		{"name: POD_IP", "name: HOST_IP", "POD_IP"},
		{"status.podIP", "metadata.name", "POD_IP"},
		{"-grace=20s", "-grace=30s", "grace"},
		{"-grace=20s", "-grace=soon", "grace"},
		{"operator: Exists", "operator: Exists\n          key: a", "tolerations"},
		{"system-node-critical", "system-cluster-critical", "priority"},
		{"maxUnavailable: 10%", "maxUnavailable: 1", "hold up"},
		{"namespace: ondemand\nautomount", "namespace: default\nautomount", "namespace"},
		{"enforce: privileged", "enforce: baseline", "Pod Security"},
		{"memory: 256Mi", "memory: 192Mi", "GOMEMLIMIT"},
	} {
		t.Run(change.to, func(t *testing.T) {
			m, err := parseManifest(replace(t, text, change.from, change.to))
			found := fmt.Sprint(err)
			if err == nil {
				found = strings.Join(m.check(), "\n")
			}
			if !strings.Contains(found, change.want) {
				t.Errorf("found %q, want %q", found, change.want)
			}
		})
	}
}
