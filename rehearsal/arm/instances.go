package arm

import (
	"fmt"
	"net/http"
)

// Instances are the machines of scale sets, wherever they run. What they do while a scale set is written or deleted
// takes no simulated time.
type Instances struct {
	// Provision gives a scale set that was written the machines that it asks for, and returns once their extensions
	// have ended; or with the name of the extension that failed on one of them, and what that said.
	Provision func(scaleSetID string) (extension, failure string)
	// Terminate lets the machines of a scale set go. They are told before, where the scale set asks for that.
	Terminate func(scaleSetID string)
}

// carryOut has the machines do what an operation on their scale set asks for.
func (i *Instances) carryOut(op *operation) *fault {
	if op.Method == http.MethodDelete {
		i.Terminate(op.ID)
		return nil
	}
	extension, failure := i.Provision(op.ID)
	if failure == "" {
		return nil
	}
	return refuse(http.StatusConflict, "VMExtensionProvisioningError",
		fmt.Sprintf("VM has reported a failure when processing extension '%s'. Error message: \"%s\".",
			extension, failure))
}
