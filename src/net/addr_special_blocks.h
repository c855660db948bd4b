/* SPDX-License-Identifier: BSD-2-Clause
 * The blocks of IANA's special-purpose address registries as of 2026-09-17. Made by
 * script/special-blocks, which also brings it up to date; not to be edited. */
#ifndef MOORING_NET_ADDR_SPECIAL_BLOCKS_H
#define MOORING_NET_ADDR_SPECIAL_BLOCKS_H

/* clang-format off */
/* X(family, length, leading bytes...) */
#define ADDR_SPECIAL_BLOCKS(X) \
	/* 0.0.0.0/8 "This network" */ \
	X(ADDR_V4, 8, 0) \
	/* 0.0.0.0/32 "This host on this network" */ \
	X(ADDR_V4, 32, 0) \
	/* 10.0.0.0/8 Private-Use */ \
	X(ADDR_V4, 8, 10) \
	/* 100.64.0.0/10 Shared Address Space */ \
	X(ADDR_V4, 10, 100, 64) \
	/* 127.0.0.0/8 Loopback */ \
	X(ADDR_V4, 8, 127) \
	/* 169.254.0.0/16 Link Local */ \
	X(ADDR_V4, 16, 169, 254) \
	/* 172.16.0.0/12 Private-Use */ \
	X(ADDR_V4, 12, 172, 16) \
	/* 192.0.0.0/24 IETF Protocol Assignments */ \
	X(ADDR_V4, 24, 192) \
	/* 192.0.0.0/29 IPv4 Service Continuity Prefix */ \
	X(ADDR_V4, 29, 192) \
	/* 192.0.0.8/32 IPv4 dummy address */ \
	X(ADDR_V4, 32, 192, 0, 0, 8) \
	/* 192.0.0.9/32 Port Control Protocol Anycast */ \
	X(ADDR_V4, 32, 192, 0, 0, 9) \
	/* 192.0.0.10/32 Traversal Using Relays around NAT Anycast */ \
	X(ADDR_V4, 32, 192, 0, 0, 10) \
	/* 192.0.0.170/32 NAT64/DNS64 Discovery */ \
	X(ADDR_V4, 32, 192, 0, 0, 170) \
	/* 192.0.0.171/32 NAT64/DNS64 Discovery */ \
	X(ADDR_V4, 32, 192, 0, 0, 171) \
	/* 192.0.2.0/24 Documentation (TEST-NET-1) */ \
	X(ADDR_V4, 24, 192, 0, 2) \
	/* 192.31.196.0/24 AS112-v4 */ \
	X(ADDR_V4, 24, 192, 31, 196) \
	/* 192.52.193.0/24 AMT */ \
	X(ADDR_V4, 24, 192, 52, 193) \
	/* 192.88.99.0/24 Deprecated (6to4 Relay Anycast) */ \
	X(ADDR_V4, 24, 192, 88, 99) \
	/* 192.88.99.2/32 6a44-relay anycast address */ \
	X(ADDR_V4, 32, 192, 88, 99, 2) \
	/* 192.168.0.0/16 Private-Use */ \
	X(ADDR_V4, 16, 192, 168) \
	/* 192.175.48.0/24 Direct Delegation AS112 Service */ \
	X(ADDR_V4, 24, 192, 175, 48) \
	/* 198.18.0.0/15 Benchmarking */ \
	X(ADDR_V4, 15, 198, 18) \
	/* 198.51.100.0/24 Documentation (TEST-NET-2) */ \
	X(ADDR_V4, 24, 198, 51, 100) \
	/* 203.0.113.0/24 Documentation (TEST-NET-3) */ \
	X(ADDR_V4, 24, 203, 0, 113) \
	/* 240.0.0.0/4 Reserved */ \
	X(ADDR_V4, 4, 240) \
	/* 255.255.255.255/32 Limited Broadcast */ \
	X(ADDR_V4, 32, 255, 255, 255, 255) \
	/* ::/128 Unspecified Address */ \
	X(ADDR_V6, 128, 0) \
	/* ::1/128 Loopback Address */ \
	X(ADDR_V6, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1) \
	/* ::ffff:0:0/96 IPv4-mapped Address */ \
	X(ADDR_V6, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff) \
	/* 64:ff9b::/96 IPv4-IPv6 Translat. */ \
	X(ADDR_V6, 96, 0, 0x64, 0xff, 0x9b) \
	/* 64:ff9b:1::/48 IPv4-IPv6 Translat. */ \
	X(ADDR_V6, 48, 0, 0x64, 0xff, 0x9b, 0, 0x1) \
	/* 100::/64 Discard-Only Address Block */ \
	X(ADDR_V6, 64, 0x1) \
	/* 100:0:0:1::/64 Dummy IPv6 Prefix */ \
	X(ADDR_V6, 64, 0x1, 0, 0, 0, 0, 0, 0, 0x1) \
	/* 2001::/23 IETF Protocol Assignments */ \
	X(ADDR_V6, 23, 0x20, 0x1) \
	/* 2001::/32 TEREDO */ \
	X(ADDR_V6, 32, 0x20, 0x1) \
	/* 2001:1::1/128 Port Control Protocol Anycast */ \
	X(ADDR_V6, 128, 0x20, 0x1, 0, 0x1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1) \
	/* 2001:1::2/128 Traversal Using Relays around NAT Anycast */ \
	X(ADDR_V6, 128, 0x20, 0x1, 0, 0x1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2) \
	/* 2001:1::3/128 DNS-SD Service Registration Protocol Anycast */ \
	X(ADDR_V6, 128, 0x20, 0x1, 0, 0x1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3) \
	/* 2001:2::/48 Benchmarking */ \
	X(ADDR_V6, 48, 0x20, 0x1, 0, 0x2) \
	/* 2001:3::/32 AMT */ \
	X(ADDR_V6, 32, 0x20, 0x1, 0, 0x3) \
	/* 2001:4:112::/48 AS112-v6 */ \
	X(ADDR_V6, 48, 0x20, 0x1, 0, 0x4, 0x1, 0x12) \
	/* 2001:10::/28 Deprecated (previously ORCHID) */ \
	X(ADDR_V6, 28, 0x20, 0x1, 0, 0x10) \
	/* 2001:20::/28 ORCHIDv2 */ \
	X(ADDR_V6, 28, 0x20, 0x1, 0, 0x20) \
	/* 2001:30::/28 Drone Remote ID Protocol Entity Tags (DETs) Prefix */ \
	X(ADDR_V6, 28, 0x20, 0x1, 0, 0x30) \
	/* 2001:db8::/32 Documentation */ \
	X(ADDR_V6, 32, 0x20, 0x1, 0xd, 0xb8) \
	/* 2002::/16 6to4 */ \
	X(ADDR_V6, 16, 0x20, 0x2) \
	/* 2620:4f:8000::/48 Direct Delegation AS112 Service */ \
	X(ADDR_V6, 48, 0x26, 0x20, 0, 0x4f, 0x80) \
	/* 3fff::/20 Documentation */ \
	X(ADDR_V6, 20, 0x3f, 0xff) \
	/* 5f00::/16 Segment Routing (SRv6) SIDs */ \
	X(ADDR_V6, 16, 0x5f) \
	/* fc00::/7 Unique-Local */ \
	X(ADDR_V6, 7, 0xfc) \
	/* fe80::/10 Link-Local Unicast */ \
	X(ADDR_V6, 10, 0xfe, 0x80)
/* clang-format on */

#endif
