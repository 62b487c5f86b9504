package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
)

// serve starts the stand-in and the plugins in front of it, and returns where the engine finds them.
func (e *Engine) serve() (plugins string, err error) {
	if beside := e.options.Beside; beside != nil {
		e.Azure, e.client, e.clock = beside.Azure, beside.client, beside.clock
	} else {
		e.serveAzure()
	}
	azure := azurenative.AzureOptions{Client: e.client, Subscription: arm.Subscription,
		Version: azurenative.AzureNativeVersion}
	if e.clock != nil {
		azure.Now = e.clock.Now
	}
	e.provider = azurenative.NewAzure(azure)
	native, err := azurenative.Serve(e.provider)
	if err != nil {
		return "", err
	}
	e.closers = append(e.closers, native.Close)
	random, err := azurenative.Serve(azurenative.NewRandom(azurenative.RandomVersion, e.Secrets))
	if err != nil {
		return "", err
	}
	e.closers = append(e.closers, random.Close)
	return fmt.Sprintf("azure-native:%d,random:%d", native.Port, random.Port), nil
}

// serveAzure starts an empty Azure.
func (e *Engine) serveAzure() {
	e.client = &azurenative.Client{}
	if !e.options.Instant {
		e.clock = arm.NewClock(quiet)
		e.clock.Watch(working, longestQuiet)
		e.client.Touch, e.client.Pause = e.clock.Touch, e.clock.Sleep
	}
	e.Azure = arm.New(arm.Options{Clock: e.clock, Instances: e.options.Instances})
	var resourceManager http.Handler = e.Azure
	if e.options.Between != nil {
		resourceManager = e.options.Between(e.Azure)
	}
	server := httptest.NewServer(resourceManager)
	e.client.Endpoint = server.URL
	e.closers = append(e.closers, func() error { server.Close(); return nil })
}

// Steps returns what the engine had Azure do so far, in simulated time since the first of it.
func (e *Engine) Steps() []azurenative.Step {
	steps := e.provider.Steps()
	began := e.began(steps)
	for i := range steps {
		steps[i].Start -= began
		steps[i].End -= began
	}
	return steps
}

// began is when the stack asked Azure for something first: other stacks may have been at work before.
func (e *Engine) began(steps []azurenative.Step) time.Duration {
	if e.options.Beside == nil || len(steps) == 0 {
		return 0
	}
	return slices.MinFunc(steps, func(a, b azurenative.Step) int { return cmp.Compare(a.Start, b.Start) }).Start
}

// Resources are the stack's own in Azure, which other stacks may share: what its plugin wrote, and what is in a
// resource group of its.
func (e *Engine) Resources() []arm.Resource {
	has := e.has()
	return slices.DeleteFunc(e.Azure.Resources(), func(r arm.Resource) bool { return !has(r.ID) })
}

// Has tells whether a resource of Azure is one of Resources.
func (e *Engine) Has(id string) bool { return e.has()(id) }

func (e *Engine) has() func(id string) bool {
	wrote := map[string]bool{}
	for _, step := range e.Steps() {
		wrote[strings.ToLower(step.ID)] = true
	}
	if s, err := e.Site(); err == nil && s.ResourceGroup != "" { // what is still being made in it has no step yet
		wrote[strings.ToLower("/subscriptions/"+arm.Subscription+"/resourceGroups/"+s.ResourceGroup)] = true
	}
	return func(id string) bool {
		id = strings.ToLower(id)
		group, _, _ := strings.Cut(id, "/providers/")
		return wrote[id] || wrote[group]
	}
}

// Get reads a resource of Microsoft.Network, the stack's own or somebody else's, as Azure has it now, into one of
// Microsoft's models.
func (e *Engine) Get(ctx context.Context, id string, into any) error {
	text, err := e.client.Raw(ctx, id, networkVersion)
	if err != nil {
		return fmt.Errorf("reading %s: %w", id, err)
	}
	return json.Unmarshal(text, into)
}

const networkVersion = "2024-05-01"

// List reads the stack's resources of a type, as Azure has them now, into a slice of Microsoft's models.
func (e *Engine) List(ctx context.Context, resourceType string, into any) error {
	var all []json.RawMessage
	for _, r := range e.Resources() {
		if r.Type != resourceType {
			continue
		}
		text, err := e.client.Raw(ctx, r.ID, r.APIVersion)
		if err != nil {
			return err
		}
		all = append(all, text)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
