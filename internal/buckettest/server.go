// Package buckettest has an object store for tests: the part of the S3 API that a program needs which
// writes, reads, lists and removes objects, with conditional writes, signatures that are checked, and
// troubles that tests ask for.
//
// Sources: Amazon S3 API Reference (PutObject, GetObject, ListObjectsV2, DeleteObject, GetBucketLocation),
// "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
package buckettest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a store with one bucket.
type Server struct {
	*httptest.Server
	Bucket, Region string
	Key, Secret    string
	Token          string // of a session; "" = none is asked for
	Now            func() time.Time
	NoConditions   bool // answers 501 to conditional writes
	PageSize       int  // of lists; 0 = as asked
	// Trouble is asked before a request is carried out; what it returns is done to it.
	Trouble func(r *http.Request) Trouble

	mu      sync.Mutex
	objects map[string]Object
	writes  map[string]int
}

// Object is what is kept of one.
type Object struct {
	Text     []byte
	Modified time.Time
}

// ETag is that of the object, with its quotes.
func (o *Object) ETag() string {
	sum := md5.Sum(o.Text)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// Trouble is what befalls a request.
type Trouble int

// All of them.
const (
	None       Trouble = iota
	Broken             // 500, nothing is done
	Busy               // 503 SlowDown, nothing is done
	CutBefore          // the connection ends, nothing is done
	CutAfter           // it is done, and the connection ends without an answer
	CutInside          // half of the answer comes
	Conflicted         // 409 ConditionalRequestConflict
)

// New begins a store that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{Bucket: "results", Region: "eu-north-9", Key: "AKIDEXAMPLE", Secret: "a secret/of+tests", Now: time.Now,
		Trouble: func(*http.Request) Trouble { return None }, objects: map[string]Object{}, writes: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

// Environment are the variables by which the store is reached.
func (s *Server) Environment() map[string]string {
	return map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_REGION": s.Region, "AWS_ACCESS_KEY_ID": s.Key, "AWS_SECRET_ACCESS_KEY": s.Secret, "AWS_SESSION_TOKEN": s.Token}
}

// All are the objects.
func (s *Server) All() map[string]Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]Object{}
	for k, o := range s.objects {
		out[k] = o
	}
	return out
}

// Writes is how often an object was written.
func (s *Server) Writes(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes[name]
}

// Set puts an object there.
func (s *Server) Set(name, text string, modified time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[name] = Object{[]byte(text), modified}
}

// cut ends the connection without an answer.
func cut() { panic(http.ErrAbortHandler) }

type failure struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
	Region  string `xml:",omitempty"`
	status  int
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	trouble := s.Trouble(r)
	switch trouble {
	case Broken:
		refuse(w, &failure{Code: "InternalError", Message: "We encountered an internal error.", status: 500})
		return
	case Busy:
		refuse(w, &failure{Code: "SlowDown", Message: "Please reduce your request rate.", status: 503})
		return
	case Conflicted:
		refuse(w, &failure{Code: "ConditionalRequestConflict", Message: "A conflicting operation is under way.", status: 409})
		return
	case CutBefore:
		cut()
	}
	f := s.signed(r, text)
	if f == nil {
		f = s.do(w, r, text, trouble)
	}
	if f != nil {
		refuse(w, f)
	}
}

func refuse(w http.ResponseWriter, f *failure) {
	w.Header().Set("Content-Type", "application/xml")
	if f.Region != "" {
		w.Header().Set("x-amz-bucket-region", f.Region)
	}
	w.WriteHeader(f.status)
	xml.NewEncoder(w).Encode(f)
}

// do carries out a request.
func (s *Server) do(w http.ResponseWriter, r *http.Request, text []byte, trouble Trouble) *failure {
	bucket, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket != s.Bucket {
		return &failure{Code: "NoSuchBucket", Message: "The specified bucket does not exist", status: 404}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, there := s.objects[name]
	switch {
	case r.Method == "GET" && r.URL.Query().Has("location"):
		fmt.Fprintf(w, "<LocationConstraint>%s</LocationConstraint>", s.Region)
	case r.Method == "GET" && name == "":
		s.list(w, r.URL.Query())
	case r.Method == "GET" && !there:
		return &failure{Code: "NoSuchKey", Message: "The specified key does not exist.", status: 404}
	case r.Method == "GET":
		w.Header().Set("ETag", old.ETag())
		w.Header().Set("Last-Modified", old.Modified.UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Length", strconv.Itoa(len(old.Text)))
		if trouble == CutInside {
			w.Write(old.Text[:len(old.Text)/2])
			cut()
		}
		w.Write(old.Text)
	case r.Method == "PUT":
		if f := s.condition(r, old, there); f != nil {
			return f
		}
		o := Object{text, s.Now()}
		s.objects[name] = o
		s.writes[name]++
		w.Header().Set("ETag", o.ETag())
	case r.Method == "DELETE":
		delete(s.objects, name)
		w.WriteHeader(http.StatusNoContent)
	default:
		return &failure{Code: "MethodNotAllowed", Message: "not here", status: 405}
	}
	if trouble == CutAfter || trouble == CutInside {
		cut()
	}
	return nil
}

// condition says why an object is not written.
func (s *Server) condition(r *http.Request, old Object, there bool) *failure {
	absent, match := r.Header.Get("If-None-Match"), r.Header.Get("If-Match")
	if s.NoConditions && absent+match != "" {
		return &failure{Code: "NotImplemented", Message: "A header you provided implies functionality that is not implemented", status: 501}
	}
	switch {
	case match != "" && !there:
		return &failure{Code: "NoSuchKey", Message: "The specified key does not exist.", status: 404}
	case absent == "*" && there, match != "" && match != old.ETag():
		return &failure{Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold", status: 412}
	}
	return nil
}

type listed struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	IsTruncated           bool
	EncodingType          string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	Contents              []entry
}

type entry struct {
	Key, ETag, LastModified string
	Size                    int
}

func (s *Server) list(w http.ResponseWriter, q url.Values) {
	most, _ := strconv.Atoi(q.Get("max-keys"))
	if most <= 0 {
		most = 1000
	}
	if s.PageSize > 0 {
		most = min(most, s.PageSize)
	}
	var names []string
	for k := range s.objects {
		if strings.HasPrefix(k, q.Get("prefix")) && k > q.Get("continuation-token") {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	out := listed{EncodingType: q.Get("encoding-type")}
	for i, k := range names {
		if i == most {
			out.IsTruncated, out.NextContinuationToken = true, names[i-1]
			break
		}
		o := s.objects[k]
		if out.EncodingType == "url" {
			k = url.QueryEscape(k)
		}
		out.Contents = append(out.Contents, entry{k, o.ETag(), o.Modified.UTC().Format("2006-01-02T15:04:05.000Z"), len(o.Text)})
	}
	xml.NewEncoder(w).Encode(out)
}

// signed says what is wrong with the signature of a request.
func (s *Server) signed(r *http.Request, text []byte) *failure {
	fields := map[string]string{}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	for _, part := range strings.Split(given, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[k] = v
	}
	scope := strings.Split(fields["Credential"], "/")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	sum := sha256.Sum256(text)
	switch {
	case !ok || len(scope) != 5 || err != nil:
		return &failure{Code: "AccessDenied", Message: "Access Denied", status: 403}
	case scope[0] != s.Key:
		return &failure{Code: "InvalidAccessKeyId", Message: "The access key Id you provided does not exist in our records.", status: 403}
	case r.Header.Get("X-Amz-Security-Token") != s.Token:
		return &failure{Code: "InvalidToken", Message: "The provided token is malformed or otherwise invalid.", status: 400}
	case s.Now().Sub(at).Abs() > 15*time.Minute:
		return &failure{Code: "RequestTimeTooSkewed", Message: "The difference between the request time and the current time is too large.", status: 403}
	case scope[2] != s.Region && !r.URL.Query().Has("location"):
		return &failure{Code: "AuthorizationHeaderMalformed", Message: "The authorization header is malformed; the region is wrong", Region: s.Region, status: 400}
	case r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]):
		return &failure{Code: "XAmzContentSHA256Mismatch", Message: "The provided 'x-amz-content-sha256' header does not match what was computed.", status: 400}
	}
	if want := signature(r, s.Secret, scope[1:], strings.Split(fields["SignedHeaders"], ";")); want != fields["Signature"] {
		return &failure{Code: "SignatureDoesNotMatch", Message: "The request signature we calculated does not match the signature you provided.", status: 403}
	}
	return nil
}

// signature is the one that a request has to have.
func signature(r *http.Request, secret string, scope, headers []string) string {
	var lines []string
	for _, h := range headers {
		v := strings.Join(r.Header.Values(h), ",")
		if h == "host" {
			v = r.Host
		}
		if h == "content-length" {
			v = strconv.FormatInt(r.ContentLength, 10)
		}
		lines = append(lines, h+":"+strings.Join(strings.Fields(v), " "))
	}
	var query []string
	for k, values := range r.URL.Query() {
		for _, v := range values {
			query = append(query, escaped(k)+"="+escaped(v))
		}
	}
	slices.Sort(query)
	canonical := strings.Join([]string{r.Method, strings.ReplaceAll(escaped(r.URL.Path), "%2F", "/"), strings.Join(query, "&"),
		strings.Join(lines, "\n") + "\n", strings.Join(headers, ";"), r.Header.Get("X-Amz-Content-Sha256")}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", r.Header.Get("X-Amz-Date"), strings.Join(scope, "/"), hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range append(slices.Clone(scope), text) {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	return hex.EncodeToString(key)
}

// escaped is a text as signatures have it: letters, digits and -._~ stay.
func escaped(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
