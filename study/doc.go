// Package study answers the question: how are many fits run, recorded and
// reported? A Run is one fit recorded in a folder:
//
//	model.safetensors  the model, which needs no other file
//	config.yaml        all settings, defaults included
//	data.csv           only of data that came through a pipe, as they came
//	metrics.jsonl      one JSON object a line, as training went
//	result.json        the final figures
//	forecast.csv       the fit over the rows and its continuation
//	path.f64           with path=: the unknowns as training went, see ReadPath
//	report.html        the same for people
//	checkpoint.json    only while the fit is not finished: what --resume needs
//
// Every fit, one of a command or a trial of a study, is a Job that Run.Do carries
// out. A trial is a folder: WriteTrial makes it, with trial.json and recordings,
// and RunTrial does what it says, in this process or another.
//
// A Sweep is many trials in one folder: trials/<key> are trials named by
// content, data what they learn from, table.json, table.csv, table.md and
// trials.csv what came out. Sweep.Prepare writes them; a Launcher has them run.
//
// Read run.go (the life of a folder), job.go (what a fit writes), result.go (the
// figures), then checkpoint.go and metrics.go (what is written while it runs);
// for studies trial.go, trialfolder.go, runtrial.go, sweep.go and table.go.
package study
