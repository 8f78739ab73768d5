package cli

import (
	"bufio"
	"bytes"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machineMemory is the memory in bytes of the machine, or of the control group
// that the process is in if that may have less; 0: it is not known.
func machineMemory() float64 {
	least := 0.0
	note := func(v float64) {
		if v > 0 && (least == 0 || v < least) {
			least = v
		}
	}
	text, _ := os.ReadFile("/proc/meminfo")
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		if words := strings.Fields(s.Text()); len(words) == 3 && words[0] == "MemTotal:" {
			kB, _ := strconv.ParseFloat(words[1], 64)
			note(1024 * kB)
		}
	}
	note(bytesIn("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
	text, _ = os.ReadFile("/proc/self/cgroup")
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		if group, ok := strings.CutPrefix(s.Text(), "0::"); ok {
			for ; group != "/" && group != "."; group = path.Dir(group) {
				note(bytesIn("/sys/fs/cgroup" + group + "/memory.max"))
			}
		}
	}
	note(bytesIn("/sys/fs/cgroup/memory.max"))
	return least
}

// bytesIn is the number in a file; 0 if there is none.
func bytesIn(file string) float64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	v, _ := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	return v
}

// busy is the processor time that the process has taken so far; 0: it is not known.
func busy() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
