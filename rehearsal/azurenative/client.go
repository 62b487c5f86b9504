package azurenative

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Client asks Azure Resource Manager for single resources and waits for its asynchronous operations.
type Client struct {
	Endpoint string       // scheme and host
	HTTP     *http.Client // nil: http.DefaultClient
	// Touch is called whenever the engine asks for something, so that simulated time waits for it. Optional.
	Touch func()
	// Pause takes the place of waiting in real time, between two tries and between two polls. Optional.
	Pause func(ctx context.Context, d time.Duration) error
}

func (c *Client) touch() {
	if c.Touch != nil {
		c.Touch()
	}
}

// Fault is an error as Azure reports it.
type Fault struct {
	Status        int
	Code, Message string

	retryAfter time.Duration
}

func (f *Fault) Error() string {
	return fmt.Sprintf("Status=%d Code=%q Message=%q", f.Status, f.Code, f.Message)
}

// errTimeIsUp is how an operation ends that Azure does not end. The plugin waits for 120 minutes.
var errTimeIsUp = errors.New("context deadline exceeded")

// canCreate refuses what is there already, in the plugin's words.
func (c *Client) canCreate(ctx context.Context, id, apiVersion string) error {
	exists, err := c.get(ctx, id, apiVersion, &map[string]any{})
	switch {
	case err != nil:
		return fmt.Errorf("cannot check existence of resource '%s': %w", id, err)
	case exists:
		return fmt.Errorf("cannot create already existing resource '%s'", id)
	}
	return nil
}

// get reads a resource into a model; false when there is none.
func (c *Client) get(ctx context.Context, id, apiVersion string, into any) (bool, error) {
	answer, err := c.call(ctx, http.MethodGet, c.url(id, apiVersion), nil)
	var fault *Fault
	if errors.As(err, &fault) && fault.Status == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(answer.body, into); err != nil {
		return false, fmt.Errorf("reading %s: %w", id, err)
	}
	return true, nil
}

// Raw reads a resource as Azure answers it.
func (c *Client) Raw(ctx context.Context, id, apiVersion string) (json.RawMessage, error) {
	answer, err := c.call(ctx, http.MethodGet, c.url(id, apiVersion), nil)
	return answer.body, err
}

// Put writes a resource and waits until Azure has done it.
func (c *Client) Put(ctx context.Context, id, apiVersion string, model any) error {
	_, err := c.put(ctx, id, apiVersion, model)
	return err
}

// put tells as well whether Azure had begun when something went wrong.
func (c *Client) put(ctx context.Context, id, apiVersion string, model any) (begun bool, err error) {
	text, err := json.Marshal(model)
	if err != nil {
		return false, fmt.Errorf("writing %s: %w", id, err)
	}
	answer, err := c.call(ctx, http.MethodPut, c.url(id, apiVersion), text)
	if err != nil {
		return false, err
	}
	return true, c.wait(ctx, answer)
}

// delete deletes a resource; one that is not there is no error, unless that is minded.
func (c *Client) delete(ctx context.Context, id, apiVersion string, minds bool) error {
	answer, err := c.call(ctx, http.MethodDelete, c.url(id, apiVersion), nil)
	var fault *Fault
	if errors.As(err, &fault) && fault.Status == http.StatusNotFound && !minds {
		return nil
	}
	if err != nil {
		return err
	}
	return c.wait(ctx, answer)
}

// mostPolls is where a client gives up on an operation. The stand-in answers a poll at the operation's end, or after
// some seconds of real time, so this is far beyond the slowest gateway.
const mostPolls = 100

// wait follows an asynchronous operation to its end: at the URL that tells how it stands, else at the one of its
// result.
func (c *Client) wait(ctx context.Context, answer answer) error {
	operation, over := answer.header.Get("Azure-AsyncOperation"), stands
	if operation == "" {
		operation, over = answer.header.Get("Location"), result
	}
	for polls := 0; operation != ""; polls++ {
		if polls == mostPolls {
			return fmt.Errorf("%w: %s", errTimeIsUp, operation)
		}
		status, err := c.call(ctx, http.MethodGet, operation, nil)
		if err != nil {
			return err
		}
		if ended, err := over(status); ended || err != nil {
			return err
		}
		if err := c.pause(ctx, retryAfter(status.header)); err != nil {
			return err
		}
	}
	return nil
}

// stands reads the answer of an Azure-AsyncOperation URL.
func stands(status answer) (ended bool, err error) {
	var operation struct {
		Status string
		Error  *Fault
	}
	if err := json.Unmarshal(status.body, &operation); err != nil {
		return false, fmt.Errorf("reading the status of an operation: %w", err)
	}
	switch operation.Status {
	case "Succeeded":
		return true, nil
	case "Failed", "Canceled":
		if operation.Error == nil {
			return true, fmt.Errorf("the operation ended as %s, without a reason", operation.Status)
		}
		operation.Error.Status = status.status
		return true, operation.Error
	}
	return false, nil
}

// result reads the answer of a Location URL.
func result(status answer) (ended bool, err error) { return status.status != http.StatusAccepted, nil }

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (c *Client) url(id, apiVersion string) string {
	return c.Endpoint + id + "?api-version=" + apiVersion
}

func (c *Client) callOnce(ctx context.Context, method, url string, body []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	if response.StatusCode >= http.StatusBadRequest {
		var failure struct{ Error Fault }
		if err := json.Unmarshal(text, &failure); err != nil || failure.Error.Code == "" {
			return answer{}, fmt.Errorf("%s %s: HTTP %d: %s", method, url, response.StatusCode, text)
		}
		failure.Error.Status, failure.Error.retryAfter = response.StatusCode, retryAfter(response.Header)
		return answer{}, &failure.Error
	}
	return answer{response.StatusCode, response.Header, text}, nil
}
