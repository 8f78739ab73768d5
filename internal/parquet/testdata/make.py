# Writes the files of this folder: the same 100 rows in the encodings and codecs of pyarrow.
import datetime, decimal, math, random
import pyarrow as pa, pyarrow.parquet as pq

n = 100
random.seed(1)
start = datetime.datetime(2024, 3, 31, 0, 30, tzinfo=datetime.timezone.utc)
table = pa.table({
    "time": pa.array([start + datetime.timedelta(minutes=15 * i, microseconds=i) for i in range(n)], pa.timestamp("us", "UTC")),
    "x": pa.array([math.sqrt(i) for i in range(n)], pa.float64()),
    "gap": pa.array([None if i % 3 == 0 else random.random() for i in range(n)], pa.float64()),
    "f": pa.array([i / 8 for i in range(n)], pa.float32()),
    "color": pa.array([["red", "green", "blue"][i % 3] for i in range(n)]),
    "on": pa.array([i % 2 == 0 for i in range(n)]),
    "price": pa.array([decimal.Decimal(i) / 100 for i in range(n)], pa.decimal128(10, 2)),
    "day": pa.array([datetime.date(2024, 1, 1) + datetime.timedelta(days=i) for i in range(n)]),
    "k": pa.array([i * i - 5 for i in range(n)], pa.int64()),
})
plain = dict(compression="none", use_dictionary=False)
pq.write_table(table, "pyarrow-plain.parquet", **plain)
pq.write_table(table, "pyarrow-snappy-v2.parquet", compression="snappy", data_page_version="2.0", row_group_size=37)
pq.write_table(table, "pyarrow-zstd.parquet", compression="zstd")
pq.write_table(table, "pyarrow-lz4.parquet", compression="lz4", data_page_size=200)
pq.write_table(table, "pyarrow-gzip-delta.parquet", compression="gzip", use_dictionary=False,
               column_encoding={"k": "DELTA_BINARY_PACKED", "day": "DELTA_BINARY_PACKED", "color": "DELTA_BYTE_ARRAY"})
pq.write_table(table, "pyarrow-split.parquet", compression="none", use_dictionary=False,
               column_encoding={"x": "BYTE_STREAM_SPLIT", "f": "BYTE_STREAM_SPLIT", "color": "DELTA_LENGTH_BYTE_ARRAY"})
