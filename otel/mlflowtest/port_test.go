package mlflowtest

import (
	"fmt"
	"net"
	"sync"
	"testing"
)

// TestAPortIsReservedOnce: two servers that were told the same port are one server, to both of
// those who started them.
func TestAPortIsReservedOnce(t *testing.T) {
	const pairs = 8
	first := 0
	for from := 19000; first == 0 && from < firstPort; from += 2 * pairs { // where no other test reserves
		if free(from, from+2*pairs-1) {
			first = from
		}
	}
	if first == 0 {
		t.Skip("of the ports below those of servers, none are free")
	}
	last := first + 2*pairs - 1
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[int]port{}
	for range pairs {
		wg.Go(func() {
			p, err := reserveIn(first, last)
			if err != nil {
				t.Errorf("among %d to %d: %v", first, last, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if _, twice := got[p.number]; twice {
				t.Errorf("port %d is reserved twice", p.number)
			}
			got[p.number] = p
		})
	}
	wg.Wait()
	if _, err := reserveIn(first, last); err == nil {
		t.Error("a port was reserved where all are")
	}
	for number, p := range got {
		p.release()
		l, err := net.Listen("tcp", address(number))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := reserveIn(number, number+1); err == nil {
			t.Errorf("port %d was reserved while a server listens at it", number)
			again.release()
		}
		_ = l.Close()
		again, err := reserveIn(number, number+1)
		if err != nil {
			t.Errorf("a port that was released is not reserved again: %v", err)
		}
		again.release()
	}
}

func free(first, last int) bool {
	for number := first; number <= last; number++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", number))
		if err != nil {
			return false
		}
		_ = l.Close()
	}
	return true
}
