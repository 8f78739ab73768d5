// Package mlflow answers: how does a run get onto a tracking server of MLflow? It is a client of
// the few calls of the REST API 2.0 that log a run, with the limits that the API states, and
// nothing but net/http.
//
// Source: https://mlflow.org/docs/latest/rest-api.html
package mlflow
