package azurenative

// deviation is one thing that the stand-in does unlike the plugin. Tests set it, to see that a fact notices.
type deviation int

const (
	none deviation = iota
	reportsFailureOnRead
	forgetsFailedCreate
	forgetsFailedUpdate
	answersAfterTimeout
	suffixesEveryName
	suffixesNoName
	createsBeforeDeletingFixedNames
	replacesScaleSets
	replacesNothing
	deletesFirstUnasked
	masksAdditions
	masksRemovals
	keepsOutputsInPreview
	mindsCaseOfGroups
	mindsSpacesInLocations
	acceptsSecrets
	dropsSubResources
	adoptsResources
	mindsMissingOnDelete
	resolvesSelfEverywhere
)

func (a *Azure) deviates(d deviation) bool { return a.deviation == d }
