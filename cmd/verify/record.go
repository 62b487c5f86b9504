package main

import (
	"context"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/record"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

// recordAnswers writes what Azure answers about each resource of the stack, without what tells whose it is. It returns
// how many answers there are, and what could not be read.
func recordAnswers(ctx context.Context, c *clients, s stack, o options) (int, []verify.Unread, error) {
	made, err := readState(ctx, o)
	if err != nil {
		return 0, nil, err
	}
	a := &asker{clients: c, role: "Azure's role Reader"}
	redactor := record.New(s.project, s.site.Name, made, s.values)
	recording := record.Recording{Config: redactor.Config}
	for _, m := range made {
		version, err := m.APIVersion()
		if err != nil {
			return 0, nil, err
		}
		answer := get(ctx, a, m.ID, version, func(body map[string]any) any { return redactor.Recorded(body) })
		if answer.Have != nil {
			recording.Resources = append(recording.Resources, record.Resource{Type: m.Type,
				Name: redactor.Name(m), APIVersion: version, Body: *answer.Have})
		}
	}
	return len(recording.Resources), a.unread, recording.Write(o.record)
}
