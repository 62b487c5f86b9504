package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

// API versions: those with which the program writes, where it does.
const (
	networkVersion     = "2024-05-01"
	computeVersion     = "2023-03-01"
	storageVersion     = "2022-09-01"
	diagnosticsVersion = "2021-05-01-preview"
	metricsVersion     = "2018-01-01"
	// interfacesVersion is the only one that Microsoft's own clients use for the interfaces of a scale set.
	// Source: https://learn.microsoft.com/dotnet/api/azure.resourcemanager.network.mocking.mockablenetworkresourcegroupresource.getvirtualmachinescalesetnetworkinterfacesasync
	interfacesVersion = "2018-10-01"
)

// asker asks Azure Resource Manager, and notes what could not be read.
type asker struct {
	*clients
	role   string // that the caller needs
	unread []verify.Unread
}

// cannot notes what could not be read, and why.
func (a *asker) cannot(what string, err error) {
	u := verify.Unread{What: what, Why: strings.Join(strings.Fields(err.Error()), " "),
		Do: "Try again. If it stays, look at the resource in the portal"}
	var refused *azcore.ResponseError
	if errors.As(err, &refused) {
		u.Why = fmt.Sprintf("%d %s", refused.StatusCode, refused.ErrorCode)
		if refused.StatusCode == http.StatusForbidden {
			u.Do = "Give whoever runs this " + a.role + " on it, or on its resource group"
		}
	}
	a.unread = append(a.unread, u)
}

// isMissing tells whether Azure answers that a resource is not there.
func isMissing(err error) bool {
	var refused *azcore.ResponseError
	return errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound &&
		refused.ErrorCode != "SubscriptionNotFound"
}

// send has a request answered with one of the expected statuses.
func (a *asker) send(ctx context.Context, method, address string, expected ...int) (*http.Response, error) {
	request, err := runtime.NewRequest(ctx, method, address)
	if err != nil {
		return nil, err
	}
	request.Raw().Header.Set("Accept", "application/json")
	response, err := a.arm.Pipeline().Do(request)
	if err != nil {
		return nil, err
	}
	if !runtime.HasStatusCode(response, expected...) {
		return nil, runtime.NewResponseError(response)
	}
	return response, nil
}

// address is the URL of a path below Azure Resource Manager.
func (a *asker) address(path, version string, query url.Values) string {
	if query == nil {
		query = url.Values{}
	}
	query.Set("api-version", version)
	return runtime.JoinPaths(a.arm.Endpoint(), path) + "?" + query.Encode()
}

// get reads one resource.
func get[R, V any](ctx context.Context, a *asker, id, version string, to func(R) V) verify.Part[V] {
	var raw R
	response, err := a.send(ctx, http.MethodGet, a.address(id, version, nil), http.StatusOK)
	if err == nil {
		err = runtime.UnmarshalAsJSON(response, &raw)
	}
	switch {
	case err != nil && isMissing(err):
		return verify.Found[V](nil)
	case err != nil:
		a.cannot(id, err)
		return verify.Part[V]{}
	}
	value := to(raw)
	return verify.Found(&value)
}

// list reads all pages of a list.
func list[R, V any](ctx context.Context, a *asker, path, version string, query url.Values,
	to func(R) V) verify.Part[[]V] {
	all := []V{}
	for next := a.address(path, version, query); next != ""; {
		var page struct {
			Value    []R
			NextLink string
		}
		response, err := a.send(ctx, http.MethodGet, next, http.StatusOK)
		if err == nil {
			err = runtime.UnmarshalAsJSON(response, &page)
		}
		switch {
		case err != nil && isMissing(err):
			return verify.Found[[]V](nil)
		case err != nil:
			a.cannot(path, err)
			return verify.Part[[]V]{}
		}
		for _, raw := range page.Value {
			all = append(all, to(raw))
		}
		next = page.NextLink
	}
	return verify.Found(&all)
}

// act asks by an action that changes nothing, and waits for its answer.
func act[R, V any](ctx context.Context, a *asker, path, version string, to func(R) V) verify.Part[V] {
	var raw R
	response, err := a.send(ctx, http.MethodPost, a.address(path, version, nil), http.StatusOK, http.StatusAccepted)
	if err == nil {
		var poller *runtime.Poller[R]
		poller, err = runtime.NewPoller(response, a.arm.Pipeline(), &runtime.NewPollerOptions[R]{
			FinalStateVia: runtime.FinalStateViaLocation})
		if err == nil {
			raw, err = poller.PollUntilDone(ctx, &runtime.PollUntilDoneOptions{Frequency: pollEvery})
		}
	}
	if err != nil {
		a.cannot(path, err)
		return verify.Part[V]{}
	}
	value := to(raw)
	return verify.Found(&value)
}
