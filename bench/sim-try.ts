import { simulate } from './simulation/simulated-run.ts';
const [jobs = 20000, tasks = 1000, rps = 100, rif = 32, cap = 0] = process.argv
  .slice(2)
  .map(Number);
const f = await simulate({
  jobs,
  tasks,
  requestsPerSecond: rps,
  requestsInFlight: rif,
  seed: 'a',
  ...(cap && { limitAt: (ms: number) => (ms < 3600_000 ? cap : ms < 7200_000 ? cap / 2 : cap) }),
});
console.log({
  ...f,
  hours: f.duration / 3.6e6,
  share: f.used / f.allowed,
  mean: f.taken / f.ended,
  perTask: {
    list: f.requests['Task/List'] / f.accepted,
    detail: f.requests['Task/Detail'] / f.accepted,
  },
  reqPerS:
    (f.requests.Run + f.requests['Task/List'] + f.requests['Task/Detail']) / (f.duration / 1000),
  median: f.delay(0.5),
  p95: f.delay(0.95),
  cpuPerJob: (f.cpuSeconds / jobs) * 1e6,
  MB: f.memory / 1e6,
});
