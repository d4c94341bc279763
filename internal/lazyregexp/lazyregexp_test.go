package lazyregexp

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

func ExampleNew() {
	version := New(`v(\d+)\.(\d+)`)
	fmt.Println(version.FindStringSubmatch("since v1.22"))
	// Output: [v1.22 1 22]
}

func TestAWrongExpressionFailsTheTestsOfItsPackage(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a wrong expression was taken in the program of a test")
		}
	}()
	New(`(`)
}

func TestAnExpressionIsCompiledAtItsFirstUse(t *testing.T) {
	r := lazy(`(`) // nothing yet
	defer func() {
		if recover() == nil {
			t.Error("a wrong expression was used")
		}
	}()
	r.MatchString("")
}

func TestManyMayUseItAtOnce(t *testing.T) {
	r := lazy(`\d+`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := r.FindAllString("1 and 22", -1); !slices.Equal(got, []string{"1", "22"}) {
				t.Error(got)
			}
		})
	}
	group.Wait()
}
