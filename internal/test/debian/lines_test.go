package debian

import "testing"

func TestNumber(t *testing.T) {
	for line, want := range map[string]string{
		"/dev/ppp character special file 600 root:root 6c:0":          "",
		"/dev/psaux character special file 600 root:root a:1":         "",
		"/dev/fuse character special file 666 root:root a:e5":         "",
		"/dev/x character special file 600 root:root a:7d":            "/dev/x character special file 600 root:root a:DYNAMIC",
		"/dev/vda block special file 660 root:disk fe:0":              "/dev/vda block special file 660 root:disk DYNAMIC:0",
		"/dev/char/10:125 -> ../cpu_dma_latency":                      "/dev/char/10:DYNAMIC -> ../cpu_dma_latency",
		"/dev/char/511:0 -> ../x":                                     "/dev/char/DYNAMIC:0 -> ../x",
		"/dev/char/116:1 -> ../snd/seq":                               "",
		"/dev/disk/by-uuid/2:3 -> ../../vda":                          "",
		"/dev/x directory 755 root:root 0:0":                          "",
		"/dev/x character special file 600 root:root fffffffffffff:0": "",
	} {
		if want == "" {
			want = line
		}
		if got := number(line); got != want {
			t.Errorf("%s becomes %s", line, got)
		}
	}
}

func TestSeq(t *testing.T) {
	for line, want := range map[string]string{
		"/dev/input/by-path/x-event-spkr -> ../event3":  "/dev/input/by-path/x-event-spkr -> ../eventN",
		"/dev/disk/by-diskseq/9 -> ../../vda":           "/dev/disk/by-diskseq/N -> ../../vda",
		"/dev/disk/by-path/pci-0000:00:10.0 -> ../../a": "/dev/disk/by-path/pci-0000:00:10.0 -> ../../a",
		"/dev/char/13:67 -> ../input/event3":            "/dev/char/13:67 -> ../input/event3",
	} {
		if got := seq(line); got != want {
			t.Errorf("%s becomes %s", line, got)
		}
	}
}
