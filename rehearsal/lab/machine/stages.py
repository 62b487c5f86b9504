"""Runs stages of cloud-init, each in a process of its own, as cloud-init's units do.

Most of a stage's time goes into loading cloud-init, so that is done once, as a newer cloud-init does (--all-stages).
https://manpages.ubuntu.com/manpages/focal/man1/cloud-init.1.html

A line that comes in has a stage's arguments, and the line that goes out its exit status. What the stage says goes to the
standard error.
"""
import os
import sys

from cloudinit.cmd.main import main

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
        os.dup2(2, 1)
        sys.argv = ["cloud-init", *line.split()]
        sys.exit(main())
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
