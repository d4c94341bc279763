package prices

import "strings"

// servedBy returns the vendor whose server it is, "" where that is not known: behind a name of somebody else's may be anybody.
// Some instrumentations write a server's whole address.
func servedBy(server string) string {
	host := fold(server)
	if _, after, found := strings.Cut(host, "://"); found {
		host = after
	}
	if end := strings.IndexAny(host, ":/?"); end >= 0 {
		host = host[:end]
	}
	for _, s := range &servers {
		isEnd := s.host[0] == '.' || s.host[0] == '-'
		if (host == s.host || isEnd && strings.HasSuffix(host, s.host)) && strings.Contains(host, s.with) {
			return s.vendor
		}
	}
	return ""
}

// servers are those of vendors. A host that begins with a dot or a hyphen is the end of one; with is what else is in it.
//
//nolint:gochecknoglobals // a constant table
var servers = [...]struct{ host, with, vendor string }{
	{".azure.com", "", "azure"}, // and Azure's other clouds
	{".azure.us", "", "azure"},
	{".azure.cn", "", "azure"},
	{".azure-api.net", "", "azure"},
	{".azure-api.us", "", "azure"},
	{".azure-api.cn", "", "azure"},
	{".amazonaws.com", "bedrock-", "bedrock"}, // bedrock-runtime, within a VPC too
	{".amazonaws.com.cn", "bedrock-", "bedrock"},
	{".api.aws", "bedrock-", "bedrock"},
	{"aiplatform.googleapis.com", "", "vertex"},
	{"-aiplatform.googleapis.com", "", "vertex"},
	{".rep.googleapis.com", "aiplatform.", "vertex"},
	{"generativelanguage.googleapis.com", "", "google"},
	{"api.anthropic.com", "", "anthropic"},
	{"api.cohere.ai", "", "cohere"},
	{"api.cohere.com", "", "cohere"},
	{"api.deepseek.com", "", "deepseek"},
	{"api.groq.com", "", "groq"},
	{"api.mistral.ai", "", "mistral"},
	{"api.openai.com", "", "openai"},
	{"api.x.ai", "", "xai"},
}
