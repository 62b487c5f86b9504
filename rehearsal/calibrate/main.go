// Command calibrate compares what Azure answered about a stack, as `verify --record` wrote it, with what the stand-in
// answers about the same program. It prints each difference as a row of a table, ready for an issue.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/record"
)

const usage = `Usage:
  go -C rehearsal run ./calibrate DIR

Compares a recording in DIR, a path from the checkout's root, with what the stand-in answers about the same program.
It prints a table in Markdown. A difference in a value that recordings do not tell, such as a name, is none.

Exit code: 0 no difference; 1 differences; 2 something could not be compared.
`

// Exit codes.
const (
	alike       = 0
	differ      = 1
	notCompared = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, "..", os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command without its process, in a checkout.
func run(ctx context.Context, root string, args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
		fmt.Fprint(stdout, usage)
		return alike
	}
	if len(args) != 1 {
		fmt.Fprint(stderr, usage)
		return notCompared
	}
	folder := args[0]
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(root, folder)
	}
	rows, compared, err := calibrate(ctx, root, folder)
	if err != nil {
		fmt.Fprintln(stderr, "calibrate:", err)
		return notCompared
	}
	write(stdout, rows, compared)
	if len(rows) > 0 {
		return differ
	}
	return alike
}

// calibrate compares a recording, and returns how many resources it has.
func calibrate(ctx context.Context, root, folder string) (rows []row, compared int, err error) {
	azure, err := record.Read(folder)
	if err != nil {
		return nil, 0, err
	}
	standIn, err := answers(ctx, root, folder, azure)
	if err != nil {
		return nil, 0, err
	}
	for i, a := range azure {
		title := a.Type[strings.LastIndex(a.Type, ":")+1:] + " " + a.Name
		if standIn[i] == nil {
			rows = append(rows, row{resource: title, azure: "made", standIn: "not made", times: 1})
			continue
		}
		rows = append(rows, differences(title, a.Body, standIn[i])...)
	}
	return rows, len(azure), nil
}
