package mlflow

import "testing"

func TestSameServer(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"http://127.0.0.1:5000", "http://localhost:5000/", true},
		{"http://[::1]:5000", "http://LOCALHOST:5000", true},
		{"http://[::ffff:127.0.0.1]:5000", "http://localhost.:5000", true},
		{"http://user:pw@MLflow.Example.com/", "http://mlflow.example.com:80", true},
		{"https://mlflow.example.com:443/team", "HTTPS://mlflow.example.com/team/", true},
		{"http://[2001:db8::0:1]:5000", "http://[2001:DB8::1]:5000", true},
		{"http://mlflow:5000/#/experiments/1", "http://mlflow:5000", true},
		{"http://mlflow:5000", "http://mlflow:5001", false},
		{"http://mlflow:5000", "https://mlflow:5000", false},
		{"http://mlflow:5000/a", "http://mlflow:5000/b", false},
		{"http://mlflow:5000/a", "http://mlflow:5000/A", false}, // paths have a case
		{"http://mlflow:5000", "http://mlflow.example.com:5000", false},
		{"http://127.0.0.2:5000", "http://127.0.0.1:5000", false},
		{"sqlite:///a.db", "sqlite:///a.db", false},
		{"", "", false},
	} {
		if got := SameServer(c.a, c.b); got != c.same || SameServer(c.b, c.a) != got {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}
