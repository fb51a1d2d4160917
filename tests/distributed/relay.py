"""relay.py NAMESPACE DEVICE NAMESPACE DEVICE: a cable between two tap devices, each in a network
namespace, that holds every packet back for some milliseconds and loses one in a hundred."""
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

DELAY, LOSS = 0.005, 0.01
TUNSETIFF, IFF_TAP, IFF_NO_PI, CLONE_NEWNET = 0x400454CA, 0x0002, 0x1000, 0x40000000


def end_of_cable(namespace, device):
    with open(f"/var/run/netns/{namespace}") as handle:
        if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TAP | IFF_NO_PI))
    return end


ends = [end_of_cable(*sys.argv[1:3]), end_of_cable(*sys.argv[3:5])]
dice = random.Random(1)
held = []  # (when to let go, number, to which end, packet)
count = 0
while True:
    patience = max(0, held[0][0] - time.monotonic()) if held else 1
    for end in select.select(ends, [], [], patience)[0]:
        for _ in range(64):
            try:
                packet = os.read(end, 65536)
            except BlockingIOError:
                break
            count += 1
            if dice.random() >= LOSS:
                other = ends[1] if end == ends[0] else ends[0]
                heapq.heappush(held, (time.monotonic() + DELAY, count, other, packet))
    while held and held[0][0] <= time.monotonic():
        _, _, end, packet = heapq.heappop(held)
        try:
            os.write(end, packet)
        except (BlockingIOError, OSError):
            pass
