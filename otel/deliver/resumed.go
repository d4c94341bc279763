package deliver

import (
	"github.com/technoshare/commentator/otel/mlflowattr"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func resumed(td *tracepb.TracesData) bool {
	for _, rs := range td.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				for _, kv := range s.GetAttributes() {
					if kv.GetKey() == string(mlflowattr.ResumedKey) && kv.GetValue().GetBoolValue() {
						return true
					}
				}
			}
		}
	}
	return false
}
