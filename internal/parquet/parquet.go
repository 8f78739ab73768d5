// Package parquet answers: what rows does a Parquet file hold?
//
// It reads flat columns (groups become a.b; lists are left out) page by page, and writes columns
// of numbers, times and text. The whole of the format that data frames, warehouses and
// historians write is understood: plain, dictionary, run-length, delta and split encodings;
// snappy, gzip, zstd and raw lz4. What a file asks for is compared with the limits before
// memory is taken.
//
// Source: github.com/apache/parquet-format, Parquet.thrift and Encodings.md.
//
// Read file.go first, then meta.go, page.go, values.go; write.go stands alone.
package parquet
