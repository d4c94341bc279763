package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// beParent is a process that has children, one idle and one that never ends, and says their ids.
func beParent() {
	c := Config{Command: []string{"", "child"}, Limits: limits, Most: 2, Idle: 1}
	p, err := New(c)
	if err != nil {
		panic(err)
	}
	pids := make(chan string, 1)
	go func() {
		_, err := p.Do(context.Background(), Message{Head: []byte("call with pid, then spin")}, func(_ context.Context, m Message) Message {
			pids <- string(m.Body)
			return Message{}
		})
		panic(err) // it spins until it is killed
	}()
	busy := <-pids
	idle, err := p.Do(context.Background(), Message{Head: []byte("pid")}, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(busy, string(idle.Body))
	select {}
}

// A worker that a shell started with a file open, such as one of secrets or a lock, gave it to its children.
func TestAChildHasNoFileThatItsParentWasStartedWith(t *testing.T) {
	if err := unix.CloseRange(math.MaxInt32, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		t.Skip("the kernel cannot: ", err)
	}
	name := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(name, unix.O_RDONLY, 0) // as it comes from there: nothing closes it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	})
	if got, err := ask(t, newPool(t, Config{}), "files"); err != nil || !strings.Contains(got, "pipe:") || strings.Contains(got, name) {
		t.Errorf("%v: %s", err, got)
	}
}

func TestNoChildOutlivesItsParent(t *testing.T) {
	parent := exec.Command(os.Args[0], "parent")
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	said, err := bufio.NewReader(out).ReadString('\n')
	pids := strings.Fields(said)
	if err != nil || len(pids) != 2 {
		t.Fatalf("%q, %v", said, err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	for _, pid := range pids {
		for n := 0; running(pid); n++ {
			if n > 3000 {
				t.Fatalf("child %s is there after its parent", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// running reports whether a process is there and no zombie.
func running(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

func TestAChildIsTheFirstToBeKilled(t *testing.T) {
	p := newPool(t, Config{})
	var score string
	_, err := p.Do(t.Context(), Message{Head: []byte("call with pid")}, func(_ context.Context, m Message) Message {
		pid, _ := strconv.Atoi(string(m.Body))
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid))
		if err != nil {
			t.Error(err)
		}
		score = strings.TrimSpace(string(b))
		return Message{}
	})
	if err != nil || score != "1000" {
		t.Errorf("oom_score_adj is %q, %v", score, err)
	}
}
