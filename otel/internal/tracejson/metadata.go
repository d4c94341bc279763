package tracejson

import (
	"slices"
	"strconv"
)

// maxMetadata is the number of characters that every store of MLflow takes in a
// value of metadata.
const maxMetadata = 250

// metadata is what MLflow's exporter says of a trace beside its spans
// (mlflow/tracing/constant.py, TraceMetadataKey).
func metadata(spans []*span, o Options, size int) map[string]string {
	m := map[string]string{"mlflow.trace_schema.version": "3"}
	if o.Schema == V2 {
		m["mlflow.trace_schema.version"] = "2"
	}
	if len(spans) == 0 {
		return m
	}
	m["mlflow.trace.sizeBytes"] = strconv.Itoa(size)
	m["mlflow.trace.sizeStats"] = sizeStats(spans, size)
	for key, of := range map[string]string{"mlflow.trace.tokenUsage": usageKey, "mlflow.trace.cost": costKey} {
		if text := sums(spans, of); text != "" && len(text) <= maxMetadata {
			m[key] = text
		}
	}
	return m
}

// sizeStats are the sizes of spans in bytes.
func sizeStats(spans []*span, size int) string {
	sizes := make([]int, 0, len(spans))
	for _, s := range spans {
		fit, _ := s.fit(maxBytes)
		sizes = append(sizes, len(marshal(fit.v3())))
	}
	slices.Sort(sizes)
	at := func(quarter int) int { return sizes[(len(sizes)-1)*quarter/4] }
	return string(marshal(map[string]int{
		"total_size_bytes": size, "num_spans": len(sizes), "max": at(4), "p25": at(1), "p50": at(2), "p75": at(3),
	}))
}
