package buckettest

import (
	"net/http"
	"strings"
	"testing"
)

// The examples of the specification, "Signature Calculations for the Authorization Header:
// Transferring Payload in a Single Chunk".
func TestSignaturesAreThoseOfTheSpecification(t *testing.T) {
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, c := range []struct{ method, url, payload, more, want string }{
		{"GET", "/test.txt", empty, "Range: bytes=0-9", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{"PUT", "/test%24file.text", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			"Date: Fri, 24 May 2013 00:00:00 GMT|X-Amz-Storage-Class: REDUCED_REDUNDANCY", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
		{"GET", "/?lifecycle", empty, "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
		{"GET", "/?max-keys=2&prefix=J", empty, "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
	} {
		r, err := http.NewRequest(c.method, "http://examplebucket.s3.amazonaws.com"+c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		headers := "host;x-amz-content-sha256;x-amz-date"
		r.Header.Set("X-Amz-Date", "20130524T000000Z")
		r.Header.Set("X-Amz-Content-Sha256", c.payload)
		for _, line := range strings.Split(c.more, "|") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header.Set(name, value)
			}
		}
		switch {
		case strings.HasPrefix(c.more, "Range"):
			headers = "host;range;x-amz-content-sha256;x-amz-date"
		case c.more != "":
			headers = "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class"
		}
		got := signature(r, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", []string{"20130524", "us-east-1", "s3", "aws4_request"}, strings.Split(headers, ";"))
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.method, c.url, got, c.want)
		}
	}
}
