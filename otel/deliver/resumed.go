package deliver

import tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

// ResumedKey is the span attribute (bool) by which a program says that it
// writes a trace again which an earlier process began, under the same ids: its
// runs may be on the server already.
const ResumedKey = "mlflow.run.resumed"

func resumed(td *tracepb.TracesData) bool {
	for _, rs := range td.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				for _, kv := range s.GetAttributes() {
					if kv.GetKey() == ResumedKey && kv.GetValue().GetBoolValue() {
						return true
					}
				}
			}
		}
	}
	return false
}
