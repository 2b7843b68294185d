/** Recorded on Linux 6.1 and cut to what is read; disks and interfaces of several kinds put together. */
export const procFiles = {
  stat: `cpu  74608 2520 24433 1116882 5073 0 390 0 0 0
cpu0 17284 900 6120 279100 1500 0 300 0 0 0
intr 33401 0 9 0
ctxt 38014093
btime 1767571200
processes 26442
procs_running 2
procs_blocked 0
`,
  meminfo: `MemTotal:        8000000 kB
MemFree:          300000 kB
MemAvailable:    6120000 kB
Buffers:          120000 kB
SwapCached:            0 kB
SwapTotal:       2000000 kB
SwapFree:        1500000 kB
`,
  loadavg: '0.75 0.51 0.40 2/226 5191\n',
  diskstats: `   7       0 loop0 9 0 99 0 0 0 99 0 0 0 0 0 0 0 0 0 0
   8       0 sda 100 0 2000 10 200 0 4000 20 0 30 30 0 0 0 0 0 0
   8       1 sda1 90 0 1900 10 190 0 3900 20 0 30 30 0 0 0 0 0 0
 259       0 nvme0n1 30 0 300 10 40 0 500 20 0 30 30 0 0 0 0 0 0
 259       1 nvme0n1p1 30 0 300 10 40 0 500 20 0 30 30 0 0 0 0 0 0
 253       0 dm-0 100 0 2000 10 200 0 4000 20 0 30 30 0 0 0 0 0 0
 254       0 vda 1 0 10 10 2 0 20 20 0 30 30 0 0 0 0 0 0
   9       0 md0 1 0 10 10 2 0 20 20 0 30 30 0 0 0 0 0 0
`,
  netDev: `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1075490    5499    0    0    0     0          0         0  1075490    5499    0    0    0     0       0          0
  eth0: 1000000    5000    0    0    0     0          0         0  2000000    4000    0    0    0     0       0          0
wlan0:500       5    0    0    0     0          0         0      700       4    0    0    0     0       0          0
`,
};
