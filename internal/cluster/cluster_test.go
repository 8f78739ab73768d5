package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestRangesAreWhatSbatchReads(t *testing.T) {
	for want, list := range map[string][]int{"": nil, "3": {3}, "0-3": {0, 1, 2, 3}, "0,2-3,9": {0, 2, 3, 9}} {
		if got := ranges(list); got != want {
			t.Errorf("%v: %s, want %s", list, got, want)
		}
	}
}

func TestTheQueueIsUnderstood(t *testing.T) {
	answer := func(text string, err error) Program {
		return func(context.Context, string, ...string) (string, error) { return text, err }
	}
	q, err := Ask(t.Context(), answer("0 R\n1 CG\n2 PD\n3 F\nN/A PD\n\n", nil), "1")
	if err != nil || !q.Running[0] || !q.Running[1] || !q.Waiting[2] || q.Has(3) || q.Size() != 3 {
		t.Errorf("%v %v", q, err)
	}
	if q, err := Ask(t.Context(), answer("", errors.New("squeue says: slurm_load_jobs error: Invalid job id specified")), "1"); err != nil || q.Size() != 0 {
		t.Errorf("%v %v", q, err)
	}
	if _, err := Ask(t.Context(), answer("", errors.New("squeue says: Unable to contact slurm controller")), "1"); err == nil {
		t.Error("a queue that cannot be asked is taken for an empty one")
	}
	if n := MaxArray(t.Context(), answer("Licenses = (null)\nMaxArraySize            = 4001\n", nil)); n != 4001 {
		t.Errorf("%d", n)
	}
	if job, err := Submit(t.Context(), answer("17;cluster\n", nil), nil); err != nil || job != "17" {
		t.Errorf("%s %v", job, err)
	}
	if _, err := Submit(t.Context(), answer("Submitted batch job 17\n", nil), nil); err == nil {
		t.Error("words are taken for a number")
	}
}

// job is the part of batch/v1.Job that is written; a key that it lacks is an error.
type job struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Spec       struct {
		CompletionMode           string `yaml:"completionMode"`
		Completions, Parallelism int
		BackoffLimitPerIndex     int                    `yaml:"backoffLimitPerIndex"`
		MaxFailedIndexes         int                    `yaml:"maxFailedIndexes"`
		PodFailurePolicy         struct{ Rules []rule } `yaml:"podFailurePolicy"`
		Template                 struct{ Spec pod }
	}
}

type rule struct {
	Action          string
	OnPodConditions []struct{ Type, Status string } `yaml:"onPodConditions"`
	OnExitCodes     *struct {
		ContainerName string `yaml:"containerName"`
		Operator      string
		Values        []int
	} `yaml:"onExitCodes"`
}

type pod struct {
	RestartPolicy string `yaml:"restartPolicy"`
	Grace         int    `yaml:"terminationGracePeriodSeconds"`
	Containers    []struct {
		Name, Image string
		Command     []string
		EnvFrom     []struct {
			SecretRef struct{ Name string } `yaml:"secretRef"`
		} `yaml:"envFrom"`
		Resources    struct{ Requests map[string]string }
		VolumeMounts []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
	Volumes []struct {
		Name                  string
		PersistentVolumeClaim struct {
			ClaimName string `yaml:"claimName"`
		} `yaml:"persistentVolumeClaim"`
		EmptyDir *struct{} `yaml:"emptyDir"`
	}
}

func TestKubernetesJobHasWhatItNeeds(t *testing.T) {
	text := (&Indexed{Name: "Noise: \"Ünï\"", Image: "a: b\"", Claim: "runs", Study: "noise.yaml", Out: "runs/noise", Tasks: 5, More: []string{"noise=5"}, Memory: "1Gi"}).YAML()
	var j job
	if err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(&j); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	s := &j.Spec
	if j.APIVersion != "batch/v1" || j.Kind != "Job" || s.CompletionMode != "Indexed" || s.Completions != 5 || s.BackoffLimitPerIndex != retries || j.Metadata.Name != "entrain-noise-n" {
		t.Errorf("%+v", j)
	}
	if r := s.PodFailurePolicy.Rules; len(r) != 2 || r[0].Action != "Ignore" || r[0].OnPodConditions[0].Type != "DisruptionTarget" || r[1].Action != "FailIndex" || r[1].OnExitCodes.Values[0] != 2 {
		t.Errorf("%+v", s.PodFailurePolicy)
	}
	c := s.Template.Spec.Containers[0]
	want := "entrain sweep /entrain/noise.yaml noise=5 --out /entrain/runs/noise --jobs 1 --task $(JOB_COMPLETION_INDEX) --of 5"
	if got := strings.Join(c.Command, " "); got != want || c.Image != "a: b\"" || s.Template.Spec.RestartPolicy != "Never" {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestKubernetesJobBringsResultsToABucket(t *testing.T) {
	text := (&Indexed{Name: "noise", Image: "entrain:1", Claim: "runs", Study: "noise.yaml", Out: "s3://results/noise", Tasks: 2, Memory: "1Gi", Secret: "keys"}).YAML()
	var j job
	if err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(&j); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	c, v := j.Spec.Template.Spec.Containers[0], j.Spec.Template.Spec.Volumes
	want := "entrain sweep /entrain/noise.yaml --out s3://results/noise --scratch /scratch/study --jobs 1 --task $(JOB_COMPLETION_INDEX) --of 2"
	if got := strings.Join(c.Command, " "); got != want || len(c.EnvFrom) != 1 || c.EnvFrom[0].SecretRef.Name != "keys" {
		t.Errorf("%s, want %s; %v", got, want, c.EnvFrom)
	}
	if len(v) != 2 || v[1].EmptyDir == nil || len(c.VolumeMounts) != 2 || c.VolumeMounts[1].MountPath != "/scratch" {
		t.Errorf("%+v %+v", v, c.VolumeMounts)
	}
}

func TestFlagsOfTheArrayAreOurs(t *testing.T) {
	for flag, bad := range map[string]bool{"--partition=a": false, "--account=x": false, "--array=1": true, "-a": true, "-a1-3": true, "--wrap=x": true, "-A": false} {
		if got := CheckFlags([]string{flag}); (got != "") != bad {
			t.Errorf("%s: %q", flag, got)
		}
	}
}
