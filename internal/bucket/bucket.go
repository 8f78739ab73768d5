package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// scheme begins the address of a place in a bucket.
const scheme = "s3://"

// Is tells that a place is in a bucket.
func Is(place string) bool { return strings.HasPrefix(place, scheme) }

// Bucket is a place in a bucket.
type Bucket struct {
	Address  string // s3://bucket/prefix
	client   *minio.Client
	name     string
	prefix   string // "" or with a slash at its end
	endpoint string // as it is told
	region   string // that was given; "" if none was
	// patience is how long a request is tried again that fails for reasons of the network or the
	// store; the context may end it before.
	patience time.Duration
}

// usual is where S3 is if nothing else is said.
const usual = "https://s3.amazonaws.com"

// Patience with a store that does not answer: of the first request, which tells what was mistyped,
// and of later ones, which may hold the work of hours.
const (
	firstPatience = 5 * time.Second
	laterPatience = 5 * time.Minute
)

// Open looks whether there is such a place. Environment says where the store is and who asks.
func Open(ctx context.Context, address string, environment func(string) string) (*Bucket, error) {
	b, err := parse(address, environment)
	if err != nil {
		return nil, err
	}
	b.patience = firstPatience
	if _, err := b.listed(ctx, "", 1); err != nil {
		return nil, err
	}
	b.patience = laterPatience
	return b, nil
}

func parse(address string, environment func(string) string) (*Bucket, error) {
	name, prefix, _ := strings.Cut(strings.TrimPrefix(address, scheme), "/")
	if err := s3utils.CheckValidBucketNameStrict(name); err != nil {
		return nil, fmt.Errorf("%s: %q is no name of a bucket; write s3://BUCKET/FOLDER", address, name)
	}
	if slices.Contains(strings.Split(prefix, "/"), "..") {
		return nil, fmt.Errorf("%s: a bucket has no folder above it; write the address without the parts .. of it", address)
	}
	prefix = strings.Trim(path.Clean("/"+prefix), "/")
	if prefix != "" {
		prefix += "/"
	}
	first := func(names ...string) string {
		for _, n := range names {
			if v := environment(n); v != "" {
				return v
			}
		}
		return ""
	}
	endpoint := first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
	if endpoint == "" {
		endpoint = usual
	}
	at, err := url.Parse(endpoint)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" || strings.Trim(at.Path, "/") != "" {
		return nil, fmt.Errorf("AWS_ENDPOINT_URL=%s is no address of an object store; one is https://s3.example.org", endpoint)
	}
	id, secret := environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY")
	if id == "" || secret == "" {
		return nil, fmt.Errorf("%s: there are no keys; put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", address)
	}
	b := &Bucket{Address: scheme + path.Join(name, prefix), name: name, prefix: prefix, endpoint: endpoint, region: first("AWS_REGION", "AWS_DEFAULT_REGION")}
	b.client, err = minio.New(at.Host, &minio.Options{Secure: at.Scheme == "https", Region: b.region, MaxRetries: 1,
		Creds: credentials.NewStaticV4(id, secret, environment("AWS_SESSION_TOKEN"))})
	if err != nil {
		return nil, fmt.Errorf("AWS_ENDPOINT_URL=%s: %w", endpoint, err)
	}
	return b, nil
}

// object is what a list says of an object.
type object struct {
	Name     string // behind the prefix
	ETag     string
	Modified time.Time // by the clock of the store
}

// list are the objects under a folder.
func (b *Bucket) list(ctx context.Context, folder string) ([]object, error) {
	return b.listed(ctx, folder, math.MaxInt)
}

// listed are so many of them, at most.
func (b *Bucket) listed(ctx context.Context, folder string, most int) (out []object, err error) {
	err = b.insist(ctx, "listed", func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		out = out[:0]
		for o := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix + folder, Recursive: true, MaxKeys: min(most, 1000)}) {
			if o.Err != nil {
				return o.Err
			}
			if out = append(out, object{strings.TrimPrefix(o.Key, b.prefix), o.ETag, o.LastModified}); len(out) == most {
				break
			}
		}
		return ctx.Err()
	})
	return out, err
}

// Errors that are no trouble.
var (
	errAbsent = errors.New("there is no such object")
	errTaken  = errors.New("another one was first")
	errPlain  = errors.New("the store has no conditional writes")
)

// get reads an object; the error is errAbsent if there is none.
func (b *Bucket) get(ctx context.Context, name string) (text []byte, etag string, err error) {
	err = b.insist(ctx, "read", func(ctx context.Context) error {
		body, info, _, err := minio.Core{Client: b.client}.GetObject(ctx, b.name, b.prefix+name, minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		defer body.Close()
		if text, err = io.ReadAll(body); err == nil && int64(len(text)) != info.Size {
			err = io.ErrUnexpectedEOF
		}
		etag = strings.Trim(info.ETag, `"`)
		return err
	})
	return text, etag, err
}

// Conditions under which an object is written.
const (
	always   = ""
	ifAbsent = "*"
	// anything else: if the object still has this ETag
)

// put writes an object, whole or not at all; the error is errTaken if it is not as it has to be.
func (b *Bucket) put(ctx context.Context, name string, text []byte, condition string) error {
	sum := sha256.Sum256(text)
	o := minio.PutObjectOptions{DisableContentSha256: true} // in pieces; that of the whole is signed
	switch condition {
	case always:
	case ifAbsent:
		o.SetMatchETagExcept("*")
	default:
		o.SetMatchETag(condition)
	}
	return b.insist(ctx, "written", func(ctx context.Context) error {
		_, err := minio.Core{Client: b.client}.PutObject(ctx, b.name, b.prefix+name, bytes.NewReader(text), int64(len(text)), "", hex.EncodeToString(sum[:]), o)
		return err
	})
}

// remove removes an object, if there is one.
func (b *Bucket) remove(ctx context.Context, name string) error {
	err := b.insist(ctx, "removed", func(ctx context.Context) error {
		return b.client.RemoveObject(ctx, b.name, b.prefix+name, minio.RemoveObjectOptions{})
	})
	if errors.Is(err, errAbsent) {
		return nil
	}
	return err
}

// Pauses between tries.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 20 * time.Second
)

// oneTry is how long one request may take, with all that it sends.
const oneTry = 10 * time.Minute

// insist does something until it succeeds, is refused, or patience ends.
func (b *Bucket) insist(ctx context.Context, done string, do func(context.Context) error) error {
	ends := time.Now().Add(b.patience)
	for pause := firstPause; ; pause = min(lastPause, 2*pause) {
		one, stop := context.WithTimeout(ctx, oneTry)
		err := do(one)
		stop()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !passing(err) || time.Now().Add(pause).After(ends):
			return b.told(err, done)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// refusals are the answers of a store that will not change by themselves.
var refusals = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
	http.StatusPreconditionFailed, http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusNotImplemented, http.StatusRequestEntityTooLarge}

// passing tells that an error may be over when the same is asked again.
func passing(err error) bool {
	r := minio.ToErrorResponse(err)
	if r.Code == "RequestTimeout" || r.Code == "IncompleteBody" || r.Code == "BadDigest" || r.Code == "XAmzContentSHA256Mismatch" {
		return true // a request that did not arrive as it was sent
	}
	return !slices.Contains(refusals, r.StatusCode)
}

// trouble is what may be over when the same is tried later.
type trouble struct{ error }

// MayPass tells that an error is trouble of the network or the store, and not of what was given.
func MayPass(err error) bool {
	var t trouble
	return errors.As(err, &t)
}

// told says what is wrong with the store.
func (b *Bucket) told(err error, done string) error {
	r := minio.ToErrorResponse(err)
	switch {
	case r.Code == "NoSuchKey":
		return errAbsent
	case r.Code == "PreconditionFailed" || r.StatusCode == http.StatusPreconditionFailed:
		return errTaken
	case r.StatusCode == http.StatusNotImplemented && done == "written":
		return errPlain
	case r.Code == "NoSuchBucket":
		return fmt.Errorf("%s: there is no bucket %s at %s; make it, or see whether AWS_ENDPOINT_URL is right", b.Address, b.name, b.endpoint)
	case r.Code == "InvalidAccessKeyId":
		return fmt.Errorf("%s: %s does not know the key in AWS_ACCESS_KEY_ID", b.Address, b.endpoint)
	case r.Code == "SignatureDoesNotMatch":
		return fmt.Errorf("%s: %s refuses the signature: AWS_SECRET_ACCESS_KEY is not the secret of AWS_ACCESS_KEY_ID", b.Address, b.endpoint)
	case r.Code == "ExpiredToken" || r.Code == "InvalidToken" || r.Code == "ExpiredTokenException":
		return fmt.Errorf("%s: the keys are over or incomplete (%s); get new ones, with their AWS_SESSION_TOKEN", b.Address, r.Message)
	case r.Code == "RequestTimeTooSkewed":
		return fmt.Errorf("%s: the clock of this machine is wrong by more than %s allows; set it", b.Address, b.endpoint)
	case r.Region != "" && b.region != "" && r.Region != b.region || r.Code == "PermanentRedirect" || r.Code == "InvalidRegion" || r.Code == "AuthorizationHeaderMalformed":
		return fmt.Errorf("%s: the bucket is not in the region %q; %sset AWS_REGION to where it is", b.Address, b.region, where(r.Region))
	case r.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%s may not be %s with these keys (%s)", b.Address, done, said(r))
	case r.StatusCode != 0 && !passing(err):
		return fmt.Errorf("%s cannot be %s: %s answers %s", b.Address, done, b.endpoint, said(r))
	case r.StatusCode != 0:
		return trouble{fmt.Errorf("%s cannot be %s: %s answers %s", b.Address, done, b.endpoint, said(r))}
	}
	if far := (*url.Error)(nil); errors.As(err, &far) {
		return trouble{fmt.Errorf("%s: %s cannot be reached: %w; see whether AWS_ENDPOINT_URL is right", b.Address, b.endpoint, far.Err)}
	}
	return trouble{fmt.Errorf("%s cannot be %s: %w", b.Address, done, err)}
}

func where(region string) string {
	if region == "" {
		return ""
	}
	return "it is in " + region + ": "
}

func said(r minio.ErrorResponse) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", r.StatusCode, r.Code, strings.TrimSuffix(r.Message, ".")))
}
