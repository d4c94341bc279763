package main

import (
	"os"
	"testing"
)

func TestEnvExampleListsEverySettingWithItsDefault(t *testing.T) {
	got, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != envExample() {
		t.Error(".env.example is out of date: commentator env > .env.example")
	}
}
