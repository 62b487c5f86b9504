// Command rehearsal rehearses a stack without Azure. It runs a real pulumi up of the whole site against a stand-in for Azure,
// sends a sensor's traffic through the deployed proxies, and takes everything down again. It exits with 0 only if every check passed.
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
	config := flags.String("config", "", "rehearse this stack `FILE` instead")
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
	file := filepath.Join(root, "Pulumi."+*stack+".yaml")
	if *config != "" {
		file = fromCaller(*config)
	}
	fmt.Printf("Rehearsing %s: the real Pulumi engine and the real Squid; only Azure is simulated. Nothing leaves this machine.\n", filepath.Base(file))

	result, err := rehearse.Run(ctx, rehearse.Options{Root: root, File: file, Out: os.Stdout, Engine: os.Stdout, Strict: *strict})
	if err != nil {
		return errors.Join(err, writeFiles(result, *reportFile, *pageFile, *armFile))
	}
	if err := result.PrintSummary(os.Stdout); err != nil {
		return err
	}
	if err := writeFiles(result, *reportFile, *pageFile, *armFile); err != nil {
		return err
	}
	if !result.Passed() {
		return errors.New("some checks failed or were not run; see the summary above")
	}
	return nil
}

func writeFiles(result rehearse.Result, reportFile, pageFile, armFile string) error {
	return errors.Join(
		writeFile(reportFile, result.Report.Write),
		writeFile(pageFile, result.Report.WritePage),
		writeFile(armFile, func(w io.Writer) error { return report.WriteTemplate(w, result.Resources, result.Secrets) }),
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

// fromCaller makes a path absolute that is relative to where the caller stands. go -C changes the working directory before it
// starts this program, and leaves PWD as the shell set it.
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
