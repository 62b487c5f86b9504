package squid

// Rotation by size besides that by day: a sensor whose requests are refused thousands of times a second fills a day's
// log in minutes. What such a flood can leave behind between two looks is a few percent of the disk.
const (
	rotationPath = "/etc/logrotate.d/squid"
	rotation     = `/var/log/squid/*.log {
  daily
  maxsize 100M
  rotate 4
  compress
  delaycompress
  missingok
  notifempty
  nocreate
  sharedscripts
  postrotate
    test ! -e /run/squid.pid || /usr/sbin/squid -k rotate
  endscript
}
`

	// logrotate has one timer for all logs. Those without a size are rotated as often as before.
	rotationTimerPath = "/etc/systemd/system/logrotate.timer.d/defender-iot-proxy.conf"
	rotationTimer     = `[Timer]
OnCalendar=
OnCalendar=*:0/5
AccuracySec=10s
RandomizedDelaySec=0
`
)
