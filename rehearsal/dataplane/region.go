package dataplane

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// region is the site's Azure region, in the namespaces that Run made for it.
type region struct {
	Site
	log io.Writer
}

// readyLimit bounds how long an instance may take until it serves.
const readyLimit = 10 * time.Second

// run brings everything up and makes the checks.
func (r region) run(ctx context.Context) ([]Check, error) {
	files, err := writeFiles(r.CustomData)
	if err != nil {
		return nil, err
	}
	conf, found := find(files, squidConf)
	if !found {
		return nil, fmt.Errorf("the custom data writes no %s", squidConf)
	}
	plan, err := newPlan(r.Site, conf)
	if err != nil {
		return nil, err
	}
	endpoints, err := r.services(plan)
	if err != nil {
		return nil, err
	}
	instances, err := r.boot(ctx, files)
	if err != nil {
		return nil, err
	}
	balancer := &balancer{frontend: netip.AddrPortFrom(r.Frontend, r.Port), port: r.BackendPort}
	if err := r.ready(ctx, balancer, instances); err != nil {
		return nil, err
	}
	if err := balancer.serve(); err != nil {
		return nil, err
	}
	checks := checks(plan, conf, r.Instances)
	for i := range checks {
		checks[i].make(sensor{balancer, endpoints.trust})
	}
	return results(checks), nil
}

// services brings up the region's addresses and what answers there.
func (r region) services(p plan) (*endpoints, error) {
	if err := ownProcesses(); err != nil {
		return nil, err
	}
	if err := ip(regionAddresses(p.addresses(r.Site))); err != nil {
		return nil, err
	}
	if err := p.names.serve(platform); err != nil {
		return nil, err
	}
	return serveEndpoints(p.endpoints(r.Site), slices.Concat(p.hosts, lookalikes(), p.insideHosts()))
}

// boot starts every instance of the scale set.
func (r region) boot(ctx context.Context, files []file) ([]*instance, error) {
	var instances []*instance
	for n, addr := range r.Instances {
		i, err := start(ctx, boot{addr, files}, fmt.Sprintf("instance%d", n))
		if err != nil {
			return nil, err
		}
		instances = append(instances, i)
	}
	return instances, nil
}

// ready probes the instances from now on, and waits until all are in rotation.
func (r region) ready(ctx context.Context, b *balancer, instances []*instance) error {
	limit := time.After(readyLimit)
	for _, i := range instances {
		up := make(chan struct{})
		go b.probe(ctx, i.address, sync.OnceFunc(func() { close(up) }))
		select {
		case <-up:
			fmt.Fprintf(r.log, "instance %v serves on port %d\n", i.address, r.BackendPort)
		case <-i.ended:
			return fmt.Errorf("instance %v ended before it served:\n%s", i.address, i.output.said())
		case <-limit:
			return fmt.Errorf("instance %v does not serve on port %d after %v:\n%s", i.address, r.BackendPort, readyLimit, i.output.said())
		}
	}
	return nil
}
