package cluster

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Indexed is an Indexed Job: each completion runs one share of a study.
type Indexed struct {
	Name   string // of the study
	Image  string // has entrain on its path
	Claim  string // persistent volume claim with the study and its data; results go there
	Study  string // file of the study, from the root of the volume
	Out    string // folder of the results, from the root of the volume
	Tasks  int
	More   []string // further arguments of sweep
	Memory string   // that a task asks for
	Secret string   // holds the variables by which a bucket is reached; "": Out is in the volume
}

// scratch is where a task that brings its results to a bucket has them until then.
const scratch = "/scratch"

// mount is where the volume is.
const mount = "/entrain"

// retries is how often a share is begun again after a failure that is not of its input.
const retries = 4

var notDNS = regexp.MustCompile(`[^a-z0-9]+`)

// dns is a name that Kubernetes allows.
func dns(name string) string {
	s := strings.Trim(notDNS.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if len(s) > 40 {
		s = strings.Trim(s[:40], "-")
	}
	if s == "" {
		return "entrain"
	}
	return "entrain-" + s
}

// YAML is the job as kubectl apply reads it.
func (j *Indexed) YAML() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	study, out, results := path.Join(mount, j.Study), []string{path.Join(mount, j.Out)}, plainText(j.Out)+" in the volume"
	if j.Secret != "" {
		out, results = []string{j.Out, "--scratch", path.Join(scratch, "study")}, plainText(j.Out)
	}
	line("# A study of Entrain in %d shares; written by entrain sweep --kubernetes.", j.Tasks)
	line("#")
	line("# The volume claim %s has to hold the study as %s, and its data where the", plainText(j.Claim), plainText(j.Study))
	line("# study says, seen from there. Results: %s; entrain report", results)
	line("# gathers them at any time. kubectl apply again, after kubectl delete, does what is missing.")
	line("apiVersion: batch/v1")
	line("kind: Job")
	line("metadata:")
	line("  name: %s", dns(j.Name))
	line("spec:")
	line("  completionMode: Indexed")
	line("  completions: %d", j.Tasks)
	line("  parallelism: %d", j.Tasks)
	line("  backoffLimitPerIndex: %d", retries)
	line("  maxFailedIndexes: %d", j.Tasks)
	line("  podFailurePolicy:")
	line("    rules:")
	line("      - action: Ignore # moved to another node: it goes on from its checkpoint")
	line("        onPodConditions:")
	line("          - type: DisruptionTarget")
	line("            status: \"True\"")
	line("      - action: FailIndex # bad input stays bad")
	line("        onExitCodes:")
	line("          containerName: entrain")
	line("          operator: In")
	line("          values: [2]")
	line("  template:")
	line("    spec:")
	line("      restartPolicy: Never")
	line("      terminationGracePeriodSeconds: %d # the state is saved within two", grace)
	line("      containers:")
	line("        - name: entrain")
	line("          image: %s", strconv.Quote(j.Image))
	line("          command:")
	command := append([]string{"entrain", "sweep", study}, j.More...)
	command = append(append(append(command, "--out"), out...), "--jobs", "1", "--task", "$(JOB_COMPLETION_INDEX)", "--of", strconv.Itoa(j.Tasks))
	for _, word := range command {
		line("            - %s", strconv.Quote(word))
	}
	if j.Secret != "" {
		line("          envFrom: # AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL")
		line("            - secretRef:")
		line("                name: %s", strconv.Quote(j.Secret))
	}
	j.places(line)
	return b.String()
}

// places are what a task needs and what it sees.
func (j *Indexed) places(line func(string, ...any)) {
	line("          resources:")
	line("            requests:")
	line("              cpu: \"1\"")
	line("              memory: %s", strconv.Quote(j.Memory))
	line("          volumeMounts:")
	line("            - name: study")
	line("              mountPath: %s", mount)
	if j.Secret != "" {
		line("            - name: scratch")
		line("              mountPath: %s", scratch)
	}
	line("      volumes:")
	line("        - name: study")
	line("          persistentVolumeClaim:")
	line("            claimName: %s", strconv.Quote(j.Claim))
	if j.Secret != "" {
		line("        - name: scratch")
		line("          emptyDir: {}")
	}
}

func plainText(s string) string { return strings.Join(strings.Fields(s), " ") }
