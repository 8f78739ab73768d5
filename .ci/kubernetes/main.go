// Command kubernetes reads a job strictly, as an API server with strict validation does.
package main

import (
	"fmt"
	"os"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := read(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var job batch.Job
	if err := yaml.UnmarshalStrict(text, &job); err != nil {
		return err
	}
	s := &job.Spec
	switch {
	case job.APIVersion != "batch/v1" || job.Kind != "Job" || job.Name == "":
		return fmt.Errorf("not a job: %v %v %q", job.APIVersion, job.Kind, job.Name)
	case s.CompletionMode == nil || *s.CompletionMode != batch.IndexedCompletion || s.Completions == nil || *s.Completions != 7:
		return fmt.Errorf("not an Indexed Job of 7 completions")
	case s.BackoffLimitPerIndex == nil || s.BackoffLimit != nil:
		return fmt.Errorf("no back-off for each index")
	case s.Template.Spec.RestartPolicy != core.RestartPolicyNever: // a policy for failures asks for it
		return fmt.Errorf("pods are restarted in place")
	case s.PodFailurePolicy == nil || len(s.PodFailurePolicy.Rules) != 2:
		return fmt.Errorf("no policy for failures")
	}
	ignore, fail := s.PodFailurePolicy.Rules[0], s.PodFailurePolicy.Rules[1]
	if ignore.Action != batch.PodFailurePolicyActionIgnore || ignore.OnPodConditions[0].Type != core.DisruptionTarget {
		return fmt.Errorf("disruptions count as failures")
	}
	if fail.Action != batch.PodFailurePolicyActionFailIndex || fail.OnExitCodes.Values[0] != 2 {
		return fmt.Errorf("bad input is tried again")
	}
	fmt.Println("kubernetes: the job is a batch/v1.Job, read strictly")
	return nil
}
