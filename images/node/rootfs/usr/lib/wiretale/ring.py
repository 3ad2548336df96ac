"""A packet socket that reads every frame on every interface out of memory that it shares with the kernel.

The ring is TPACKET_V2 (Documentation/networking/packet_mmap.rst): slots in kernel order, no system call per frame, and
no right needed but NET_RAW.
"""

import mmap
import socket
import struct

SOL_PACKET, PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION = 263, 5, 6, 10
ETH_P_ALL, PACKET_OUTGOING = 3, 4
TP_STATUS_KERNEL, TP_STATUS_USER, TP_STATUS_VLAN_VALID = 0, 1, 1 << 4
SLOT, BLOCK = 2048, 1 << 18  # 512 blocks are 65,536 frames of up to 1,900 bytes: 128 MiB

# struct tpacket2_hdr: status, len, snaplen, mac, net, sec, nsec, vlan_tci, vlan_tpid; sockaddr_ll follows
TPACKET2 = struct.Struct("=IIIHHIIHH4x")
SOCKADDR_LL = struct.Struct("=HHiHBB8s")  # family, protocol, ifindex, hatype, pkttype, halen, addr
LL_AT = 32


class Ring:
    """A packet socket's frames, in shared memory."""

    def __init__(self, blocks=512):
        self.size = BLOCK * blocks
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(SOL_PACKET, PACKET_VERSION, 1)
        self.slots = self.size // SLOT
        self.socket.setsockopt(SOL_PACKET, PACKET_RX_RING, struct.pack("IIII", BLOCK, blocks, SLOT, self.slots))
        self.memory = mmap.mmap(self.socket.fileno(), self.size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self.words = memoryview(self.memory).cast("I")  # a status is read and written in one piece
        self.at = 0
        self.packets = self.drops = 0

    def waiting(self):
        """Yield (ifindex, outgoing, nanoseconds, bytes) of each frame that is there, freeing its slot.

        A slot is freed by one store. A slice assignment is a memcpy of four bytes, which stores them twice: in a full
        ring the kernel may fill the slot in between, and the second store would hide that frame and stop the reader.
        """
        memory, words, at, size = self.memory, self.words, self.at, self.size
        while words[at // 4] & TP_STATUS_USER:
            status, length, kept, mac, _, seconds, nanoseconds, tci, tpid = TPACKET2.unpack_from(memory, at)
            _, _, index, _, kind, _, _ = SOCKADDR_LL.unpack_from(memory, at + LL_AT)
            data = memory[at + mac : at + mac + kept]
            words[at // 4] = TP_STATUS_KERNEL
            at = (at + SLOT) % size
            self.at = at
            if kept < length:  # a frame that does not fit its slot cannot be shown whole: count it as dropped
                self.drops += 1
                continue
            if status & TP_STATUS_VLAN_VALID:
                data = data[:12] + struct.pack("!HH", tpid or 0x8100, tci) + data[12:]
            yield index, kind == PACKET_OUTGOING, seconds * 1_000_000_000 + nanoseconds, data

    def statistics(self):
        """Return how many frames came and how many were dropped so far; the kernel's counters reset when read."""
        packets, drops = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self.packets += packets
        self.drops += drops
        return {"packets": self.packets, "drops": self.drops}
