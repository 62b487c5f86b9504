package model

import (
	"net/netip"
	"time"
)

// Maintenance is a kind of interruption that Azure announces to a running instance and then carries out by itself.
type Maintenance string

// The kinds, by the names that Azure's scheduled events give them.
// Source: https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events#event-properties
const (
	Reboot   Maintenance = "Reboot"
	Redeploy Maintenance = "Redeploy" // a restart on another host, with the same disk
	Freeze   Maintenance = "Freeze"   // a pause in which memory and connections stay
)

// Notice is how long before an interruption an instance is told of it.
// Source: https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events#event-scheduling
func (m Maintenance) Notice() time.Duration {
	if m == Redeploy {
		return 10 * time.Minute
	}
	return 15 * time.Minute
}

// Takes is how long the interruption lasts: a boot, or the longest pause that Azure names.
// Source: https://learn.microsoft.com/azure/virtual-machines/maintenance-and-updates
func (m Maintenance) Takes() time.Duration {
	if m == Freeze {
		return 30 * time.Second
	}
	return time.Minute
}

// ImageUpgrade is an automatic upgrade of the image of a scale set's instances.
// Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-automatic-upgrade
type ImageUpgrade struct {
	Set    ScaleSet      // whose instances are upgraded
	Notice bool          // osImageNotificationProfile: instances are told 15 minutes before
	Surge  []netip.Addr  // maxSurge: the addresses of the instances that take over from them; empty: in place
	Drain  time.Duration // terminateNotificationProfile: what a deleted instance is told
	Broken bool          // the new image brings no Squid
}

// OSImageNotice is how long before its upgrade an instance is told of it, if it is, and OSImageEvent is the type of
// that event. The documentation names the profile and the time and no type, so the lab takes one that is none of the
// documented five.
// Source:
// https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-sets/create-or-update#osimagenotificationprofile
const (
	OSImageNotice = 15 * time.Minute
	OSImageEvent  = "Reimage"
)
