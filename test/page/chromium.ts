/**
 * A real Chromium without a window: Debian's package or whatever `CHROMIUM` names. Sound goes nowhere, but at its
 * real pace.
 */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const executablePath =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  );

export function launchChromium(): Promise<Browser> {
  if (executablePath === undefined) {
    throw new Error(
      "the listening page is tried in Chromium, which is not here: install Debian's package chromium, or name one by the environment variable CHROMIUM",
    );
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-audio-output',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-gpu',
    ],
  });
}
