// Package cluster answers: how is a study put on machines that somebody else hands out?
// It writes what schedulers read, an array job of Slurm or an Indexed Job of Kubernetes,
// and knows how Slurm's programs are asked. Each task runs one share of the trials, see
// study.Share; nothing is polled but the queue, and nothing is locked.
//
// Read slurm.go, then queue.go and kubernetes.go.
package cluster
