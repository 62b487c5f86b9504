package azurenative

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Invoke looks a resource up by what its path is made of: "azure-native:resources:getResourceGroup". One that is not
// there is an error, as Azure answers it.
// Source: pulumi/pulumi-azure-native, Invoke in provider/pkg/provider/provider.go.
func (a *Azure) Invoke(ctx context.Context, request *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	a.Client.touch()
	t, model, err := lookup(strings.Replace(request.GetTok(), ":get", ":", 1))
	if err != nil {
		return nil, err
	}
	args, err := unmarshal(request.GetArgs())
	if err != nil {
		return nil, err
	}
	id, err := t.id(a.Subscription, args)
	if err != nil {
		return nil, err
	}
	state, found, err := a.read(ctx, t, model, id)
	if err == nil && !found {
		err = notFound(t, id)
	}
	if err != nil {
		return nil, fmt.Errorf("request failed %s: %w", id, err)
	}
	properties, err := marshal(state)
	return &pulumirpc.InvokeResponse{Return: properties}, err
}

// notFound is how Azure says that there is no such resource.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-not-found
func notFound(t azureType, id string) error {
	name := id[strings.LastIndex(id, "/")+1:]
	if t.path == groupPath {
		return &Fault{Status: http.StatusNotFound, Code: "ResourceGroupNotFound",
			Message: fmt.Sprintf("Resource group '%s' could not be found.", name)}
	}
	return &Fault{Status: http.StatusNotFound, Code: "ResourceNotFound",
		Message: fmt.Sprintf("The Resource '%s/%s' was not found.", t.armType(), name)}
}
