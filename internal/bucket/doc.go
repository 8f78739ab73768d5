// Package bucket answers: how do machines that share no disk share the results of a study? Its
// folder lies on each of them and in a bucket of an object store, which speaks the S3 API: a trial
// is claimed there, run here, and brought there file by file, result.json last.
//
// Read bucket.go (objects), mirror.go (folders), then claim.go and launcher.go.
package bucket
