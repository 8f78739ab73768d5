package cli

import (
	"fmt"
	"io"
	"path"
	"path/filepath"

	"github.com/entrain-dev/entrain/internal/bucket"
	"github.com/entrain-dev/entrain/internal/cluster"
)

// taskMemory is what a task of Kubernetes asks for, if --memory does not say.
const taskMemory = "1Gi"

// sweepKubernetes prints a job that runs the study in shares.
func (a *app) sweepKubernetes(file string, filters []string, f *sweepFlags) error {
	if len(f.files) > 0 {
		return fmt.Errorf("--file: a task of Kubernetes does not see the files of this machine; name them in the study, as they lie in the volume")
	}
	st, _, err := a.loadStudy(file, filters, f)
	if err != nil {
		return err
	}
	tasks := f.tasks
	if tasks == 0 {
		tasks = min(mostTasks, (len(st.Trials)+trialsATask-1)/trialsATask)
	}
	name := st.Plan.Name
	if name == "" {
		name = filepath.Base(file)
	}
	job := &cluster.Indexed{Name: name, Image: f.image, Claim: f.claim, Study: path.Base(filepath.ToSlash(file)),
		Out: filepath.ToSlash(f.folder(filepath.Base(file))), Tasks: min(tasks, len(st.Trials)), More: filters, Memory: taskMemory}
	if bucket.Is(f.out) {
		job.Out, job.Secret = f.out, f.secret
	}
	if st.Plan.Search != nil {
		job.More = append(job.More, "--wait")
	}
	if f.retry {
		job.More = append(job.More, "--retry-failed")
	}
	if f.memory != "" {
		if err := a.sweepMemory(f); err != nil {
			return err
		}
		job.Memory = fmt.Sprint(int64(a.memoryLimit()))
		job.More = append(job.More, "--memory", f.memory)
	}
	_, err = io.WriteString(a.Stdout, job.YAML())
	return failed(err)
}
