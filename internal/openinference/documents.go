package openinference

import (
	"encoding/json"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
)

// maxDocuments is how many documents of a retriever get attributes of their own. A
// longer list is shown as the JSON it is.
const maxDocuments = 100

// documents returns the attributes of what a retriever found, from the rows that MLflow
// draws: [{"page_content":"…","id":"…","metadata":{…}}]. It returns nil where the output
// is no such list, or too long a one. Phoenix adds the scores of
// gen_ai.retrieval.documents, which holds no texts.
func documents(outputs string) (add []attribute.KeyValue) {
	var rows []struct {
		Content  *string         `json:"page_content"`
		ID       string          `json:"id"`
		Metadata json.RawMessage `json:"metadata"`
	}
	if json.Unmarshal([]byte(outputs), &rows) != nil || len(rows) > maxDocuments {
		return nil
	}
	for i, row := range rows {
		if row.Content == nil {
			return nil
		}
		prefix := DocumentsPrefix + strconv.Itoa(i) + ".document."
		add = append(add, attribute.String(prefix+"content", *row.Content))
		if row.ID != "" {
			add = append(add, attribute.String(prefix+"id", row.ID))
		}
		if len(row.Metadata) > 0 {
			add = append(add, attribute.String(prefix+"metadata", string(row.Metadata)))
		}
	}
	return add
}
