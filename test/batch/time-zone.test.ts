import { expect, test } from 'vitest';
import { dayIn, minuteIn, refuseUnknownZone } from '../../src/batch/time-zone.ts';

test.each([
  ['2026-11-22T23:30:00Z', 'Europe/Berlin', '2026-11-23 00:30'],
  ['2026-11-22T23:30:00Z', 'UTC', '2026-11-22 23:30'],
  ['2026-11-22T11:00:00Z', 'Pacific/Kiritimati', '2026-11-23 01:00'],
  ['2026-11-22T11:00:00Z', 'Pacific/Pago_Pago', '2026-11-22 00:00'],
  ['2026-11-22T18:20:00Z', 'Asia/Kathmandu', '2026-11-23 00:05'],
  // The hour that comes twice, and the one that does not come.
  ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25 02:30'],
  ['2026-10-25T01:30:00Z', 'Europe/Berlin', '2026-10-25 02:30'],
  ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29 03:00'],
])('%s in %s is %s', (instant, zone, shown) => {
  const time = Date.parse(instant);
  expect(minuteIn(zone, time)).toBe(shown);
  expect(dayIn(zone, time)).toBe(shown.slice(0, 10));
});

test('A zone is a name of the IANA', () => {
  expect(() => {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia']) {
      refuseUnknownZone(zone);
    }
  }).not.toThrow();
  for (const zone of ['Europe/Berln', '+02:00', '', 'Mars']) {
    expect(() => {
      refuseUnknownZone(zone);
    }).toThrow(`there is no time zone "${zone}"`);
  }
});
