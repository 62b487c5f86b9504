package rehearse

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// RunTogether rehearses several stacks in one subscription, side by side: each is brought up, serves its sensors and
// does not change in a second up; then the first is destroyed while sensors of the others are at work, and nothing of
// the others may change. The file of the options is not read.
func RunTogether(ctx context.Context, options Options, files []string) ([]Result, error) {
	known := map[string]string{}
	for _, file := range files {
		name := stackfile.Name(file)
		if other, taken := known[name]; taken {
			return nil, fmt.Errorf("%s and %s are both stack %s: stacks on one Azure need different names", other, file,
				name)
		}
		known[name] = file
	}
	return perform(ctx, options, files, sideBySide)
}

func sideBySide(ctx context.Context, all []*run) error {
	for _, part := range []struct {
		title string
		play  func(*run, context.Context) error
	}{
		{"preview of the empty stack", (*run).preview},
		{"pulumi up: create every resource", (*run).up},
		{"sensor traffic through the deployed proxies", (*run).traffic},
		{"pulumi up again: nothing must change", (*run).again},
	} {
		for _, r := range all {
			play := func(ctx context.Context) error { return part.play(r, ctx) }
			if err := (act{r.prefix + part.title, play}).run(ctx, r.Out); err != nil {
				return err
			}
		}
	}
	for i, r := range all {
		stay := all[i+1:]
		title := r.prefix + "pulumi destroy: nothing of it must be left"
		if len(stay) > 0 {
			title += ", and the other stacks must stay as they are"
		}
		remove := func(ctx context.Context) error { return r.leave(ctx, stay) }
		if err := (act{title, remove}).run(ctx, r.Out); err != nil {
			return err
		}
	}
	return nil
}

// leave destroys the stack while the sensors of those that stay are at work.
func (r *run) leave(ctx context.Context, stay []*run) error {
	before := map[*run][]arm.Resource{}
	for _, other := range stay {
		before[other] = other.engine.Resources()
		if site := other.machines.lab; site != nil {
			if err := site.Drive(); err != nil {
				return err
			}
		}
	}
	if err := r.destroyBeside(ctx, stay); err != nil {
		return err
	}
	for _, other := range stay {
		if err := other.untouched(ctx, r.result.Report.Stack, before[other]); err != nil {
			return err
		}
	}
	return nil
}

// untouched checks that the stack is as it was before another one was destroyed, in Azure, to its sensors and to
// Pulumi.
func (r *run) untouched(ctx context.Context, gone string, before []arm.Resource) error {
	var checks []model.Check
	if site := r.machines.lab; site != nil {
		var err error
		if checks, err = site.Halt(); err != nil {
			return err
		}
	}
	name := "traffic while " + gone + " was destroyed"
	if after := r.engine.Resources(); !reflect.DeepEqual(before, after) {
		r.check(name, false, "of %d resources in Azure there are %d, or they are different", len(before), len(after))
		return nil
	}
	r.sensorChecks(name, checks, fmt.Sprintf("%d resources in Azure unchanged", len(before)))
	return errors.Join(r.again(ctx), r.refresh(ctx))
}
