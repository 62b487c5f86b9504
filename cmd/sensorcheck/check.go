package main

import (
	"context"
	"sync"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
)

// report is the result of a check. Its JSON is a contract with scripts: add, don't rename.
type report struct {
	Proxy     string   `json:"proxy"` // empty: directly
	OK        bool     `json:"ok"`
	Endpoints []result `json:"endpoints"`
}

// result is how far the way to one endpoint could be gone.
type result struct {
	Service string `json:"service"`
	Host    string `json:"host"`
	Port    uint16 `json:"port"`
	OK      bool   `json:"ok"`
	Leg     string `json:"leg"` // the one that failed
	fault
	Legs []legResult `json:"legs"`
}

// fault is why a leg failed: a word for scripts, and for people what is wrong and what to do.
type fault struct {
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
	Advice  string `json:"advice"`
}

// legResult is how one leg ended.
type legResult struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Millis int64  `json:"ms"`
	Detail string `json:"detail"`
}

// check goes every way at the same time, so that many endpoints take no longer than one.
func (p plan) check(ctx context.Context) report {
	ctx, cancel := context.WithTimeout(ctx, allowance)
	defer cancel()
	r := report{OK: true, Endpoints: make([]result, len(p.targets))}
	if p.proxy != nil {
		r.Proxy = p.proxy.String()
	}
	var all sync.WaitGroup
	for i, target := range p.targets {
		all.Go(func() { r.Endpoints[i] = p.visit(ctx, target) })
	}
	all.Wait()
	for _, e := range r.Endpoints {
		r.OK = r.OK && e.OK
	}
	return r
}

// visit goes the way to one endpoint up to the first leg that fails.
func (p plan) visit(ctx context.Context, e endpoints.Endpoint) result {
	r := result{Service: e.Service, Host: e.Host, Port: e.Port, Legs: []legResult{}}
	w := &way{plan: p, target: address{e.Host, e.Port}}
	defer w.close()
	for _, leg := range w.legs() {
		w.began = time.Now()
		legCtx, cancel := context.WithTimeout(ctx, p.timeout)
		detail, failed := leg.take(legCtx)
		cancel()
		if failed != nil {
			detail = failed.Reason
		}
		r.Legs = append(r.Legs, legResult{leg.name, failed == nil, time.Since(w.began).Milliseconds(), detail})
		if failed != nil {
			r.Leg, r.fault = leg.name, *failed
			return r
		}
	}
	if isWildcard(e.Host) {
		r.fault = untestedFault(e.Host)
		return r
	}
	r.OK = true
	return r
}
