package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/bench/figures"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/rehearse"
)

// full is the load of a run: more than 20 times the tunnels that the proxy of 2022 holds, and in all a minute's work on
// two cores.
var full = model.Load{Tunnels: 10000, Openings: 2000, AtATime: 16, Streams: 100, Window: 2 * time.Second, Rounds: 4}

// load deploys the stack, boots one of its instances and puts load on it.
func load(ctx context.Context, root string, out io.Writer) (figures.Table, error) {
	fmt.Fprintln(out, "Putting load on one instance of Pulumi.prod.yaml, without the load balancer. This "+
		"takes a minute.")
	site, err := deploy(ctx, root, out)
	if err != nil {
		return nil, err
	}
	f, err := lab.Measure(ctx, site, full, out)
	if err != nil {
		return nil, err
	}
	if f.Alive < f.Held {
		return nil, fmt.Errorf("of %d open tunnels, only %d still work", f.Held, f.Alive)
	}
	in2022 := fmt.Sprint(f.HeldIn2022)
	if f.HangsIn2022 {
		in2022 += ", the next hangs"
	}
	perRelay := func(a, b float64) string { return ratio(a, b) + " × a plain relay's" }
	return figures.Table{
		row(fmt.Sprintf("tunnels held by one instance, of %d offered, each process with %d of its %d descriptors",
			full.Tunnels, f.Descriptors, squid.FileDescriptors),
			fmt.Sprintf("%d, all alive", f.Held), ratio(f.Held, f.HeldIn2022)+" × 2022's"),
		row("tunnels held with 2022's squid.conf and stock limits", in2022, "1"),
		row("Squid's memory per 1000 tunnels", fmt.Sprintf("%.0f MB", float64(f.MemoryPer1000)/1e6), ""),
		row(fmt.Sprintf("tunnels opened per second, %d at a time", full.AtATime),
			fmt.Sprintf("%.0f", f.Opening.PerSecond), perRelay(f.Opening.PerSecond, f.Relayed.PerSecond)),
		row("p99 to open one", fmt.Sprintf("%.1f ms", f.Opening.P99.Seconds()*1e3), perRelay(f.Opening.P99.Seconds(),
			f.Relayed.P99.Seconds())),
		row(fmt.Sprintf("bytes per second through %d tunnels", full.Streams),
			fmt.Sprintf("%.0f MB", f.Throughput.Tunnels/1e6),
			fmt.Sprintf("%s × direct TCP, %s, %s × that of a relay that copies",
				ratio(f.Throughput.Tunnels, f.Throughput.Direct), perRelay(f.Throughput.Tunnels, f.Throughput.Relayed),
				ratio(f.Throughput.Tunnels, f.Throughput.Copied))),
		row("bytes per second through a relay that copies", fmt.Sprintf("%.0f MB", f.Throughput.Copied/1e6),
			perRelay(f.Throughput.Copied, f.Throughput.Relayed)),
	}, nil
}

// deploy reads the site from an up of the stack, which is all that is needed of it.
func deploy(ctx context.Context, root string, out io.Writer) (site model.Site, err error) {
	e, err := engine.Start(ctx, engine.Options{Root: root, File: stackFile(root), Log: out, Instant: true})
	if err != nil {
		return site, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if _, err := e.Up(ctx); err != nil {
		return site, err
	}
	return rehearse.Deployed(ctx, e)
}
