"""Tells Squid whether a password is right, so that an address that guesses passwords delays nobody but itself.

A password that is presented for the first time, or that is wrong, costs a hash. Squid by itself has its helper check one
after the other, so that sensors would wait behind thousands of guesses. Here each address has a queue, and the queues
have their turns. What was right once is right without a hash: users and passwords are the same for as long as the
instance lives.

Its arguments are the command that checks: it reads lines of a user and a password, and answers each with OK or ERR.
Squid writes a number before them and the address behind, and gets the number back before the answer.
"""
import collections
import os
import subprocess
import sys
import threading

CHECKERS = 2  # as many as a machine has processors, or more; tunnels go first (nice)
LONGEST = 100  # passwords of one address that wait: more are wrong without a look


class Queues:
    def __init__(self):
        self.changed = threading.Condition()
        self.waiting = collections.OrderedDict()  # from addresses, the next one's turn first
        self.owed = 0  # answers
        self.right = set()

    def ask(self, number, password, address):
        with self.changed:
            self.owed += 1
            queue = self.waiting.get(address, ())
            if password in self.right:
                self.answer(number, b"OK\n")
            elif len(queue) >= LONGEST:
                self.answer(number, b"ERR\n")
            else:
                self.waiting.setdefault(address, collections.deque()).append((number, password))
                self.changed.notify_all()

    def next(self):
        with self.changed:
            self.changed.wait_for(lambda: self.waiting)
            address, queue = self.waiting.popitem(last=False)
            first = queue.popleft()
            if queue:
                self.waiting[address] = queue
            return first

    def settle(self, number, password, verdict):
        with self.changed:
            if verdict.startswith(b"OK"):
                self.right.add(password)
            self.answer(number, verdict)

    def answer(self, number, verdict):
        os.write(1, number + b" " + verdict)
        self.owed -= 1
        self.changed.notify_all()

    def settled(self):
        with self.changed:
            self.changed.wait_for(lambda: self.owed == 0)


def check(queues, command):
    """Has a process of the command check what is next. If it ends, all of this does, and Squid starts it again."""
    try:
        checker = subprocess.Popen(["/usr/bin/nice", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        while True:
            number, password = queues.next()
            checker.stdin.write(password + b"\n")
            checker.stdin.flush()
            verdict = checker.stdout.readline()
            if not verdict:
                break
            queues.settle(number, password, verdict)
    finally:
        os._exit(1)


def main(command):
    queues = Queues()
    for _ in range(CHECKERS):
        threading.Thread(target=check, args=(queues, command), daemon=True).start()
    for line in sys.stdin.buffer:
        # Blanks within a user, a password or a header are written in another way.
        number, user, password, address, *_ = line.split(b" ")
        queues.ask(number, user + b" " + password, address)
    queues.settled()
    os._exit(0)


main(sys.argv[1:])
