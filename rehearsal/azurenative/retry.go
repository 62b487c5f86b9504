package azurenative

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// The real plugin's patience: three more tries, after 20, 60 and 120 seconds unless Azure says when, for a broken
// connection, for these answers, and for one conflict that passes by itself.
// Source: https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/azure/client_azcore.go
var (
	retryDelays   = []time.Duration{20 * time.Second, 60 * time.Second, 120 * time.Second}
	retryStatuses = []int{
		http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}
)

const retryConflict = "AnotherOperationInProgress"

// passing tells whether a failure may pass by itself, and after what time Azure says so; zero where it does not say.
func passing(err error) (after time.Duration, passes bool) {
	var broken *url.Error
	if errors.As(err, &broken) {
		return 0, true
	}
	var fault *Fault
	if !errors.As(err, &fault) {
		return 0, false
	}
	passes = slices.Contains(retryStatuses, fault.Status) ||
		fault.Status == http.StatusConflict && fault.Code == retryConflict
	return fault.retryAfter, passes
}

// call asks, and asks again while the failure may pass.
func (c *Client) call(ctx context.Context, method, url string, body []byte) (answer, error) {
	for attempt := 0; ; attempt++ {
		answer, err := c.callOnce(ctx, method, url, body)
		after, passes := passing(err)
		if !passes || attempt == len(retryDelays) || ctx.Err() != nil {
			return answer, err
		}
		if after == 0 {
			after = retryDelays[attempt]
		}
		if err := c.pause(ctx, after); err != nil {
			return answer, err
		}
	}
}

// pause waits, or has Pause do so.
func (c *Client) pause(ctx context.Context, d time.Duration) error {
	if c.Pause != nil {
		return c.Pause(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// retryAfter is how long an answer asks to wait.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
