// Command rehearsal rehearses a stack without Azure. It runs a real pulumi up of the whole site against a stand-in for
// Azure, sends a sensor's traffic through the deployed proxies, and takes everything down again. It exits with 0 only
// if every check passed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/rehearse"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
)

func main() {
	lab.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "rehearsal:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("rehearsal", flag.ExitOnError)
	stack := flags.String("stack", "dev", "rehearse Pulumi.`NAME`.yaml")
	var files []string
	flags.Func("config", "rehearse this stack `FILE` instead; given several times, these stacks side by side "+
		"on one Azure", func(file string) error {
		files = append(files, fromCaller(file))
		return nil
	})
	reportFile := flags.String("report", "", "write what happened to `FILE`, as JSON")
	armFile := flags.String("arm", "", "write the topology to `FILE`, as an ARM template")
	strict := flags.Bool("strict", false, "refuse a stack file without the SSH key, as pulumi preview does")
	pageFile := flags.String("page", "", "write what happened to `FILE`, as a page to look at in a browser")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; see -help", flags.Arg(0))
	}
	root, err := checkout()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		files = []string{filepath.Join(root, "Pulumi."+*stack+".yaml")}
	}
	fmt.Printf("Rehearsing %s: the real Pulumi engine and the real Squid; only Azure is simulated. Nothing leaves "+
		"this machine.\n", baseNames(files))

	results, err := play(ctx, rehearse.Options{Root: root, Out: os.Stdout, Engine: os.Stdout, Strict: *strict}, files)
	passed := true
	for _, result := range results {
		written := outputFiles{*reportFile, *pageFile, *armFile}
		if stack := result.Report.Stack; len(results) > 1 {
			written = written.of(stack)
			fmt.Printf("\n══ Stack %s\n", stack)
		}
		if err == nil {
			err = result.PrintSummary(os.Stdout)
		}
		err = errors.Join(err, written.write(result))
		passed = passed && result.Passed()
	}
	if err == nil && !passed {
		err = errors.New("some checks failed or were not run; see the summary above")
	}
	return err
}

func play(ctx context.Context, options rehearse.Options, files []string) ([]rehearse.Result, error) {
	if len(files) > 1 {
		return rehearse.RunTogether(ctx, options, files)
	}
	options.File = files[0]
	result, err := rehearse.Run(ctx, options)
	return []rehearse.Result{result}, err
}

func baseNames(files []string) string {
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	return strings.Join(names, " and ")
}

// outputFiles are what a rehearsal writes besides its output; none where a name is empty.
type outputFiles struct{ report, page, arm string }

// of are the files of one stack of several: out.json becomes out-plant.json.
func (o outputFiles) of(stack string) outputFiles {
	name := func(file string) string {
		if file == "" {
			return ""
		}
		extension := filepath.Ext(file)
		return strings.TrimSuffix(file, extension) + "-" + stack + extension
	}
	return outputFiles{name(o.report), name(o.page), name(o.arm)}
}

func (o outputFiles) write(result rehearse.Result) error {
	return errors.Join(
		writeFile(o.report, result.Report.Write),
		writeFile(o.page, result.Report.WritePage),
		writeFile(o.arm, func(w io.Writer) error { return report.WriteTemplate(w, result.Resources, result.Secrets) }),
	)
}

func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(fromCaller(name))
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// fromCaller makes a path absolute that is relative to where the caller stands. go -C changes the working directory
// before it starts this program, and leaves PWD as the shell set it.
func fromCaller(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	if stand := os.Getenv("PWD"); stand != "" {
		return filepath.Join(stand, path)
	}
	return path
}

// checkout is the folder above this one that holds Pulumi.yaml.
func checkout() (string, error) {
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := at; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no Pulumi.yaml above %s: run this from the checkout", at)
		}
	}
}
