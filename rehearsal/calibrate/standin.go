package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/record"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lifecycle"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// answers brings the recording's stack up on the stand-in, and asks it the same: an answer for each of Azure's, nil
// where the program makes no such resource.
func answers(ctx context.Context, root, folder string, asked []record.Resource) ([]any, error) {
	config, _, err := stackfile.Read(filepath.Join(folder, record.StackFile))
	if err != nil {
		return nil, err
	}
	config = here(config).(map[string]any)
	values, err := stackfile.Values(config)
	if err != nil {
		return nil, err
	}
	root, err = filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	stack, err := lifecycle.New(lifecycle.Options{Name: "recorded", Root: root, Values: values})
	if err != nil {
		return nil, err
	}
	defer stack.Close()
	if _, err := stack.Up(ctx); err != nil {
		return nil, fmt.Errorf("the recording's stack file is refused here; correct %s: %w",
			filepath.Join(folder, record.StackFile), err)
	}
	made := madeBy(stack)
	redactor := record.New(stackfile.Project, record.SiteName, made, config)
	all := make([]any, len(asked))
	for i, a := range asked {
		at := slices.IndexFunc(made, func(m record.Made) bool { return m.Type == a.Type && m.Name == a.Name })
		if at < 0 {
			continue
		}
		body, err := ask(stack.Azure, made[at].ID, a.APIVersion)
		if err != nil {
			return nil, err
		}
		all[i] = redactor.Compared(body)
	}
	return all, nil
}

// here is a configuration in the stand-in's subscription.
func here(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			value[key] = here(below)
		}
	case []any:
		for i, below := range value {
			value[i] = here(below)
		}
	case string:
		return strings.ReplaceAll(value, record.Subscription, arm.Subscription)
	}
	return value
}

// madeBy is what a stack has made in Azure.
func madeBy(stack *lifecycle.Stack) (all []record.Made) {
	for _, r := range stack.Snapshot.Resources {
		if !r.Delete {
			all = append(all, record.Made{Type: string(r.Type), Name: r.URN.Name(), ID: string(r.ID)})
		}
	}
	return record.InAzure(all)
}

// ask asks the stand-in for a resource.
func ask(azure *arm.Server, id, version string) (any, error) {
	recorder := httptest.NewRecorder()
	azure.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "https://azure"+id+"?api-version="+version, nil))
	var body any
	if recorder.Code != http.StatusOK || json.Unmarshal(recorder.Body.Bytes(), &body) != nil {
		return nil, fmt.Errorf("the stand-in answers %d for %s: %s", recorder.Code, id, recorder.Body)
	}
	return body, nil
}
