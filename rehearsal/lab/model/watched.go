package model

// Watched is what Azure would measure of a site's load balancer and NAT gateway.
type Watched struct {
	Healthy     int // instances that answer the load balancer's probe
	Connections int // that the NAT gateway has carried so far
}
